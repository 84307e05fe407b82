// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/faulty_outbox.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>

using namespace posthorn;
using namespace posthorn::test;
namespace data = boost::unit_test::data;

namespace {

struct faulty_policies : simulated_policies::with_outbox<faulty_outbox> {};

// A host whose outbox fails on demand.
struct faulty_host {
    explicit faulty_host(options o = options()) : receiver(clock), outbox(storage) {
        hooks.emplace(io, clock, receiver, storage, outbox, log, testing::seeded_random(7), o);
        auto const saved =
            hooks->save(host::draft().on<project>().post("https://a.example.com/").body("{{project.id}}"));
        if (!saved)
            throw std::runtime_error(saved.error().text());
    }

    void pass(duration time) { testing::run_simulated(io, clock, time); }
    void run() { hooks->async_run(ran.record()); }

    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver;
    memory_storage storage;
    faulty_outbox outbox;
    event_log log;
    outcome ran;
    outcome drained;
    project const one{1, "P1"};
    std::optional<dispatcher<objects, faulty_policies>> hooks;
};

// Throws at the first send, then answers 200.
template <class Thrown>
class throwing_transport {
  public:
    [[nodiscard]] boost::asio::awaitable<exchange> send(request const&) {
        if (++*sends == 1)
            throw Thrown();
        exchange ok;
        ok.response.status = 200;
        co_return ok;
    }
    void cancel() noexcept {}

