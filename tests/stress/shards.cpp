// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

BOOST_AUTO_TEST_SUITE(stress_shards)

BOOST_AUTO_TEST_CASE(many_threads_may_run_the_contexts_and_dispatch) {
    constexpr int dispatchers = 2;
    constexpr int each = 400;
    std::array<boost::asio::io_context, 2> contexts;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    event_log log;
    memory_storage storage;
    host::dispatcher_type hooks(shards(contexts[0], contexts[1]), clock, receiver, storage, log,
                                testing::seeded_random(1));
    for (int i = 0; i != 4; ++i)
        BOOST_TEST(
            hooks.save(host::draft().on<project>().post("https://a.example.com/").body("{}")).has_value());
    auto ran = hooks.async_run(boost::asio::use_future);
    std::vector<std::jthread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&, i] { contexts[static_cast<std::size_t>(i) % 2].run(); });
    std::atomic<int> refused{0};
    std::vector<std::jthread> hosts;
    for (int t = 0; t != dispatchers; ++t)
        hosts.emplace_back([&] {
            project const p;
            for (int i = 0; i != each; ++i)
                refused += !hooks.dispatch(created(p));
        });
    hosts.clear();
    // Time stands still: what ends the drain is that nothing is left.
    auto drained = hooks.async_drain(1h, boost::asio::use_future);
    BOOST_CHECK_NO_THROW(drained.get());
    BOOST_CHECK_NO_THROW(ran.get());
    threads.clear();
    BOOST_TEST(refused == 0);
    BOOST_TEST(receiver.count() == 4U * dispatchers * each);
    BOOST_TEST(log.count(delivery_state::delivered) == 4U * dispatchers * each);
}

BOOST_AUTO_TEST_SUITE_END()
