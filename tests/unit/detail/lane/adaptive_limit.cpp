// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/lane/adaptive_limit.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <random>

namespace {

using posthorn::detail::adaptive_limit;
using posthorn::detail::health;

// A round: as many ends as the limit, all of them in use.
void round(adaptive_limit& l, health h = health::well) {
    for (auto i = l.limit(); i != 0; --i)
        l.note(h, l.limit());
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_adaptive_limit)

BOOST_AUTO_TEST_CASE(begins_low_and_grows_by_one_each_round) {
    adaptive_limit l(2, 8);
    for (std::size_t expected = 2; expected != 8; ++expected) {
        BOOST_TEST(l.limit() == expected);
        round(l);
    }
    BOOST_TEST(l.limit() == 8U);
    round(l);
    BOOST_TEST(l.limit() == 8U);
}

BOOST_AUTO_TEST_CASE(does_not_grow_while_it_is_not_used) {
    adaptive_limit l(4, 8);
    for (int i = 0; i != 100; ++i)
        l.note(health::well, 3);
    BOOST_TEST(l.limit() == 4U);
}

BOOST_AUTO_TEST_CASE(halves_once_for_what_was_in_flight_together) {
    adaptive_limit l(8, 8);
    for (std::size_t left = 8; left != 0; --left)
        l.note(health::overloaded, left);
    BOOST_TEST(l.limit() == 4U);
    l.note(health::overloaded, 4);
    BOOST_TEST(l.limit() == 2U);
}

BOOST_AUTO_TEST_CASE(halves_again_when_what_was_in_flight_has_ended_well) {
    adaptive_limit l(8, 8);
    l.note(health::overloaded, 8);
    for (int i = 0; i != 7; ++i)
        l.note(health::well, 1);
    l.note(health::overloaded, 4);
    BOOST_TEST(l.limit() == 2U);
}

BOOST_AUTO_TEST_CASE(an_overload_begins_the_round_anew) {
    adaptive_limit l(4, 8);
    for (int i = 0; i != 3; ++i)
        l.note(health::well, 4);
    l.note(health::overloaded, 1);
    l.note(health::well, 2);
    BOOST_TEST(l.limit() == 2U);
    l.note(health::well, 2);
    BOOST_TEST(l.limit() == 3U);
}

BOOST_AUTO_TEST_CASE(never_falls_below_one) {
    adaptive_limit l(2, 8);
    for (int i = 0; i != 20; ++i)
        l.note(health::overloaded, 1);
    BOOST_TEST(l.limit() == 1U);
    round(l);
    BOOST_TEST(l.limit() == 2U);
}

BOOST_AUTO_TEST_CASE(a_failure_that_is_no_overload_ends_the_round_only) {
    adaptive_limit l(2, 8);
    l.note(health::well, 2);
    l.note(health::failing, 2);
    l.note(health::well, 2);
    BOOST_TEST(l.limit() == 2U);
    l.note(health::unknown, 2);
    l.note(health::well, 2);
    BOOST_TEST(l.limit() == 3U);
}

BOOST_AUTO_TEST_CASE(bounds_are_kept) {
    adaptive_limit l(100, 8);
    BOOST_TEST(l.limit() == 8U);
    BOOST_TEST(adaptive_limit(0, 0).limit() == 1U);
    adaptive_limit r(2, 8);
    round(r);
    r.restart();
    BOOST_TEST(r.limit() == 2U);
}

BOOST_AUTO_TEST_CASE(stays_within_its_bounds_whatever_happens) {
    std::mt19937 random(7);
    adaptive_limit l(2, 9);
    for (int i = 0; i != 100'000; ++i) {
        l.note(static_cast<health>(random() % 4), random() % 12);
        BOOST_REQUIRE((l.limit() >= 1 && l.limit() <= 9));
    }
}

BOOST_AUTO_TEST_SUITE_END()