    std::shared_ptr<int> sends = std::make_shared<int>(0);
};

struct no_std_exception {};

struct throwing_observer {
    void on_accepted(accepted_notice const&) { throw std::runtime_error("no"); }
    void on_refused(refused_notice const&) { throw std::runtime_error("no"); }
    void on_attempt(attempt_notice const&) { throw no_std_exception(); }
    void on_settled(settled_notice const&) { throw std::runtime_error("no"); }
    void on_problem(problem_notice const&) { throw std::runtime_error("no"); }
};

struct throwing_registry {
    [[nodiscard]] result<std::uint64_t> commit(registry_commit const&) {
        throw std::runtime_error("the disk is on fire");
    }
    [[nodiscard]] result<registry_load> load(std::uint64_t) { return registry_load(); }
    [[nodiscard]] result<std::uint64_t> generation() { return std::uint64_t{0}; }
    [[nodiscard]] result<std::vector<history_record>> history(history_query const&) {
        return std::vector<history_record>();
    }
};

template <class Transport>
void check_that_a_throw_is_a_failed_attempt() {
    struct policies : simulated_policies::with_transport<Transport> {};
    boost::asio::io_context io;
    testing::simulated_clock clock;
    event_log log;
    memory_storage storage;
    outcome ran;
    dispatcher<objects, policies> hooks(io, clock, log, storage, testing::seeded_random(1));
    BOOST_TEST(hooks.save(host::draft().on<project>().post("https://a.example.com/").body("{}")).has_value());
    project const p;
    hooks.async_run(ran.record());
    hooks.dispatch(created(p));
    testing::run_simulated(io, clock, 10s);
    BOOST_REQUIRE(log.attempts().size() == 2U);
    BOOST_TEST(log.attempts()[0].error == make_error_code(errc::policy_threw));
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
    hooks.stop();
    testing::run_simulated(io, clock, 1s);
    BOOST_TEST(ran.done());
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_failures)

BOOST_AUTO_TEST_CASE(a_transport_that_throws_has_made_a_failed_attempt) {
    check_that_a_throw_is_a_failed_attempt<throwing_transport<std::bad_alloc>>();
}

BOOST_AUTO_TEST_CASE(a_transport_that_throws_what_is_no_exception_has_made_a_failed_attempt) {
    check_that_a_throw_is_a_failed_attempt<throwing_transport<no_std_exception>>();
}

BOOST_AUTO_TEST_CASE(an_observer_that_throws_disturbs_nothing) {
    struct policies : simulated_policies::with_observer<throwing_observer> {};
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    memory_limits limits;
    limits.deliveries = 1;
    memory_storage storage(limits);
    outcome ran;
    dispatcher<objects, policies> hooks(io, clock, receiver, storage, testing::seeded_random(1));
    BOOST_TEST(hooks.save(host::draft().on<project>().post("https://a.example.com/").body("{}")).has_value());
    project const p;
    hooks.async_run(ran.record());
    BOOST_TEST(hooks.dispatch(created(p)).accepted() == 1U);
    BOOST_TEST(hooks.dispatch(created(p)).refused().size() == 1U);
    testing::run_simulated(io, clock, 10s);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(storage.counts().delivering == 0U);
}

BOOST_AUTO_TEST_CASE(a_registry_that_throws_is_an_error_of_the_save) {
    struct policies : simulated_policies::with_registry<throwing_registry> {};
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    dispatcher<objects, policies> hooks(io, clock, receiver, testing::seeded_random(1));
    auto const saved = hooks.save(host::draft().on<project>().post("https://a.example.com/").body("{}"));
    BOOST_REQUIRE(!saved);
    BOOST_TEST(saved.error().all()[0].field() == "storage");
    BOOST_TEST(hooks.webhooks().empty());
    auto const filtered = hooks.save(hooks.filter("Ours").on<project>().for_everyone());
    BOOST_REQUIRE(!filtered);
    BOOST_TEST(filtered.error().all()[0].field() == "storage");
    BOOST_TEST(hooks.filters().empty());
}

BOOST_FIXTURE_TEST_CASE(an_outbox_that_fails_refuses_the_event_and_says_so, faulty_host) {
    outbox.set("append_now", fault::error);
    auto const r = hooks->dispatch(created(one));
    BOOST_TEST(!r);
    BOOST_TEST(r.matched() == 1U);
    BOOST_TEST(r.accepted() == 0U);
    BOOST_REQUIRE(r.refused().size() == 1U);
    BOOST_TEST(r.refused()[0].error() == make_error_code(errc::storage_failed));
    BOOST_TEST(log.refusals().size() == 1U);
    run();
    pass(1h);
    BOOST_TEST(receiver.count() == 0U);
}

BOOST_DATA_TEST_CASE_F(faulty_host, an_outbox_that_throws_refuses_the_event_and_dispatch_does_not_throw,
                       data::make({1, 2}), odd) {
    outbox.set("append_now", odd == 1 ? fault::exception : fault::odd_exception);
    dispatch_result r;
    BOOST_CHECK_NO_THROW(r = hooks->dispatch(created(one)));
    BOOST_REQUIRE(r.refused().size() == 1U);
    BOOST_TEST(r.refused()[0].error() == make_error_code(errc::policy_threw));
}

BOOST_DATA_TEST_CASE_F(faulty_host, an_outbox_that_cannot_settle_for_a_while_loses_no_settlement,
                       data::make({fault::error, fault::exception, fault::odd_exception}), f) {
    run();
    outbox.set("settle", f);
    for (int i = 0; i != 10; ++i)
        hooks->dispatch(created(one));
    pass(10min);
    BOOST_TEST(receiver.count() == 10U);
    BOOST_TEST(log.ends().empty());
    BOOST_TEST(outbox.calls("settle") >= 300U);
    BOOST_TEST(outbox.calls("settle") <= 700U);
    outbox.set("settle", fault::none);
    pass(2s);
    BOOST_TEST(receiver.count() == 10U);
    BOOST_TEST(log.count(delivery_state::delivered) == 10U);
    BOOST_TEST(storage.counts().delivering == 0U);
}

BOOST_DATA_TEST_CASE_F(faulty_host, an_outbox_that_cannot_claim_for_a_while_is_asked_now_and_then,
                       data::make({fault::error, fault::exception}), f) {
    outbox.set("claim", f);
    hooks->dispatch(created(one));
    run();
    pass(1min);
    BOOST_TEST(receiver.count() == 0U);
    BOOST_TEST(outbox.calls("claim") >= 6U);
    BOOST_TEST(outbox.calls("claim") <= 600U);
    BOOST_TEST(!log.problems().empty());
    outbox.set("claim", fault::none);
    pass(10s);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_AUTO_TEST_CASE(an_outbox_that_cannot_prolong_the_lease_is_asked_now_and_then) {
    faulty_host h;
    h.run();
    h.receiver.hold();
    h.hooks->dispatch(created(h.one));
    h.outbox.set("extend", fault::error);
    h.pass(1h);
    BOOST_TEST(h.outbox.calls("extend") >= 100U);
    BOOST_TEST(h.outbox.calls("extend") <= 5000U);
    h.outbox.set("extend", fault::none);
    h.receiver.release();
    h.pass(2min);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 1U);
    h.hooks->dispatch(created(h.one));
    h.pass(2min);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_lease_that_holds_nothing_is_not_prolonged_in_the_storage, faulty_host) {
    run();
    pass(1h);
    BOOST_TEST(outbox.calls("extend") == 0U);
    // What is stored after all that time is held as long as what is stored at once.
    receiver.answer_after(10min, 200);
    hooks->dispatch(created(one));
    pass(20min);
    BOOST_TEST(outbox.calls("extend") >= 29U);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_DATA_TEST_CASE(what_is_stored_after_any_time_of_idleness_is_sent_once, data::xrange(5, 100, 5), idle) {
    host h;
    h.listen();
    h.run();
    h.pass(std::chrono::seconds(idle));
    h.receiver.answer_after(5min, 200);
    h.hooks->dispatch(created(h.one));
    h.pass(10min);
    BOOST_TEST(h.receiver.count() == 1U);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_waits_behind_a_lease_that_ended_is_sent_by_the_next_worker_only, faulty_host) {
    receiver.hold();
    run();
    constexpr std::size_t all = 50;
    for (std::size_t i = 0; i != all; ++i)
        hooks->dispatch(created(one));
    pass(1s);
    auto const sent_in_time = receiver.count();
    BOOST_REQUIRE(sent_in_time < all);
    outbox.set_all(fault::error);
    testing::scripted_transport other_receiver(clock);
    event_log other_log;
    host::dispatcher_type other(io, clock, other_receiver, storage, other_log, testing::seeded_random(8));
    outcome other_ran;
    other.async_run(other_ran.record());
    pass(2min);
    BOOST_TEST(other_log.count(delivery_state::delivered) == all);
    receiver.release();
    pass(1s);
    BOOST_TEST(receiver.count() == sent_in_time);
    outbox.set_all(fault::none);
    pass(2min);
    BOOST_TEST(receiver.count() == sent_in_time);
    BOOST_TEST(storage.counts().delivering == 0U);
    // And it works on, under a new lease.
    other.stop();
    pass(1s);
    hooks->dispatch(created(one));
    pass(1s);
    BOOST_TEST(receiver.count() == sent_in_time + 1);
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_is_set_forward_ends_the_lease_and_holds_up_nothing, host) {
    listen();
    receiver.hold();
    run();
    for (int i = 0; i != 50; ++i)
        hooks->dispatch(created(one));
    pass(1s);
    clock.jump(24h);
    receiver.release();
    pass(5s);
    BOOST_TEST(log.count(delivery_state::delivered) == 50U);
    BOOST_TEST(storage.counts().delivering == 0U);
    hooks->dispatch(created(one));
    pass(1s);
    BOOST_TEST(log.count(delivery_state::delivered) == 51U);
}

BOOST_FIXTURE_TEST_CASE(an_outbox_that_fails_altogether_for_an_hour_delivers_everything_afterwards,
                        faulty_host) {
    run();
    receiver.hold();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    pass(1s);
    outbox.set_all(fault::error);
    receiver.release();
    pass(1h);
    outbox.set_all(fault::none);
    pass(3min);
    BOOST_TEST(log.count(delivery_state::delivered) == 20U);
    BOOST_TEST(storage.counts().delivering == 0U);
    BOOST_TEST(storage.counts().pending == 0U);
}

BOOST_FIXTURE_TEST_CASE(rows_that_a_stop_could_not_give_back_are_delivered_when_the_lease_has_ended,
                        faulty_host) {
    receiver.hold();
    run();
    hooks->dispatch(created(one));
    pass(1s);
    outbox.set("release", fault::error);
    hooks->stop();
    pass(1s);
    BOOST_TEST(ran.done());
    BOOST_TEST(storage.counts().delivering == 1U);
    receiver.release();
    outcome second;
    hooks->async_run(second.record());
    pass(2min);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_stop_that_could_not_settle_leaves_nothing_behind_that_a_drain_would_wait_for,
                        faulty_host) {
    run();
    outbox.set("settle", fault::error);
    hooks->dispatch(created(one));
    pass(1s);
    hooks->stop();
    pass(10s);
    BOOST_REQUIRE(ran.done());
    outbox.set("settle", fault::none);
    outcome second;
    hooks->async_run(second.record());
    pass(3min);
    hooks->async_drain(1h, drained.record());
    pass(1s);
    BOOST_TEST(drained.said == std::vector<error_code>{error_code()}, boost::test_tools::per_element());
    BOOST_TEST(storage.counts().delivering == 0U);
    BOOST_TEST(storage.counts().pending == 0U);
}

BOOST_FIXTURE_TEST_CASE(what_is_paused_only_after_its_webhook_was_removed_is_cancelled, faulty_host) {
    run();
    receiver.hold();
    for (int i = 0; i != 20; ++i)
        hooks->dispatch(created(one));
    pass(1s);
    outbox.set("settle", fault::error);
    auto w = hooks->webhooks().at(0);
    w.active = false;
    BOOST_TEST(hooks->save(w).has_value());
    pass(1s);
    BOOST_TEST(hooks->remove(w.id).has_value());
    pass(1s);
    outbox.set("settle", fault::none);
    receiver.release();
    pass(10s);
    BOOST_TEST(storage.counts().paused == 0U);
    BOOST_TEST(storage.counts().delivering == 0U);
    BOOST_TEST(storage.counts().pending == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_lease_is_prolonged_as_long_as_an_attempt_takes, host) {
    listen();
    receiver.answer_after(10min, 200);
    run();
    hooks->dispatch(created(one));
    pass(1s);
    testing::scripted_transport other_receiver(clock);
    host::dispatcher_type other(io, clock, other_receiver, storage, testing::seeded_random(8));
    outcome other_ran;
    other.async_run(other_ran.record());
    pass(20min);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(other_receiver.count() == 0U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_crashed_worker_held_is_delivered_by_another_when_the_lease_has_ended) {
    memory_storage storage;
    testing::simulated_clock clock;
    project const p;
    {
        boost::asio::io_context io;
        testing::scripted_transport receiver(clock);
        host::dispatcher_type crashed(io, clock, receiver, storage, testing::seeded_random(1));
        BOOST_TEST(
            crashed.save(host::draft().on<project>().post("https://a.example.com/").body("{}")).has_value());
        receiver.hold();
        outcome ran;
        crashed.async_run(ran.record());
        crashed.dispatch(created(p));
        testing::run_simulated(io, clock, 1s);
        crashed.dispatch(created(p));
        BOOST_TEST(receiver.count() == 1U);
    }
    BOOST_TEST(storage.counts().delivering == 2U);
    boost::asio::io_context io;
    testing::scripted_transport receiver(clock);
    event_log log;
    host::dispatcher_type other(io, clock, receiver, storage, log, testing::seeded_random(2));
    outcome ran;
    other.async_run(ran.record());
    testing::run_simulated(io, clock, 50s);
    BOOST_TEST(receiver.count() == 0U);
    testing::run_simulated(io, clock, 20s);
    BOOST_TEST(log.count(delivery_state::delivered) == 2U);
    BOOST_TEST(storage.counts().delivering == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_lost_its_lease_settles_nothing_and_the_other_one_does, faulty_host) {
    receiver.hold();
    run();
    hooks->dispatch(created(one));
    pass(1s);
    // This process does not reach the storage for longer than its lease.
    outbox.set_all(fault::error);
    testing::scripted_transport other_receiver(clock);
    event_log other_log;
    host::dispatcher_type other(io, clock, other_receiver, storage, other_log, testing::seeded_random(8));
    outcome other_ran;
    other.async_run(other_ran.record());
    pass(2min);
    BOOST_TEST(other_receiver.count() == 1U);
    BOOST_TEST(other_log.count(delivery_state::delivered) == 1U);
    outbox.set_all(fault::none);
    receiver.release();
    pass(2min);
    BOOST_REQUIRE(log.ends().size() == 1U);
    BOOST_TEST(log.ends()[0].lost);
    // And it works on, under a new lease.
    hooks->dispatch(created(one));
    pass(1s);
    BOOST_TEST(log.count(delivery_state::delivered) + other_log.count(delivery_state::delivered) == 2U);
}

BOOST_AUTO_TEST_CASE(a_settlement_that_waits_for_the_storage_does_not_outlive_the_dispatcher) {
    boost::asio::io_context others;
    auto first = std::make_unique<boost::asio::io_context>();
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    memory_storage storage;
    faulty_outbox outbox(storage);
    project const p;
    outcome ran;
    auto hooks = std::make_unique<dispatcher<objects, faulty_policies>>(
        shards(*first, others), clock, receiver, storage, outbox, testing::seeded_random(1));
    for (int i = 0; i != 8; ++i)
        BOOST_TEST(
            hooks->save(host::draft().on<project>().post("https://a.example.com/").body("{}")).has_value());
    outbox.set("settle", fault::error);
    hooks->async_run(ran.record());
    std::array<boost::asio::io_context*, 2> const both{first.get(), &others};
    testing::run_simulated(std::span<boost::asio::io_context* const>(both), clock, 1ms);
    hooks->dispatch(created(p));
    testing::run_simulated(std::span<boost::asio::io_context* const>(both), clock, 500ms);
    BOOST_TEST(outbox.calls("settle") >= 2U);
    // The wake-up of the second shard is on its way when the engine goes with the first context.
    clock.advance(1s);
    hooks.reset();
    first.reset();
    others.restart();
    others.poll();
    BOOST_TEST(!ran.done());
}

// The storage was in the way of what should become of a webhook's rows: that is made later.
BOOST_AUTO_TEST_CASE(rows_that_could_not_be_moved_are_moved_later) {
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    memory_storage const storage;
    faulty_outbox outbox(storage);
    event_log log;
    outcome ran;
    dispatcher<objects, faulty_policies> hooks(io, clock, receiver, storage, outbox, log,
                                               testing::seeded_random(5));
    auto w = host::draft("w").on<project>().post("https://a.example.com/").body("1").value();
    w.id = hooks.save(w).value();
    project const one{1, "P1"};
    auto const activate = [&](bool on) {
        auto next = hooks.webhooks().at(0);
        next.active = on;
        BOOST_TEST(hooks.save(next).has_value());
    };
    BOOST_TEST(hooks.dispatch(created(one)).accepted() == 1U);
    activate(false);
    hooks.async_run(ran.record());
    testing::run_simulated(io, clock, 1s);
    BOOST_TEST(storage.counts().paused == 1U);
    outbox.set("change", fault::error);
    activate(true);
    testing::run_simulated(io, clock, 10s);
    BOOST_TEST(storage.counts().paused == 1U);
    outbox.set("change", fault::none);
    testing::run_simulated(io, clock, 5s);
    BOOST_TEST(receiver.count() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
