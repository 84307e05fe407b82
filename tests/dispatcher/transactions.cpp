// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "support/transactional_host.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>
#include <string>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;
using strings = std::vector<std::string>;

namespace {

auto const both_ways = boost::unit_test::data::make({true, false});

// One webhook of each mode, `a` twice before the commit.
struct all_modes : transactional_host {
    all_modes() {
        background = listen_at("background.example.com", call_mode::fire_and_forget);
        after = listen_at("after.example.com", call_mode::after_commit);
        first = listen_at("first.example.com", call_mode::in_transaction);
        second = listen_at("second.example.com", call_mode::in_transaction);
        run();
        settle();
    }

    [[nodiscard]] strings asked() const { return hosts_of(receiver.requests()); }

    uuid background{};
    uuid after{};
    uuid first{};
    uuid second{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_transactions)

BOOST_DATA_TEST_CASE_F(all_modes, the_calls_come_in_their_order, both_ways, blocking) {
    auto tx = hooks->begin(fake_transaction(db));
    tx.modified(one, two);
    BOOST_TEST(receiver.count() == 0U);
    auto const report = end(tx, blocking);
    BOOST_TEST(report.committed());
    BOOST_TEST(static_cast<bool>(report));
    BOOST_TEST(!report.error());
    BOOST_TEST(report.accepted() == 1U);
    BOOST_TEST(report.messages().empty());
    BOOST_TEST(db.committed == 1);
    BOOST_TEST(db.rolled_back == 0);
    settle();
    BOOST_TEST((asked() == strings{"first.example.com", "second.example.com", "after.example.com",
                                   "background.example.com"}));
    BOOST_REQUIRE(report.calls().size() == 3U);
    BOOST_TEST((report.calls()[0].webhook() == first));
    BOOST_TEST(report.calls()[0].wording() == "Tell first.example.com");
    BOOST_TEST(report.calls()[0].url() == "https://first.example.com/p/2");
    BOOST_TEST(report.calls()[0].status() == 200);
    BOOST_TEST((report.calls()[0].mode() == call_mode::in_transaction));
    BOOST_TEST((report.calls()[2].mode() == call_mode::after_commit));
    BOOST_TEST(report.told().size() == 2U);
    BOOST_TEST(report.failed().empty());
}

BOOST_DATA_TEST_CASE_F(all_modes, a_call_in_the_transaction_is_made_before_its_commit, both_ways, blocking) {
    fuse steps;
    db.breaks = &steps;
    std::vector<std::size_t> asked_at_commit;
    steps.before_each = [&](std::size_t) { asked_at_commit.push_back(receiver.count()); };
    auto tx = hooks->begin(fake_transaction(db));
    tx.modified(one, two);
    BOOST_TEST(end(tx, blocking).committed());
    BOOST_TEST((asked_at_commit == std::vector<std::size_t>{2}));
}

BOOST_DATA_TEST_CASE_F(all_modes, events_come_as_recorded_and_webhooks_as_created, both_ways, blocking) {
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(two);
    tx.deleted(one);
    BOOST_TEST(end(tx, blocking).committed());
    settle();
    strings targets;
    for (auto const& r : receiver.requests())
        targets.push_back(r.host().substr(0, 1) + r.target().substr(3));
    BOOST_TEST((targets == strings{"f2", "s2", "f1", "s1", "a2", "a1", "b2", "b1"}));
}

BOOST_DATA_TEST_CASE_F(all_modes, a_veto_rolls_back_and_names_who_said_no_and_who_was_told, both_ways,
                       blocking) {
    receiver.host("second.example.com").answer(testing::scripted_answer(409).body("budget is frozen"));
    auto tx = hooks->begin(fake_transaction(db));
    tx.modified(one, two);
    auto const report = end(tx, blocking);
    BOOST_TEST(!report.committed());
    BOOST_TEST(db.committed == 0);
    BOOST_TEST(db.rolled_back == 1);
    BOOST_REQUIRE(static_cast<bool>(report.error()));
    BOOST_TEST((report.error().code() == errc::http_status));
    BOOST_REQUIRE(report.error().call() != nullptr);
    BOOST_TEST((report.error().call()->webhook() == second));
    BOOST_TEST(report.error().call()->status() == 409);
    BOOST_TEST(report.error().call()->answer() == "budget is frozen");
    BOOST_REQUIRE(report.told().size() == 1U);
    BOOST_TEST((report.told()[0].webhook() == first));
    BOOST_TEST(report.accepted() == 0U);
    pass(1h);
    BOOST_TEST((asked() == strings{"first.example.com", "second.example.com"}));
    BOOST_TEST(log.acceptances().empty());
    BOOST_TEST(
        (report.messages() == strings{"A technical error has occurred. Please contact your administrator.",
                                      "Review of the formula for URL: https://second.example.com/p/2",
                                      "Request sent to https://second.example.com/p/2 (status code: 409)"}));
}

BOOST_DATA_TEST_CASE_F(all_modes, the_first_error_stops, both_ways, blocking) {
    receiver.host("first.example.com").answer(errc::connect_refused);
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    tx.created(two);
    auto const report = end(tx, blocking);
    BOOST_TEST((report.error().code() == errc::connect_refused));
    BOOST_TEST(report.told().empty());
    BOOST_TEST(report.calls().size() == 1U);
    pass(1h);
    BOOST_TEST((asked() == strings{"first.example.com"}));
}

BOOST_DATA_TEST_CASE_F(all_modes, an_error_after_the_commit_is_reported_and_stops_nothing, both_ways,
                       blocking) {
    receiver.host("after.example.com").answer(503);
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    tx.created(two);
    auto const report = end(tx, blocking);
    BOOST_TEST(report.committed());
    BOOST_TEST(!report.error());
    BOOST_REQUIRE(report.failed().size() == 2U);
    BOOST_TEST((report.failed()[0].webhook() == after));
    BOOST_TEST(report.failed()[0].status() == 503);
    BOOST_TEST((report.failed()[0].error() == errc::http_status));
    BOOST_TEST(report.messages().size() == 6U);
    BOOST_TEST(db.committed == 1);
    pass(1h);
    // Tried once, never again; the background was told all the same.
    BOOST_TEST(receiver.requests_to("after.example.com").size() == 2U);
    BOOST_TEST(receiver.requests_to("background.example.com").size() == 2U);
}

BOOST_DATA_TEST_CASE_F(all_modes, a_commit_that_fails_leaves_no_delivery_and_names_who_was_told, both_ways,
                       blocking) {
    fuse broken;
    broken.arm(0, fuse::kind::error);
    db.breaks = &broken;
    auto tx = hooks->begin(fake_transaction(db));
    tx.modified(one, two);
    auto const report = end(tx, blocking);
    BOOST_TEST(!report.committed());
    BOOST_TEST(report.error().call() == nullptr);
    BOOST_TEST(
        (report.error().code() == boost::system::errc::make_error_code(boost::system::errc::io_error)));
    BOOST_TEST(report.told().size() == 2U);
    BOOST_TEST(db.rolled_back == 1);
    BOOST_TEST(
        (report.messages() == strings{"A technical error has occurred. Please contact your administrator."}));
    pass(1h);
    BOOST_TEST((asked() == strings{"first.example.com", "second.example.com"}));
}

BOOST_FIXTURE_TEST_CASE(a_transaction_that_is_not_committed_is_rolled_back, all_modes) {
    {
        auto tx = hooks->begin(fake_transaction(db));
        tx.modified(one, two);
        auto const moved = std::move(tx);
        BOOST_TEST(db.rolled_back == 0);
    }
    BOOST_TEST(db.rolled_back == 1);
    BOOST_TEST(db.open == 0);
    pass(1h);
    BOOST_TEST(receiver.count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_rollback_that_fails_is_told, all_modes) {
    fuse broken;
    db.breaks = &broken;
    broken.arm(0, fuse::kind::error);
    {
        auto const tx = hooks->begin(fake_transaction(db));
    }
    BOOST_REQUIRE(log.problems().size() == 1U);
    receiver.answer(500);
    broken.arm(0, fuse::kind::exception);
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    auto const report = tx.commit();
    BOOST_TEST((report.error().code() == errc::http_status));
    BOOST_TEST((report.rollback_error() == errc::policy_threw));
    BOOST_TEST(log.problems().size() == 2U);
}

BOOST_DATA_TEST_CASE_F(all_modes, a_transaction_ends_once, both_ways, blocking) {
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    BOOST_TEST(end(tx, blocking).committed());
    tx.created(two);
    auto const again = end(tx, blocking);
    BOOST_TEST(!again.committed());
    BOOST_TEST((again.error().code() == errc::transaction_over));
    BOOST_TEST(db.committed == 1);
    BOOST_TEST(db.rolled_back == 0);
}

BOOST_DATA_TEST_CASE_F(all_modes, what_was_recorded_behind_a_savepoint_can_be_dropped, both_ways, blocking) {
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    auto const outer = tx.savepoint();
    tx.created(two);
    auto const inner = tx.savepoint();
    tx.deleted(two);
    inner.rollback();
    inner.rollback();
    BOOST_TEST(hosts_of(receiver.requests()).empty());
    outer.rollback();
    inner.rollback();
    tx.deleted(one);
    BOOST_TEST(end(tx, blocking).committed());
    outer.rollback();
    settle();
    BOOST_TEST((bodies(receiver.requests_to("background.example.com")) == strings{"1", "1"}));
    BOOST_TEST(receiver.requests_to("first.example.com").size() == 2U);
}

// As in a database: a rollback to an outer one ends the inner ones.
BOOST_FIXTURE_TEST_CASE(a_savepoint_is_gone_with_what_it_was_behind, all_modes) {
    auto tx = hooks->begin(fake_transaction(db));
    auto const outer = tx.savepoint();
    tx.created(one);
    auto const inner = tx.savepoint();
    outer.rollback();
    tx.created(one);
    tx.created(two);
    inner.rollback();
    BOOST_TEST(tx.commit().committed());
    BOOST_TEST(receiver.requests_to("first.example.com").size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_savepoint_takes_nothing_back_once_the_end_has_begun, all_modes) {
    auto tx = hooks->begin(fake_transaction(db));
    auto const all = tx.savepoint();
    tx.created(one);
    tx.async_commit([](transaction_report const& r) { BOOST_TEST(r.committed()); });
    all.rollback();
    settle();
    BOOST_TEST(receiver.count() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_transaction_that_was_moved_from_says_so, all_modes) {
    auto tx = hooks->begin(fake_transaction(db));
    auto const kept = std::move(tx);
    BOOST_TEST((tx.commit().error().code() == errc::transaction_over)); // NOLINT(bugprone-use-after-move)
    std::promise<errc> said;
    tx.async_commit([&](transaction_report const& r) {
        said.set_value(r.error().code() == errc::transaction_over ? errc::transaction_over
                                                                  : errc::policy_threw);
    });
    BOOST_TEST((said.get_future().get() == errc::transaction_over));
}

// An operation that is only made and never started ends nothing; the transaction goes with it.
BOOST_FIXTURE_TEST_CASE(an_operation_that_is_not_started_rolls_back, all_modes) {
    {
        auto tx = hooks->begin(fake_transaction(db));
        tx.created(one);
        auto const commit = tx.async_commit();
        BOOST_TEST(db.rolled_back == 0);
    }
    BOOST_TEST(db.rolled_back == 1);
}

BOOST_FIXTURE_TEST_CASE(an_operation_that_is_started_twice_ends_the_transaction_once, all_modes) {
    std::vector<transaction_report> said;
    auto const hear = [&](transaction_report r) { said.push_back(std::move(r)); };
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    auto const commit = tx.async_commit();
    commit(hear);
    commit(hear);
    settle();
    commit(hear);
    settle();
    BOOST_REQUIRE(said.size() == 3U);
    BOOST_TEST(std::count_if(said.begin(), said.end(), [](auto const& r) { return r.committed(); }) == 1);
    BOOST_TEST(db.committed == 1);
    BOOST_TEST(receiver.count() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_savepoint_may_outlive_its_transaction, all_modes) {
    std::optional<savepoint> kept;
    {
        auto tx = hooks->begin(fake_transaction(db));
        tx.created(one);
        kept = tx.savepoint();
    }
    BOOST_TEST(db.rolled_back == 1);
    kept->rollback();
}

BOOST_FIXTURE_TEST_CASE(a_quiet_transaction_records_nothing, all_modes) {
    auto tx = hooks->begin(fake_transaction(db));
    tx.quiet();
    tx.created(one);
    tx.quiet(false);
    tx.created(two);
    BOOST_TEST(tx.commit().committed());
    settle();
    BOOST_TEST((bodies(receiver.requests_to("background.example.com")) == strings{"2"}));
}

BOOST_FIXTURE_TEST_CASE(an_event_is_rendered_when_it_is_recorded, all_modes) {
    auto tx = hooks->begin(fake_transaction(db));
    {
        project gone{7, "P7"};
        tx.created(gone);
        gone.id = 8;
    }
    BOOST_TEST(tx.commit().committed());
    BOOST_TEST(receiver.requests()[0].body() == "7");
}

BOOST_FIXTURE_TEST_CASE(an_event_carries_actor_scope_and_id, transactional_host) {
    save(draft()
             .on<phase>()
             .post("https://a.example.com/{{project.id}}")
             .body("[{{event.actor}}, {{event.id}}]")
             .in_transaction());
    auto tx = hooks->begin();
    tx.by("anna");
    phase const it{5};
    tx.created(it, two);
    tx.modified(it, it, two);
    tx.deleted(it, one);
    uuid id{};
    id.data[15] = 1;
    tx.record(created(it).within(one).by("bert").with_id(id));
    BOOST_TEST(tx.commit().committed());
    auto const got = receiver.requests();
    BOOST_REQUIRE(got.size() == 4U);
    BOOST_TEST(got[0].target() == "/2");
    BOOST_TEST(got[0].body().starts_with("[\"anna\", \""));
    BOOST_TEST(got[2].target() == "/1");
    BOOST_TEST(got[3].body() == "[\"bert\", \"00000000-0000-0000-0000-000000000001\"]");
}

BOOST_DATA_TEST_CASE_F(transactional_host, a_call_has_a_deadline, both_ways, blocking) {
    listen_at("slow.example.com", call_mode::in_transaction);
    receiver.answer_after(6s, 200);
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    auto const before = clock.steady_now();
    auto const report = end(tx, blocking);
    BOOST_TEST((report.error().code() == errc::total_timeout));
    BOOST_TEST((clock.steady_now() - before == 5s));
    BOOST_TEST(db.rolled_back == 1);
    BOOST_TEST(report.messages()[2] ==
               "Request sent to https://slow.example.com/p/1 (no status code: no answer in time)");
}

BOOST_DATA_TEST_CASE_F(transactional_host, all_calls_of_a_transaction_have_a_deadline, both_ways, blocking) {
    for (int i = 0; i != 4; ++i)
        listen_at("h" + std::to_string(i) + ".example.com", call_mode::after_commit);
    receiver.answer_after(4s, 200);
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    auto const before = clock.steady_now();
    auto const report = end(tx, blocking);
    BOOST_TEST((clock.steady_now() - before == 10s));
    BOOST_REQUIRE(report.calls().size() == 4U);
    BOOST_TEST(static_cast<bool>(report.calls()[1]));
    BOOST_TEST((report.calls()[2].error() == errc::total_timeout));
    BOOST_TEST((report.calls()[3].error() == errc::total_timeout));
    // The last one was not even sent.
    BOOST_TEST(receiver.count() == 3U);
    BOOST_TEST(report.calls()[3].message() ==
               "Request not sent to https://h3.example.com/p/1 (no answer in time)");
    BOOST_TEST(log.refusals().size() == 1U);
    BOOST_TEST(log.attempts().size() == 3U);
    BOOST_TEST(report.committed());
}

BOOST_AUTO_TEST_CASE(deadlines_are_never_endless) {
    options endless;
    endless.call_deadline = std::chrono::milliseconds::max();
    endless.calls_deadline = std::chrono::milliseconds(0);
    transactional_host h(endless);
    h.listen_at("a.example.com", call_mode::in_transaction);
    h.receiver.hold();
    auto tx = h.hooks->begin(fake_transaction(h.db));
    tx.created(h.one);
    auto const before = h.clock.steady_now();
    BOOST_TEST((tx.commit().error().code() == errc::total_timeout));
    BOOST_TEST((h.clock.steady_now() - before == 1ms));
}

BOOST_DATA_TEST_CASE_F(transactional_host, what_cannot_be_rendered_is_an_error_of_its_call, both_ways,
                       blocking) {
    save(draft().on<project>().post("https://a.example.com/{{project.code}}/x").body("1").in_transaction());
    project const nameless{3, ""};
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(nameless);
    auto const report = end(tx, blocking);
    BOOST_TEST((report.error().code() == errc::bad_url_path));
    BOOST_TEST(receiver.count() == 0U);
    BOOST_TEST(db.rolled_back == 1);
    BOOST_TEST(report.messages(language::french)[2] ==
               "Requête non envoyée à https://a.example.com (requête impossible à former)");
}

BOOST_DATA_TEST_CASE_F(transactional_host, a_webhook_changed_meanwhile_is_called_as_it_is_now, both_ways,
                       blocking) {
    auto const moved = listen_at("old.example.com", call_mode::in_transaction);
    auto const inactive = listen_at("inactive.example.com", call_mode::in_transaction);
    auto const removed = listen_at("removed.example.com", call_mode::in_transaction);
    auto const calmer = listen_at("calmer.example.com", call_mode::in_transaction);
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    auto w = stored(moved);
    w.url = "https://new.example.com/elsewhere";
    BOOST_TEST(hooks->save(w).has_value());
    w = stored(inactive);
    w.active = false;
    BOOST_TEST(hooks->save(w).has_value());
    BOOST_TEST(hooks->remove(removed).has_value());
    w = stored(calmer);
    w.mode = call_mode::fire_and_forget;
    BOOST_TEST(hooks->save(w).has_value());
    auto const report = end(tx, blocking);
    BOOST_TEST(report.committed());
    // Who asked in time is told in time.
    BOOST_TEST((hosts_of(receiver.requests()) == strings{"new.example.com", "calmer.example.com"}));
    BOOST_TEST(receiver.requests()[0].url() == "https://new.example.com/p/1");
    BOOST_TEST(report.calls().size() == 2U);
}

BOOST_DATA_TEST_CASE_F(transactional_host, a_receiver_that_is_gone_is_called_once, both_ways, blocking) {
    auto const id = listen_at("gone.example.com", call_mode::in_transaction);
    receiver.answer(410);
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    BOOST_TEST(end(tx, blocking).error().call()->status() == 410);
    BOOST_TEST(!stored(id).active);
    auto again = hooks->begin(fake_transaction(db));
    again.created(one);
    BOOST_TEST(end(again, blocking).committed());
    BOOST_TEST(receiver.count() == 1U);
}

BOOST_DATA_TEST_CASE_F(transactional_host, calls_are_signed_and_carry_the_secrets, both_ways, blocking) {
    save(draft()
             .on<project>()
             .post("https://a.example.com/")
             .body("1")
             .header("Authorization", secret("Bearer x"))
             .sign(secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
             .in_transaction());
    auto tx = hooks->begin();
    tx.created(one);
    auto const report = end(tx, blocking);
    auto const got = receiver.requests().at(0);
    BOOST_TEST(got.secret_headers() == "Authorization: Bearer x\r\n");
    BOOST_TEST(got.header("webhook-signature").starts_with("v1,"));
    BOOST_TEST(got.header("webhook-id") == to_text(report.calls()[0].delivery()));
    BOOST_REQUIRE(log.attempts().size() == 1U);
    BOOST_TEST((log.attempts()[0].mode == call_mode::in_transaction));
    BOOST_TEST((log.attempts()[0].next == delivery_state::delivered));
    BOOST_TEST(log.ends().empty());
}

BOOST_FIXTURE_TEST_CASE(dispatch_says_that_a_synchronous_webhook_needs_somebody_who_waits, all_modes) {
    auto const r = hooks->dispatch(created(one));
    BOOST_TEST(!r);
    BOOST_TEST(r.matched() == 4U);
    BOOST_TEST(r.accepted() == 1U);
    BOOST_REQUIRE(r.refused().size() == 3U);
    for (auto const& no : r.refused())
        BOOST_TEST((no.error() == errc::needs_waiting));
    BOOST_TEST(log.refusals().size() == 3U);
    settle();
    BOOST_TEST((asked() == strings{"background.example.com"}));
}

BOOST_FIXTURE_TEST_CASE(dispatch_and_wait_calls_them, all_modes) {
    BOOST_TEST(hooks->dispatch_and_wait(created(one)).committed());
    settle();
    BOOST_TEST(receiver.count() == 4U);
    receiver.host("first.example.com").answer(409);
    auto const report = hooks->dispatch_and_wait(created(one));
    BOOST_TEST(!report);
    BOOST_TEST(report.error().call()->status() == 409);
    settle();
    BOOST_TEST(receiver.count() == 5U);
}

BOOST_FIXTURE_TEST_CASE(async_dispatch_calls_them, all_modes) {
    std::optional<transaction_report> report;
    hooks->async_dispatch(created(one), [&](transaction_report r) { report = std::move(r); });
    settle();
    BOOST_REQUIRE(report.has_value());
    BOOST_TEST(report->committed());
    BOOST_TEST(report->accepted() == 1U);
    BOOST_TEST(receiver.count() == 4U);
}

BOOST_FIXTURE_TEST_CASE(an_undo_undoes_a_veto, transactional_host) {
    listen_at("a.example.com", call_mode::in_transaction);
    int undone = 0;
    for (int const status : {200, 409}) {
        receiver.answer(status);
        auto tx = hooks->begin(undo([&] { ++undone; }));
        tx.created(one);
        BOOST_TEST(tx.commit().committed() == (status == 200));
    }
    BOOST_TEST(undone == 1);
    {
        auto const dropped = hooks->begin(undo([&] { ++undone; }));
    }
    BOOST_TEST(undone == 2);
}

BOOST_DATA_TEST_CASE_F(all_modes, a_dispatcher_that_stops_tells_nobody_and_lets_nothing_pass, both_ways,
                       blocking) {
    hooks->stop();
    settle();
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    auto const report = end(tx, blocking);
    BOOST_TEST((report.error().code() == errc::stopping));
    BOOST_TEST(db.rolled_back == 1);
    // What nobody asked for is the host's own business.
    auto unasked = hooks->begin(fake_transaction(db));
    unasked.created(user{"anna"});
    BOOST_TEST(end(unasked, blocking).committed());
    BOOST_TEST(receiver.count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_stop_cuts_calls_short, all_modes) {
    receiver.hold();
    std::optional<transaction_report> report;
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    tx.async_commit([&](transaction_report r) { report = std::move(r); });
    io.restart();
    io.poll();
    BOOST_TEST(!report);
    hooks->stop();
    io.restart();
    io.poll();
    BOOST_REQUIRE(report.has_value());
    BOOST_TEST((report->error().code() == errc::cancelled));
    BOOST_TEST(db.rolled_back == 1);
}

// A host that commits while the dispatcher stops: nothing more is sent, and nothing is committed.
BOOST_DATA_TEST_CASE_F(all_modes, a_stop_between_two_calls_makes_no_more_calls, both_ways, blocking) {
    int asked = 0;
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    log.on_each_attempt([&] {
        if (++asked == 1)
            hooks->stop();
    });
    auto const report = end(tx, blocking);
    BOOST_TEST((report.error().code() == errc::cancelled));
    BOOST_TEST(db.rolled_back == 1);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(report.messages().at(2) ==
               "Request not sent to https://second.example.com/p/1 (the call was cut short)");
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_commit_is_rolled_back_between_the_steps, all_modes) {
    receiver.hold();
    boost::asio::cancellation_signal signal;
    std::optional<transaction_report> report;
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    tx.async_commit(boost::asio::bind_cancellation_slot(
        signal.slot(), [&](transaction_report r) { report = std::move(r); }));
    settle();
    io.restart();
    io.poll();
    signal.emit(boost::asio::cancellation_type::partial);
    receiver.release();
    settle();
    BOOST_REQUIRE(report.has_value());
    BOOST_TEST((report->error().code() == errc::cancelled));
    BOOST_TEST(report->told().size() == 1U);
    BOOST_TEST(db.rolled_back == 1);
    BOOST_TEST(receiver.count() == 1U);
}

// The host's transaction is used, and the handler called, where the host wants it.
BOOST_FIXTURE_TEST_CASE(async_commit_works_on_the_handlers_executor, all_modes) {
    boost::asio::io_context own;
    fuse steps;
    db.breaks = &steps;
    std::optional<bool> on_own;
    steps.before_each = [&](std::size_t) { on_own = own.get_executor().running_in_this_thread(); };
    std::optional<transaction_report> report;
    auto tx = hooks->begin(fake_transaction(db));
    tx.created(one);
    tx.async_commit(boost::asio::bind_executor(own, [&](transaction_report r) {
        BOOST_TEST(own.get_executor().running_in_this_thread());
        report = std::move(r);
    }));
    boost::asio::io_context* const contexts[] = {&io, &own};
    BOOST_TEST(testing::run_simulated(std::span<boost::asio::io_context* const>(contexts), clock,
                                      [&] { return report.has_value(); }));
    BOOST_TEST((on_own == true));
    BOOST_TEST(report->committed());
}

BOOST_FIXTURE_TEST_CASE(a_coroutine_can_commit, all_modes) {
    bool committed = false;
    auto change = [](all_modes& h, bool& done) -> boost::asio::awaitable<void> {
        auto tx = h.hooks->begin(fake_transaction(h.db));
        tx.created(h.one);
        auto commit = tx.async_commit();
        auto const report = co_await std::move(commit);
        done = report.committed();
    };
    boost::asio::co_spawn(io, change(*this, committed), boost::asio::detached);
    settle();
    BOOST_TEST(committed);
    BOOST_TEST(receiver.count() == 4U);
}

// A commit under way holds what it needs; what is destroyed unfinished rolls back.
BOOST_AUTO_TEST_CASE(a_context_that_goes_rolls_back) {
    fake_database db;
    std::optional<boost::asio::io_context> io(std::in_place);
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    std::optional<dispatcher<objects, transactional_policies>> hooks;
    hooks.emplace(*io, clock, receiver, testing::seeded_random(1));
    BOOST_REQUIRE(
        hooks
            ->save(
                hooks->webhook("w").on<project>().post("https://a.example.com/").body("1").in_transaction())
            .has_value());
    receiver.hold();
    {
        auto tx = hooks->begin(fake_transaction(db));
        project const one{1, "A"};
        tx.created(one);
        tx.async_commit(
            [](transaction_report const&) { BOOST_ERROR("a context that is gone calls nobody"); });
    }
    io->poll();
    BOOST_TEST(receiver.in_flight() == 1U);
    BOOST_TEST(db.open == 1);
    hooks.reset();
    io.reset();
    BOOST_TEST(db.rolled_back == 1);
    BOOST_TEST(db.committed == 0);
}

BOOST_AUTO_TEST_CASE(a_dispatcher_may_go_before_its_transaction) {
    fake_database db;
    std::optional<transactional_host> h(std::in_place);
    h->listen_at("a.example.com", call_mode::in_transaction);
    auto tx = h->hooks->begin(fake_transaction(db));
    tx.created(h->one);
    h->hooks.reset();
    BOOST_TEST((tx.commit().error().code() == errc::stopping));
    BOOST_TEST(db.rolled_back == 1);
}

BOOST_AUTO_TEST_SUITE_END()
