// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/stored_records.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// Never answers, and does not hear `cancel`.
class deaf_transport {
  public:
    [[nodiscard]] boost::asio::awaitable<exchange> send(request const&) {
        boost::asio::steady_timer forever(co_await boost::asio::this_coro::executor,
                                          boost::asio::steady_timer::time_point::max());
        co_await forever.async_wait(boost::asio::use_awaitable);
        co_return exchange(errc::cancelled);
    }
    void cancel() noexcept {}
};

error_code const no_error;

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_lifecycle)

BOOST_FIXTURE_TEST_CASE(what_is_dispatched_before_the_run_waits_in_the_storage_and_is_delivered_by_it, host) {
    listen();
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
    pass(1h);
    BOOST_TEST(receiver.count() == 0U);
    BOOST_TEST(storage.counts().pending == 1U);
    run();
    settle();
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
    BOOST_TEST(storage.counts().delivering == 0U);
}

BOOST_FIXTURE_TEST_CASE(many_batches_that_wait_in_the_storage_are_all_delivered, host) {
    listen();
    for (int i = 0; i != 600; ++i)
        hooks->dispatch(created(one));
    run();
    settle();
    BOOST_TEST(receiver.count() == 600U);
    BOOST_TEST(log.count(delivery_state::delivered) == 600U);
}

BOOST_FIXTURE_TEST_CASE(a_drain_delivers_what_is_pending_then_ends_the_run_well, host) {
    listen();
    receiver.answer_after(2s, 200);
    run();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    drain(30s);
    BOOST_TEST(!drained.done());
    pass(10s);
    BOOST_TEST(drained.said == std::vector<error_code>{no_error}, boost::test_tools::per_element());
    BOOST_TEST(ran.said == std::vector<error_code>{no_error}, boost::test_tools::per_element());
    BOOST_TEST(log.count(delivery_state::delivered) == 20U);
    BOOST_TEST(hooks->dispatch(created(one)).error() == make_error_code(errc::stopping));
}

BOOST_FIXTURE_TEST_CASE(a_drain_with_nothing_to_do_ends_at_once, host) {
    run();
    settle();
    drain(30s);
    settle();
    BOOST_TEST(drained.said == std::vector<error_code>{no_error}, boost::test_tools::per_element());
    BOOST_TEST(ran.done());
}

