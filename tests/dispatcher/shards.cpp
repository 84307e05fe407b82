// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// Four contexts, one shard on each, under one simulated clock.
struct sharded_host {
    sharded_host() : receiver(clock) {
        hooks.emplace(shards(contexts[0], contexts[1], contexts[2], contexts[3]), clock, receiver, storage,
                      log, testing::seeded_random(7));
        for (int i = 0; i != 40; ++i) {
            auto const saved =
                hooks->save(host::draft().on<project>().post("https://a.example.com/").body("{}"));
            if (!saved)
                throw std::runtime_error(saved.error().text());
            ids.push_back(*saved);
        }
    }

    // Contexts that know each other through a run may only go when it has ended.
    ~sharded_host() {
        hooks.reset();
        pass(1s);
    }

    void pass(duration time) {
        std::array<boost::asio::io_context*, 4> const all{&contexts[0], &contexts[1], &contexts[2],
                                                          &contexts[3]};
        testing::run_simulated(std::span<boost::asio::io_context* const>(all), clock, time);
    }

    // Lets only some of the contexts work, at a standstill of time.
    void poll(std::size_t first, std::size_t last) {
        for (int round = 0; round != 20; ++round)
            for (auto i = first; i != last; ++i) {
                contexts[i].restart();
                contexts[i].poll();
            }
    }

    std::array<boost::asio::io_context, 4> contexts;
    testing::simulated_clock clock;
    testing::scripted_transport receiver;
    memory_storage storage;
    event_log log;
    outcome ran;
    outcome second;
    outcome drained;
    project const one{1, "P1"};
    std::vector<uuid> ids;
    std::optional<host::dispatcher_type> hooks;
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_shards)

BOOST_FIXTURE_TEST_CASE(every_shard_delivers_for_its_webhooks, sharded_host) {
    hooks->async_run(ran.record());
    hooks->dispatch(created(one));
    pass(1s);
    hooks->dispatch(created(one));
    pass(1s);
    BOOST_TEST(receiver.count() == 80U);
    BOOST_TEST(log.count(delivery_state::delivered) == 80U);
    BOOST_TEST(storage.counts().delivering == 0U);
}

BOOST_FIXTURE_TEST_CASE(webhooks_are_spread_over_the_shards_and_each_stays_on_its_own, sharded_host) {
    hooks->async_run(ran.record());
    pass(1s);
    std::vector<std::size_t> seen_by_shard;
    std::array<std::vector<uuid>, 2> lanes;
    for (auto& seen : lanes) {
        hooks->dispatch(created(one));
        auto before = receiver.count();
        for (std::size_t i = 0; i != 4; ++i) {
            poll(i, i + 1);
            auto const all = receiver.requests();
            seen_by_shard.push_back(all.size() - before);
            for (auto at = before; at != all.size(); ++at)
                seen.push_back(all[at].lane());
            before = all.size();
        }
        pass(1s);
    }
    BOOST_REQUIRE(seen_by_shard.size() == 8U);
    for (std::size_t i = 0; i != 4; ++i) {
        BOOST_TEST(seen_by_shard[i] > 0U);
        BOOST_TEST(seen_by_shard[i] == seen_by_shard[i + 4]);
    }
    BOOST_TEST((lanes[0] == lanes[1]));
}

BOOST_FIXTURE_TEST_CASE(a_shard_that_stands_still_holds_up_only_its_own, sharded_host) {
    hooks->async_run(ran.record());
    pass(1s);
    hooks->dispatch(created(one));
    poll(0, 3);
    auto const without_the_last = receiver.count();
    BOOST_TEST(without_the_last > 0U);
    BOOST_TEST(without_the_last < 40U);
    pass(1s);
    BOOST_TEST(receiver.count() == 40U);
}

BOOST_FIXTURE_TEST_CASE(retries_come_back_to_their_shard, sharded_host) {
    receiver.next(40).answer(500);
    hooks->async_run(ran.record());
    hooks->dispatch(created(one));
    pass(10s);
    BOOST_TEST(receiver.count() == 80U);
    BOOST_TEST(log.count(delivery_state::delivered) == 40U);
}

BOOST_FIXTURE_TEST_CASE(a_stop_ends_all_shards_and_a_second_run_starts_them, sharded_host) {
    receiver.hold();
    hooks->async_run(ran.record());
    hooks->dispatch(created(one));
    pass(1s);
    BOOST_TEST(receiver.in_flight() == 40U);
    hooks->stop();
    pass(1s);
    BOOST_TEST(ran.done());
    BOOST_TEST(receiver.in_flight() == 0U);
    BOOST_TEST(storage.counts().pending == 40U);
    receiver.release();
    hooks->async_run(second.record());
    pass(1s);
    BOOST_TEST(log.count(delivery_state::delivered) == 40U);
}

BOOST_FIXTURE_TEST_CASE(a_run_does_not_end_before_every_shard_has, sharded_host) {
    receiver.hold();
    hooks->async_run(ran.record());
    hooks->dispatch(created(one));
    pass(1s);
    hooks->stop();
    poll(0, 3);
    BOOST_TEST(!ran.done());
    BOOST_TEST(storage.counts().pending == 0U);
    pass(1s);
    BOOST_TEST(ran.done());
}

BOOST_FIXTURE_TEST_CASE(a_drain_waits_for_all_shards, sharded_host) {
    hooks->async_run(ran.record());
    pass(1s);
    hooks->dispatch(created(one));
    hooks->async_drain(10s, drained.record());
    poll(0, 3);
    BOOST_TEST(!drained.done());
    pass(1s);
    BOOST_TEST(drained.said == std::vector<error_code>{error_code()}, boost::test_tools::per_element());
    BOOST_TEST(log.count(delivery_state::delivered) == 40U);
}

BOOST_FIXTURE_TEST_CASE(a_dispatcher_that_is_destroyed_leaves_nothing_on_any_shard, sharded_host) {
    receiver.hold();
    hooks->async_run(ran.record());
    hooks->dispatch(created(one));
    pass(1s);
    hooks.reset();
    pass(1s);
    BOOST_TEST(ran.done());
    BOOST_TEST(clock.armed() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_run_gives_every_context_work_as_soon_as_it_is_asked_for, sharded_host) {
    hooks->async_run(ran.record());
    for (std::size_t i = 4; i != 0; --i) {
        contexts[i - 1].poll();
        BOOST_TEST(!contexts[i - 1].stopped());
    }
}

BOOST_FIXTURE_TEST_CASE(a_context_that_is_out_of_work_does_not_hold_up_the_end, sharded_host) {
    hooks->async_run(ran.record());
    pass(1s);
    hooks->stop();
    // Each context is run once more, until it has no work: nobody runs it afterwards.
    for (auto const i : {0U, 3U, 2U, 1U}) {
        contexts[i].restart();
        contexts[i].poll();
    }
    for (int round = 0; round != 5; ++round) {
        contexts[0].restart();
        contexts[0].poll();
    }
    BOOST_TEST(ran.done());
}

BOOST_AUTO_TEST_CASE(a_dispatcher_that_never_ran_leaves_nothing_on_its_contexts) {
    std::array<boost::asio::io_context, 2> contexts;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    {
        host::dispatcher_type hooks(shards(contexts[0], contexts[1]), clock, receiver,
                                    testing::seeded_random(1));
        BOOST_TEST(
            hooks.save(host::draft().on<project>().post("https://a.example.com/").body("{}")).has_value());
        project const p;
        hooks.dispatch(created(p));
    }
    for (auto& context : contexts)
        BOOST_TEST(context.poll() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
