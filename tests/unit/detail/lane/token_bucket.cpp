// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/lane/token_bucket.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::pacing;
using posthorn::steady_time;
using posthorn::detail::token_bucket;

pacing of(std::uint32_t rate, std::chrono::milliseconds period) {
    pacing p;
    p.rate = rate;
    p.period = period;
    return p;
}

// When `count` requests begin that are all there from `now` on.
std::vector<std::chrono::milliseconds> begins(pacing const& p, std::size_t count,
                                              std::chrono::milliseconds now = 1'000'000ms) {
    token_bucket b(p);
    std::vector<std::chrono::milliseconds> all;
    steady_time t(now);
    for (; count != 0; --count) {
        t = std::max(t, b.ready_at());
        b.take(t);
        all.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()) - now);
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_token_bucket)

BOOST_AUTO_TEST_CASE(limits_nothing_without_a_rate) {
    BOOST_TEST(!token_bucket().limits());
    BOOST_TEST(!token_bucket(pacing()).limits());
    BOOST_TEST(token_bucket(of(1, 1s)).limits());
}

BOOST_AUTO_TEST_CASE(spreads_what_does_not_fit_in_a_second) {
    using list = std::vector<std::chrono::milliseconds>;
    BOOST_TEST((begins(of(1, 1s), 4) == list{0ms, 1000ms, 2000ms, 3000ms}));
    BOOST_TEST((begins(of(10, 60s), 3) == list{0ms, 6000ms, 12000ms}));
    BOOST_TEST((begins(of(4, 1s), 6) == list{0ms, 0ms, 0ms, 0ms, 250ms, 500ms}));
    BOOST_TEST((begins(of(120, 60s), 4) == list{0ms, 0ms, 500ms, 1000ms}));
    BOOST_TEST((begins(of(2, 100ms), 4) == list{0ms, 0ms, 50ms, 100ms}));
}

BOOST_AUTO_TEST_CASE(what_was_not_used_is_not_saved_beyond_a_second) {
    token_bucket b(of(4, 1s));
    steady_time t(100s);
    b.take(t);
    t += 1h;
    for (int i = 0; i != 4; ++i) {
        BOOST_TEST((b.ready_at() <= t));
        b.take(t);
    }
    BOOST_TEST((b.ready_at() == t + 250ms));
}

// Never more than the rate and one burst in any period, and all of it where there is always work.
BOOST_AUTO_TEST_CASE(keeps_the_rate_over_any_period) {
    std::mt19937 random(3);
    for (int i = 0; i != 200; ++i) {
        auto const p = of(static_cast<std::uint32_t>(1 + random() % 1000),
                          std::chrono::milliseconds(1 + random() % 100'000));
        auto const all = begins(p, 3000);
        auto const burst = std::max<std::int64_t>(
            p.rate * std::min<std::int64_t>(p.period.count(), 1000) / p.period.count(), 1);
        std::deque<std::chrono::milliseconds> within;
        for (auto const t : all) {
            within.push_back(t);
            while (within.front() <= t - p.period)
                within.pop_front();
            BOOST_REQUIRE(static_cast<std::int64_t>(within.size()) <= p.rate + burst);
        }
        auto const lasts = static_cast<double>(all.back().count());
        BOOST_TEST(lasts <= 3000.0 * static_cast<double>(p.period.count()) / p.rate + 1.0);
    }
}

// A period that the rate does not divide: to the last nanosecond, after the burst.
BOOST_AUTO_TEST_CASE(no_period_has_more_than_its_rate) {
    constexpr std::size_t rate = 3;
    token_bucket b(of(rate, 1s));
    std::vector<steady_time> begun;
    for (std::size_t i = 0; i != 10 * rate; ++i) {
        begun.push_back(std::max(steady_time(100s), b.ready_at()));
        b.take(begun.back());
    }
    for (std::size_t i = rate; i + rate < begun.size(); ++i)
        BOOST_TEST((begun[i + rate] - begun[i] >= 1s));
}

BOOST_AUTO_TEST_SUITE_END()