BOOST_FIXTURE_TEST_CASE(a_drain_waits_for_a_retry_that_comes_due_in_time, host) {
    listen();
    receiver.next(1).answer(500);
    run();
    hooks->dispatch(created(one));
    drain(30s);
    pass(20s);
    BOOST_TEST(receiver.count() == 2U);
    BOOST_TEST(drained.said == std::vector<error_code>{no_error}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_drain_does_not_wait_for_what_comes_due_too_late, host) {
    listen();
    receiver.answer(500);
    run();
    hooks->dispatch(created(one));
    drain(2s);
    settle();
    BOOST_TEST(drained.said == std::vector<error_code>{errc::drain_incomplete},
               boost::test_tools::per_element());
    BOOST_TEST(storage.counts().pending == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_drain_that_runs_out_of_time_hands_the_rest_back, host) {
    listen();
    receiver.hold();
    run();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    drain(30s);
    pass(29s);
    BOOST_TEST(!drained.done());
    pass(1s);
    BOOST_TEST(drained.said == std::vector<error_code>{errc::drain_incomplete},
               boost::test_tools::per_element());
    BOOST_TEST(ran.said == std::vector<error_code>{no_error}, boost::test_tools::per_element());
    BOOST_TEST(storage.counts().pending == 20U);
    BOOST_TEST(storage.counts().delivering == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_drain_without_a_run_is_refused, host) {
    drain(1s);
    BOOST_TEST(!drained.done());
    settle();
    BOOST_TEST(drained.said == std::vector<error_code>{errc::not_running}, boost::test_tools::per_element());
    BOOST_TEST(static_cast<bool>(hooks->dispatch(created(one))));
}

BOOST_FIXTURE_TEST_CASE(an_operation_that_is_started_after_the_dispatcher_is_gone_ends, host) {
    auto run = hooks->async_run();
    auto drain = hooks->async_drain(5s);
    hooks.reset();
    std::vector<error_code> codes;
    std::move(run)([&](error_code ec) { codes.push_back(ec); });
    std::move(drain)([&](error_code ec) { codes.push_back(ec); });
    pass(1s);
    BOOST_TEST((codes == std::vector<error_code>{errc::stopping, errc::not_running}));
}

BOOST_FIXTURE_TEST_CASE(a_second_run_beside_the_first_is_refused, host) {
    listen();
    run();
    settle();
    outcome second;
    hooks->async_run(second.record());
    BOOST_TEST(!second.done());
    settle();
    BOOST_TEST(second.said == std::vector<error_code>{errc::already_running},
               boost::test_tools::per_element());
    BOOST_TEST(!ran.done());
    hooks->dispatch(created(one));
    settle();
    BOOST_TEST(receiver.count() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_stop_leaves_what_is_in_flight_pending_and_a_second_run_delivers_it, host) {
    listen();
    receiver.hold();
    run();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    settle();
    BOOST_TEST(receiver.in_flight() == 8U);
    hooks->stop();
    settle();
    BOOST_TEST(ran.said == std::vector<error_code>{no_error}, boost::test_tools::per_element());
    BOOST_TEST(receiver.in_flight() == 0U);
    BOOST_TEST(storage.counts().pending == 20U);
    BOOST_TEST(hooks->dispatch(created(one)).error() == make_error_code(errc::stopping));
    BOOST_TEST(log.attempts().empty());

    receiver.release();
    outcome second;
    hooks->async_run(second.record());
    settle();
    BOOST_TEST(log.count(delivery_state::delivered) == 20U);
    BOOST_REQUIRE(receiver.count() == 28U);
    for (auto const& a : log.attempts())
        BOOST_TEST(a.number == 1U);
    BOOST_TEST(receiver.requests()[0].header("webhook-id") == receiver.requests()[8].header("webhook-id"));
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
    BOOST_TEST(!second.done());
}

BOOST_FIXTURE_TEST_CASE(a_second_run_can_be_drained, host) {
    listen();
    receiver.hold();
    run();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    settle();
    hooks->stop();
    settle();
    receiver.release();
    outcome second;
    hooks->async_run(second.record());
    drain(10s);
    settle();
    BOOST_TEST(drained.said == std::vector<error_code>{no_error}, boost::test_tools::per_element());
    BOOST_TEST(second.done());
}

BOOST_FIXTURE_TEST_CASE(a_stop_right_after_the_start_ends_the_run, host) {
    listen();
    run();
    hooks->stop();
    settle();
    BOOST_TEST(ran.said == std::vector<error_code>{no_error}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_drain_that_is_asked_for_at_any_step_of_a_stop_completes, host) {
    listen();
    receiver.hold();
    run();
    hooks->dispatch(created(one));
    settle();
    std::vector<std::unique_ptr<outcome>> all;
    auto const ask = [&] {
        all.push_back(std::make_unique<outcome>());
        hooks->async_drain(1h, all.back()->record());
    };
    hooks->stop();
    ask();
    while (io.restart(), io.poll_one() != 0)
        if (!ran.done())
            ask();
    settle();
    BOOST_REQUIRE(ran.done());
    for (auto const& each : all)
        BOOST_TEST(each->said.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_is_saved_and_called_while_others_wait_for_the_shard_is_delivered,
                        host) {
    listen("https://a.example.com/");
    run();
    settle();
    // Both before the shard's executor gets to run.
    hooks->dispatch(created(one));
    listen("https://b.example.com/");
    hooks->dispatch(created(two));
    settle();
    BOOST_TEST(receiver.requests_to("a.example.com").size() == 2U);
    BOOST_TEST(receiver.requests_to("b.example.com").size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_change_counts_for_what_is_dispatched_after_it_while_others_wait_for_the_shard,
                        host) {
    auto const id = listen("https://old.example.com/");
    run();
    settle();
    hooks->dispatch(created(one));
    auto changed = stored(id);
    changed.revision = 0;
    changed.url = "https://new.example.com/";
    BOOST_TEST(hooks->save(changed).has_value());
    hooks->dispatch(created(two));
    settle();
    for (auto const& r : receiver.requests_to("old.example.com"))
        BOOST_TEST(r.body() != "2");
}

BOOST_FIXTURE_TEST_CASE(a_row_of_a_webhook_that_was_removed_is_cancelled, host) {
    auto const id = listen();
    listen("https://b.example.com/");
    hooks->dispatch(created(one));
    store_text(storage, webhook_key(id), std::nullopt);
    host::dispatcher_type other(io, clock, receiver, storage, log, testing::seeded_random(8));
    outcome other_ran;
    other.async_run(other_ran.record());
    other.dispatch(created(two));
    settle();
    BOOST_TEST(storage.counts().cancelled == 1U);
    BOOST_TEST(log.count(delivery_state::delivered) == 2U);
    BOOST_TEST(receiver.requests_to("a.example.com").empty());
}

BOOST_FIXTURE_TEST_CASE(deactivating_pauses_what_waits_and_reactivating_resumes_it, host) {
    auto const id = listen();
    receiver.next(1).answer(500);
    receiver.hold();
    run();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    settle();
    auto changed = stored(id);
    changed.revision = 0;
    changed.active = false;
    BOOST_TEST(hooks->save(changed).has_value());
    settle();
    BOOST_TEST(storage.counts().paused == 12U);
    BOOST_TEST(storage.counts().delivering == 8U);
    receiver.release();
    pass(1h);
    BOOST_TEST(receiver.count() == 8U);
    BOOST_TEST(log.count(delivery_state::delivered) == 7U);
    BOOST_TEST(storage.counts().paused == 13U);
    changed.active = true;
    BOOST_TEST(hooks->save(changed).has_value());
    pass(1min);
    BOOST_TEST(log.count(delivery_state::delivered) == 20U);
    BOOST_TEST(storage.counts().paused == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_retry_of_a_deactivated_webhook_is_paused_and_keeps_its_count, host) {
    auto const id = listen();
    receiver.next(1).answer_after(10s, 500);
    run();
    hooks->dispatch(created(one));
    settle();
    auto changed = stored(id);
    changed.revision = 0;
    changed.active = false;
    BOOST_TEST(hooks->save(changed).has_value());
    pass(1h);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(storage.counts().paused == 1U);
    changed.active = true;
    BOOST_TEST(hooks->save(changed).has_value());
    pass(1h);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
    BOOST_TEST(log.attempts().back().number == 2U);
}

BOOST_FIXTURE_TEST_CASE(rows_that_wait_in_the_storage_are_paused_and_resumed_too, host) {
    auto const id = listen();
    hooks->dispatch(created(one));
    auto changed = stored(id);
    changed.revision = 0;
    changed.active = false;
    BOOST_TEST(hooks->save(changed).has_value());
    settle();
    BOOST_TEST(storage.counts().paused == 1U);
    run();
    pass(1h);
    BOOST_TEST(receiver.count() == 0U);
    changed.active = true;
    BOOST_TEST(hooks->save(changed).has_value());
    settle();
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_FIXTURE_TEST_CASE(off_and_on_again_in_one_turn_loses_nothing, host) {
    auto const id = listen();
    receiver.hold();
    run();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    settle();
    auto changed = stored(id);
    changed.revision = 0;
    for (bool const active : {false, true, false, true}) {
        changed.active = active;
        BOOST_TEST(hooks->save(changed).has_value());
    }
    receiver.release();
    pass(1min);
    BOOST_TEST(log.count(delivery_state::delivered) == 20U);
    BOOST_TEST(receiver.count() == 20U);
}

BOOST_FIXTURE_TEST_CASE(removing_cancels_what_waits_in_the_lane_and_what_comes_back_from_the_network, host) {
    auto const id = listen();
    receiver.hold();
    run();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    settle();
    BOOST_TEST(hooks->remove(id).has_value());
    receiver.release();
    pass(1h);
    BOOST_TEST(receiver.count() == 8U);
    BOOST_TEST(log.count(delivery_state::delivered) == 8U);
    BOOST_TEST(log.count(delivery_state::cancelled) == 12U);
    BOOST_TEST(storage.counts().delivering == 0U);
    BOOST_TEST(storage.counts().pending == 0U);
}

BOOST_FIXTURE_TEST_CASE(removing_cancels_a_retry_instead_of_making_it, host) {
    auto const id = listen();
    receiver.answer_after(10s, 500);
    run();
    hooks->dispatch(created(one));
    pass(1s);
    BOOST_TEST(hooks->remove(id).has_value());
    pass(1h);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(log.count(delivery_state::cancelled) == 1U);
    BOOST_TEST(storage.counts().pending == 0U);
}

BOOST_FIXTURE_TEST_CASE(removing_cancels_rows_in_the_storage, host) {
    auto const id = listen();
    hooks->dispatch(created(one));
    BOOST_TEST(hooks->remove(id).has_value());
    settle();
    BOOST_TEST(storage.counts().pending == 0U);
    run();
    pass(1h);
    BOOST_TEST(receiver.count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_destroyed_dispatcher_ends_its_run_and_leaves_its_deliveries_pending, host) {
    listen();
    receiver.hold();
    run();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    settle();
    hooks.reset();
    settle();
    BOOST_TEST(ran.said == std::vector<error_code>{no_error}, boost::test_tools::per_element());
    BOOST_TEST(receiver.in_flight() == 0U);
    BOOST_TEST(storage.counts().pending == 20U);
    BOOST_TEST(clock.armed() == 0U);
}

// The leak checker is what fails these: everything that a context owned goes with it.
BOOST_AUTO_TEST_CASE(a_context_that_is_destroyed_takes_everything_with_it) {
    for (int steps = 0; steps != 40; ++steps) {
        host h;
        auto const id = h.listen();
        h.receiver.next(1).answer(500);
        h.receiver.next(1).answer_after(10s, 200);
        h.run();
        h.hooks->dispatch(created(h.one));
        h.hooks->dispatch(created(h.two));
        h.settle();
        h.receiver.hold();
        for (int i = 0; i != 20; ++i)
            h.hooks->dispatch(created(h.one));
        h.drain(1h);
        (void)h.hooks->remove(id);
        for (int i = 0; i != steps; ++i) {
            h.io.restart();
            h.io.poll_one();
        }
    }
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(a_context_that_is_destroyed_in_the_middle_of_a_stop_takes_everything_with_it) {
    for (int steps = 0; steps != 40; ++steps) {
        host h;
        h.listen();
        h.receiver.hold();
        h.run();
        for (int i = 0; i != 20; ++i)
            h.hooks->dispatch(created(h.one));
        h.settle();
        h.hooks->stop();
        for (int i = 0; i != steps; ++i) {
            h.io.restart();
            h.io.poll_one();
        }
    }
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(
    a_context_that_is_destroyed_while_a_stop_waits_for_a_deaf_transport_takes_everything_with_it) {
    struct policies : simulated_policies::with_transport<deaf_transport> {};
    boost::asio::io_context io;
    testing::simulated_clock clock;
    outcome ran;
    {
        dispatcher<objects, policies> hooks(io, clock, event_log(), testing::seeded_random(1));
        BOOST_TEST(
            hooks.save(host::draft().on<project>().post("https://a.example.com/").body("{}")).has_value());
        project const p;
        hooks.async_run(ran.record());
        hooks.dispatch(created(p));
        testing::run_simulated(io, clock, 1s);
        hooks.stop();
        testing::run_simulated(io, clock, 1s);
    }
    BOOST_TEST(!ran.done());
}

BOOST_AUTO_TEST_SUITE_END()
