// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What is left of deliveries when everything ends at one step or another: a stop, a drain, the end of the
// dispatcher, the end of the context.

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <set>

using namespace posthorn;
using namespace posthorn::test;

namespace {

constexpr int events = 6;

options small() {
    auto o = at_once(2);
    o.queued_per_webhook = 3;
    o.breaker_failures = 2;
    return o;
}

// Everything a delivery may go through: a retry, an open breaker, a rate, an order, a full lane, a slow
// answer.
struct scene {
    scene() {
        make();
        save("quick.example.com");
        (void)hooks->save(hooks->webhook("ordered")
                              .on<project>()
                              .post("https://ordered.example.com/")
                              .body("\"{{project.id}}\"")
                              .in_order());
        (void)hooks->save(
            hooks->webhook("rated").on<project>().post("https://rated.example.com/").body("1").rate(1, 10s));
        save("dead.example.com");
        save("slow.example.com");
        receiver.host("quick.example.com").next(1).answer(500);
        receiver.host("ordered.example.com").next(1).answer(503);
        receiver.host("dead.example.com").next(7).answer(errc::connect_refused);
        receiver.host("slow.example.com").answer_after(20s, 200);
        hooks->async_run([this](error_code) { ++ended; });
        for (int i = 0; i != events; ++i) {
            project const p{i, "P"};
            accepted += hooks->dispatch(created(p)).accepted();
        }
    }

    void make() {
        io.emplace();
        hooks.emplace(*io, clock, receiver, storage, log, testing::seeded_random(7), small());
    }

    void save(std::string const& host) {
        (void)hooks->save(
            hooks->webhook(host).on<project>().post("https://" + host + "/").body("\"{{project.id}}\""));
    }

    // One handler, or the next instant at which there is one. False: there is none.
    bool step() {
        io->restart();
        return io->poll_one() != 0 || clock.advance_to_next();
    }

    // A new process on the same storage, until everything is done.
    void recover() {
        hooks.reset();
        io.reset();
        make();
        hooks->async_run([](error_code) {});
        auto const done = [this] { return storage.counts().pending + storage.counts().delivering == 0; };
        BOOST_TEST(testing::run_simulated(*io, clock, done, 7 * 24h));
    }

    // Every event has reached every receiver.
    void check_nothing_is_lost() {
        BOOST_TEST(accepted == 5U * events);
        auto const counts = storage.counts();
        BOOST_TEST(counts.pending + counts.delivering + counts.paused + counts.failed == 0U);
        for (auto const* const host : {"quick.example.com", "ordered.example.com", "dead.example.com"}) {
            std::set<std::string> told;
            for (auto const& r : receiver.requests_to(host))
                told.insert(r.body());
            BOOST_TEST(told.size() == static_cast<std::size_t>(events));
        }
    }

    testing::simulated_clock clock;
    testing::scripted_transport receiver{clock};
    memory_storage storage;
    event_log log;
    // The context outlives the dispatcher.
    std::optional<boost::asio::io_context> io;
    std::optional<dispatcher<objects, simulated_policies>> hooks;
    std::size_t accepted = 0;
    int ended = 0;
};

// Does `end` after each number of steps, in a scene of its own, until one has no more steps.
std::size_t at_each_step(std::function<void(scene&)> const& end) {
    for (std::size_t steps = 0;; ++steps) {
        scene s;
        bool more = true;
        for (std::size_t n = 0; n != steps && more; ++n)
            more = s.step() && s.storage.counts().pending + s.storage.counts().delivering != 0;
        BOOST_TEST_CONTEXT("after " << steps << " steps") {
            end(s);
        }
        if (!more)
            return steps;
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_destruction)

BOOST_AUTO_TEST_CASE(the_end_of_the_dispatcher_at_any_step_loses_nothing) {
    auto const steps = at_each_step([](scene& s) {
        s.hooks.reset();
        while (s.io->poll() != 0)
            s.io->restart();
        auto const sent = s.receiver.count();
        s.clock.advance(1min);
        s.io->restart();
        s.io->poll();
        BOOST_TEST(s.receiver.count() == sent, "nothing is begun by a dispatcher that is gone");
        s.clock.advance(2min);
        s.recover();
        s.check_nothing_is_lost();
    });
    BOOST_TEST(steps > 100U);
}

BOOST_AUTO_TEST_CASE(the_end_of_dispatcher_and_context_at_any_step_loses_nothing) {
    (void)at_each_step([](scene& s) {
        s.hooks.reset();
        s.io.reset();
        s.clock.advance(2min);
        s.recover();
        s.check_nothing_is_lost();
    });
}

BOOST_AUTO_TEST_CASE(a_stop_at_any_step_hands_everything_back) {
    (void)at_each_step([](scene& s) {
        auto const sent = s.receiver.count();
        s.hooks->stop();
        for (int n = 0; n != 1000 && s.io->poll() != 0; ++n)
            s.io->restart();
        BOOST_TEST(s.ended == 1);
        BOOST_TEST(s.storage.counts().delivering == 0U);
        BOOST_TEST(s.receiver.in_flight() == 0U);
        // What its lanes may have in flight together.
        BOOST_TEST(s.receiver.count() <= sent + 10, "what was being handed over may still begin");
        auto const done = s.log.count(delivery_state::delivered) + s.storage.counts().pending;
        BOOST_TEST(done == s.accepted);
        s.recover();
        s.check_nothing_is_lost();
    });
}

BOOST_AUTO_TEST_CASE(a_drain_at_any_step_ends_in_time) {
    (void)at_each_step([](scene& s) {
        outcome drained;
        s.hooks->async_drain(15s, drained.record());
        testing::run_simulated(*s.io, s.clock, 16s);
        BOOST_TEST(drained.said.size() == 1U);
        BOOST_TEST(s.ended == 1);
        BOOST_TEST(s.storage.counts().delivering == 0U);
        s.recover();
        s.check_nothing_is_lost();
    });
}

BOOST_AUTO_TEST_SUITE_END()
