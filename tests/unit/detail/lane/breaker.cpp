// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/lane/breaker.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <random>
#include <vector>

namespace posthorn::detail {

inline std::ostream& operator<<(std::ostream& out, breaker_state s) {
    return out << static_cast<int>(s);
}

} // namespace posthorn::detail

namespace {

using namespace std::chrono_literals;
using posthorn::duration;
using posthorn::steady_time;
using posthorn::detail::breaker;
using posthorn::detail::breaker_settings;
using posthorn::detail::breaker_state;
using posthorn::detail::health;

constexpr steady_time at(std::chrono::seconds s) {
    return steady_time(s);
}

breaker_settings with(unsigned failures) {
    breaker_settings s;
    s.failures = failures;
    return s;
}

// One attempt that begins and ends at `now`; no chance.
bool attempt(breaker& b, health h, steady_time now, breaker_settings const& s = with(3)) {
    auto const begun = b.begin();
    return b.end(begun, h, now, 0, s);
}

void open_it(breaker& b, steady_time now) {
    for (int i = 0; i != 3; ++i)
        static_cast<void>(attempt(b, health::failing, now));
    BOOST_REQUIRE(b.state() == breaker_state::open);
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_breaker)

BOOST_AUTO_TEST_CASE(opens_after_bad_ends_in_a_row) {
    struct row {
        std::vector<health> ends;
        breaker_state expected;
    };
    using enum health;
    for (auto const& r : {row{{failing, failing}, breaker_state::closed},
                          row{{failing, failing, failing}, breaker_state::open},
                          row{{overloaded, failing, overloaded}, breaker_state::open},
                          row{{failing, failing, well, failing, failing}, breaker_state::closed},
                          row{{failing, unknown, failing, unknown, failing}, breaker_state::open},
                          row{{unknown, unknown, unknown, unknown}, breaker_state::closed},
                          row{{well, well, well, well}, breaker_state::closed}}) {
        breaker b;
        for (auto const h : r.ends)
            static_cast<void>(attempt(b, h, at(1s)));
        BOOST_TEST(b.state() == r.expected);
    }
}

BOOST_AUTO_TEST_CASE(says_once_that_it_opened) {
    breaker b;
    BOOST_TEST(!attempt(b, health::failing, at(1s)));
    BOOST_TEST(!attempt(b, health::failing, at(1s)));
    auto const third = b.begin();
    auto const fourth = b.begin();
    BOOST_TEST(b.end(third, health::failing, at(1s), 0, with(3)));
    BOOST_TEST(!b.end(fourth, health::failing, at(2s), 0, with(3)));
    BOOST_TEST((b.ready_at() == at(31s)));
}

BOOST_AUTO_TEST_CASE(no_number_of_failures_opens_one_that_is_switched_off) {
    breaker b;
    for (int i = 0; i != 1000; ++i)
        BOOST_TEST(!attempt(b, health::failing, at(1s), with(0)));
    BOOST_TEST(b.state() == breaker_state::closed);
}

BOOST_AUTO_TEST_CASE(one_probe_decides) {
    for (auto const h : {health::well, health::failing, health::overloaded}) {
        breaker b;
        open_it(b, at(0s));
        BOOST_TEST((b.ready_at() == at(30s)));
        auto const probe = b.begin();
        BOOST_TEST(b.state() == breaker_state::half_open);
        BOOST_TEST((b.ready_at() == steady_time::max()), "there is one probe at a time");
        BOOST_TEST(b.end(probe, h, at(31s), 0, with(3)) == (h != health::well));
        BOOST_TEST(b.state() == (h == health::well ? breaker_state::closed : breaker_state::open));
        if (h != health::well)
            BOOST_TEST((b.ready_at() == at(31s + 60s)));
    }
}

BOOST_AUTO_TEST_CASE(a_probe_that_says_nothing_is_followed_by_another) {
    breaker b;
    open_it(b, at(0s));
    BOOST_TEST(!attempt(b, health::unknown, at(30s)));
    BOOST_TEST(b.state() == breaker_state::half_open);
    BOOST_TEST((b.ready_at() <= at(30s)));
    BOOST_TEST(!attempt(b, health::well, at(30s)));
    BOOST_TEST(b.state() == breaker_state::closed);
}

BOOST_AUTO_TEST_CASE(what_began_before_it_moved_says_nothing) {
    breaker b;
    auto const early = b.begin();
    open_it(b, at(0s));
    BOOST_TEST(!b.end(early, health::well, at(1s), 0, with(3)));
    BOOST_TEST(b.state() == breaker_state::open);
    auto const late = early;
    auto const probe = b.begin();
    BOOST_TEST(!b.end(late, health::failing, at(31s), 0, with(3)));
    BOOST_TEST(b.state() == breaker_state::half_open);
    BOOST_TEST((b.ready_at() == steady_time::max()), "the probe is still under way");
    BOOST_TEST(!b.end(probe, health::well, at(32s), 0, with(3)));
    BOOST_TEST(!b.end(late, health::failing, at(33s), 0, with(3)));
    BOOST_TEST(b.is_sound());
}

BOOST_AUTO_TEST_CASE(waits_twice_as_long_each_time_up_to_a_limit) {
    breaker b;
    open_it(b, at(0s));
    auto now = b.ready_at();
    std::vector<duration> waits{now - at(0s)};
    for (int i = 0; i != 7; ++i) {
        static_cast<void>(attempt(b, health::failing, now));
        waits.push_back(b.ready_at() - now);
        now = b.ready_at();
    }
    std::vector<duration> const expected{30s, 60s, 120s, 240s, 480s, 600s, 600s, 600s};
    BOOST_TEST((waits == expected));
    static_cast<void>(attempt(b, health::well, now));
    open_it(b, now);
    BOOST_TEST((b.ready_at() - now == 30s), "what went well begins anew");
}

BOOST_AUTO_TEST_CASE(waits_at_most_a_tenth_longer) {
    std::mt19937_64 random(1);
    for (int i = 0; i != 1000; ++i) {
        breaker b;
        static_cast<void>(b.end(b.begin(), health::failing, at(0s), random(), with(1)));
        auto const wait = b.ready_at() - at(0s);
        BOOST_TEST((wait >= 30s && wait <= 33s));
    }
}

BOOST_AUTO_TEST_CASE(absurd_settings_do_no_harm) {
    breaker_settings s;
    s.failures = 1;
    s.first = duration::max();
    s.longest = duration::max();
    breaker b;
    static_cast<void>(b.end(b.begin(), health::failing, at(0s), ~0ULL, s));
    BOOST_TEST(b.state() == breaker_state::open);
    s.first = s.longest = duration::zero();
    breaker c;
    static_cast<void>(c.end(c.begin(), health::failing, at(5s), ~0ULL, s));
    BOOST_TEST((c.ready_at() == at(5s)));
}

BOOST_AUTO_TEST_CASE(a_reset_forgets_everything) {
    breaker b;
    open_it(b, at(0s));
    auto const probe = b.begin();
    b.reset();
    BOOST_TEST(b.is_sound());
    BOOST_TEST(!b.end(probe, health::failing, at(1s), 0, with(1)));
    BOOST_TEST(b.is_sound());
}

// The edges of the state machine, and the probes, whatever happens.
BOOST_AUTO_TEST_CASE(moves_along_its_edges_only) {
    std::mt19937_64 random(20261127);
    breaker b;
    steady_time now = at(0s);
    std::vector<std::uint32_t> begun;
    auto last = b.state();
    auto const moved = [&](bool by_beginning) {
        using enum breaker_state;
        auto const is = b.state();
        bool const legal = is == last || (last == closed && is == open && !by_beginning) ||
                           (last == open && is == half_open && by_beginning) ||
                           (last == half_open && is != half_open && !by_beginning);
        last = is;
        return legal;
    };
    int probes = 0;
    for (int i = 0; i != 100'000; ++i) {
        now += std::chrono::milliseconds(random() % 20'000);
        if (random() % 2 == 0 && b.ready_at() <= now) {
            begun.push_back(b.begin());
            BOOST_REQUIRE(moved(true));
            probes += b.state() == breaker_state::half_open ? 1 : 0;
        } else if (!begun.empty()) {
            auto const which = random() % begun.size();
            auto const h = static_cast<health>(random() % 4);
            static_cast<void>(b.end(begun[which], h, now, random(), with(3)));
            begun.erase(begun.begin() + static_cast<std::ptrdiff_t>(which));
            BOOST_REQUIRE(moved(false));
        }
    }
    BOOST_TEST(probes > 1000);
}

BOOST_AUTO_TEST_CASE(is_sound_until_an_attempt_ends_badly) {
    breaker b;
    BOOST_TEST(b.is_sound());
    BOOST_TEST(!attempt(b, health::failing, at(1s)));
    BOOST_TEST(b.state() == breaker_state::closed);
    BOOST_TEST(!b.is_sound());
    BOOST_TEST(!attempt(b, health::well, at(1s)));
    BOOST_TEST(b.is_sound());
}

BOOST_AUTO_TEST_CASE(a_wait_without_end_is_one) {
    auto s = with(1);
    s.first = duration::max() / 4 * 3;
    s.longest = duration::max();
    breaker b;
    BOOST_TEST(attempt(b, health::failing, at(100s), s));
    BOOST_TEST((b.ready_at() > at(100s)));
    BOOST_TEST(attempt(b, health::failing, at(200s), s));
    BOOST_TEST((b.ready_at() == steady_time::max()));
}

BOOST_AUTO_TEST_SUITE_END()
