// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/retry/exponential.hpp>
#include <posthorn/retry/no_retry.hpp>
#include <posthorn/retry/standard_schedule.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::duration;

std::vector<duration> const standard_waits{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};

// Waits until the policy gives up, all with the same random word.
template <class Policy>
std::vector<duration> waits_of(Policy const& policy, std::uint64_t random = 0) {
    std::vector<duration> waits;
    for (unsigned attempts = 1; attempts != 100; ++attempts) {
        auto const wait = policy.delay(attempts, random);
        if (!wait)
            break;
        waits.push_back(*wait);
    }
    return waits;
}

} // namespace

BOOST_AUTO_TEST_SUITE(retry_schedules)

BOOST_AUTO_TEST_CASE(the_standard_schedule_makes_ten_attempts) {
    posthorn::standard_schedule const schedule;
    BOOST_TEST((waits_of(schedule) == standard_waits));
    BOOST_TEST(!schedule.delay(10, 0).has_value());
    BOOST_TEST(!schedule.delay(std::numeric_limits<unsigned>::max(), 0).has_value());
    BOOST_TEST((schedule.delay(0, 0) == schedule.delay(1, 0)));
}

BOOST_AUTO_TEST_CASE(jitter_lengthens_by_at_most_a_tenth_and_reaches_both_ends) {
    posthorn::standard_schedule const schedule;
    std::mt19937_64 random(20260903);
    for (unsigned attempts = 1; attempts != 10; ++attempts) {
        auto const plain = standard_waits[attempts - 1];
        duration least = duration::max();
        duration most = duration::zero();
        for (int i = 0; i != 1000; ++i) {
            auto const wait = schedule.delay(attempts, random()).value();
            least = std::min(least, wait);
            most = std::max(most, wait);
        }
        BOOST_TEST_CONTEXT("attempt " << attempts) {
            BOOST_TEST((least >= plain));
            BOOST_TEST((least < plain + plain / 100));
            BOOST_TEST((most <= plain + plain / 10));
            BOOST_TEST((most > plain + plain / 11));
        }
    }
    BOOST_TEST((schedule.delay(1, 500'000'000).value() == 5500ms));
    BOOST_TEST((schedule.delay(1, 500'000'001).value() == 5s));
}

BOOST_AUTO_TEST_CASE(the_same_random_word_gives_the_same_wait) {
    posthorn::standard_schedule const schedule;
    BOOST_TEST((schedule.delay(3, 42) == schedule.delay(3, 42)));
    BOOST_TEST((schedule.delay(3, 42) != schedule.delay(3, 43)));
}

BOOST_AUTO_TEST_CASE(an_own_list_of_waits_is_followed) {
    posthorn::standard_schedule const schedule({1s, 0s, -5s, duration::max()});
    BOOST_TEST((waits_of(schedule) == std::vector<duration>{1s, 0s, 0s, duration::max()}));
    BOOST_TEST((schedule.delay(4, ~std::uint64_t{0}).value() == duration::max()));
    BOOST_TEST(waits_of(posthorn::standard_schedule(std::vector<duration>{})).empty());
}

BOOST_AUTO_TEST_CASE(exponential_waits_grow_up_to_the_cap) {
    posthorn::exponential const policy(1s, 3, 1min, 7);
    BOOST_TEST((waits_of(policy) == std::vector<duration>{1s, 3s, 9s, 27s, 1min, 1min}));
    BOOST_TEST((policy.delay(0, 0) == policy.delay(1, 0)));
    BOOST_TEST(!policy.delay(7, 0).has_value());
    BOOST_TEST(!policy.delay(std::numeric_limits<unsigned>::max(), 0).has_value());
    auto const built = posthorn::exponential{}.first(1s).factor(3).cap(1min).max_attempts(7);
    BOOST_TEST((waits_of(built, 12345) == waits_of(policy, 12345)));
    BOOST_TEST((policy.delay(2, 300'000'000).value() == 3300ms));
    BOOST_TEST((policy.delay(6, 6'000'000'000).value() == 66s));
}

BOOST_AUTO_TEST_CASE(the_exponential_default_ends_after_two_days) {
    auto const waits = waits_of(posthorn::exponential{});
    duration total = 0s;
    for (auto const wait : waits)
        total += wait;
    BOOST_TEST(waits.size() == 19U);
    BOOST_TEST((waits.front() == 5s));
    BOOST_TEST((waits.back() == 6h));
    BOOST_TEST((total > 45h && total < 51h));
}

BOOST_AUTO_TEST_CASE(exponential_takes_fractions) {
    auto const policy = posthorn::exponential{}.first(4s).factor(1.5).cap(1h).max_attempts(4);
    BOOST_TEST((waits_of(policy) == std::vector<duration>{4s, 6s, 9s}));
}

BOOST_AUTO_TEST_CASE(exponential_never_overflows) {
    constexpr auto many = std::numeric_limits<unsigned>::max();
    auto const endless = posthorn::exponential(5s, 2, duration::max(), many);
    for (unsigned const attempts : {30U, 31U, 32U, 33U, 34U, 63U, 64U, 65U, 1100U, 1'000'000U, many - 1}) {
        auto const wait = endless.delay(attempts, ~std::uint64_t{0});
        BOOST_TEST_CONTEXT(attempts) {
            BOOST_TEST_REQUIRE(wait.has_value());
            BOOST_TEST((*wait > 5s * (std::int64_t{1} << 28)));
        }
    }
    BOOST_TEST((endless.delay(many - 1, 0).value() == duration::max()));
    BOOST_TEST((posthorn::exponential(0s, 1e308, 1h, many).delay(1'000'000, 0).value() == 0s));
    BOOST_TEST((
        posthorn::exponential(1s, std::numeric_limits<double>::infinity(), 1h, 9).delay(2, 0).value() == 1h));
}

BOOST_AUTO_TEST_CASE(exponential_mends_settings_without_sense) {
    BOOST_TEST((waits_of(posthorn::exponential(2s, 0.5, 1h, 4)) == std::vector<duration>{2s, 2s, 2s}));
    BOOST_TEST((waits_of(posthorn::exponential(2s, std::numeric_limits<double>::quiet_NaN(), 1h, 3)) ==
                std::vector<duration>{2s, 2s}));
    BOOST_TEST((waits_of(posthorn::exponential(-2s, 2, 1h, 3)) == std::vector<duration>{0s, 0s}));
    BOOST_TEST((waits_of(posthorn::exponential(2s, 2, -1h, 3)) == std::vector<duration>{0s, 0s}));
    BOOST_TEST((waits_of(posthorn::exponential(2s, 2, 1s, 3)) == std::vector<duration>{1s, 1s}));
    BOOST_TEST(waits_of(posthorn::exponential(2s, 2, 1h, 0)).empty());
    BOOST_TEST(waits_of(posthorn::exponential(2s, 2, 1h, 1)).empty());
}

BOOST_AUTO_TEST_CASE(no_retry_gives_up_at_once) {
    for (unsigned const attempts : {0U, 1U, 2U, 100U})
        BOOST_TEST(!posthorn::no_retry{}.delay(attempts, attempts).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
