// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/observe/counters.hpp>

#include "../../support/notices.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

namespace {

using namespace posthorn::test;
using posthorn::counters;
using posthorn::delivery_state;
using posthorn::errc;

} // namespace

static_assert(posthorn::check_observer<counters>());
static_assert(posthorn::Observer<counters>);

BOOST_AUTO_TEST_SUITE(observe_counters)

BOOST_AUTO_TEST_CASE(starts_with_zero) {
    auto const v = counters().values();
    BOOST_TEST(v.accepted + v.refused + v.attempts + v.failed_attempts + v.new_connections + v.retries +
                   v.delivered + v.failed + v.cancelled + v.lost_leases + v.problems ==
               0U);
}

BOOST_AUTO_TEST_CASE(each_notice_counts_where_it_belongs) {
    notice_source const from;
    counters c;
    for (int i = 0; i != 3; ++i)
        c.on_accepted(from.accepted());
    for (int i = 0; i != 2; ++i)
        c.on_refused(from.refused());
    c.on_problem(from.problem());
    auto const good = answered(204);
    auto const good_reused = answered(200, true);
    auto const bad = answered(500, true);
    c.on_attempt(from.attempt(good, delivery_state::delivered));
    c.on_attempt(from.attempt(good_reused, delivery_state::delivered));
    c.on_attempt(from.attempt(bad, delivery_state::pending));
    c.on_attempt(from.attempt(bad, delivery_state::failed));
    c.on_settled(from.settled(delivery_state::delivered));
    c.on_settled(from.settled(delivery_state::delivered));
    c.on_settled(from.settled(delivery_state::failed, errc::http_status));
    c.on_settled(from.settled(delivery_state::cancelled));
    // Lost, whatever it would have been.
    c.on_settled(from.settled(delivery_state::delivered, {}, true));
    auto const v = c.values();
    BOOST_TEST(v.accepted == 3U);
    BOOST_TEST(v.refused == 2U);
    BOOST_TEST(v.problems == 1U);
    BOOST_TEST(v.attempts == 4U);
    BOOST_TEST(v.failed_attempts == 2U);
    BOOST_TEST(v.new_connections == 1U);
    BOOST_TEST(v.retries == 1U);
    BOOST_TEST(v.delivered == 2U);
    BOOST_TEST(v.failed == 1U);
    BOOST_TEST(v.cancelled == 1U);
    BOOST_TEST(v.lost_leases == 1U);
}

BOOST_AUTO_TEST_CASE(copies_share_the_counts_and_others_do_not) {
    notice_source const from;
    counters first;
    auto second = first;
    counters const other;
    second.on_problem(from.problem());
    first.on_problem(from.problem());
    BOOST_TEST(first.values().problems == 2U);
    BOOST_TEST(second.values().problems == 2U);
    BOOST_TEST(other.values().problems == 0U);
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_between_threads) {
    notice_source const from;
    counters c;
    std::vector<std::thread> threads;
    for (int t = 0; t != 3; ++t)
        threads.emplace_back([&, mine = c]() mutable {
            for (int i = 0; i != 5'000; ++i)
                mine.on_accepted(from.accepted());
        });
    for (auto& t : threads)
        t.join();
    BOOST_TEST(c.values().accepted == 15'000U);
}

BOOST_AUTO_TEST_SUITE_END()
