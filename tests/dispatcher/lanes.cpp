// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// A webhook for what is created, at a host of its own.
template <class Host>
uuid listen_at(Host& h, std::string const& host) {
    return h.save(
        h.draft().template on<project>(action::created).post("https://" + host + "/").body("{{project.id}}"));
}

// Creates projects `first` to `last`.
template <class Host>
void create(Host& h, int first, int last) {
    for (; first <= last; ++first) {
        project const p{first, "P"};
        BOOST_REQUIRE(h.hooks->dispatch(created(p)).accepted() != 0);
    }
}

std::vector<std::chrono::milliseconds> times(host const& h) {
    std::vector<std::chrono::milliseconds> all;
    for (auto const& r : h.receiver.requests())
        all.push_back(
            std::chrono::duration_cast<std::chrono::milliseconds>(r.at() - h.receiver.requests()[0].at()));
    return all;
}

std::vector<std::string> numbers(int first, int last) {
    std::vector<std::string> all;
    for (; first <= last; ++first)
        all.push_back(std::to_string(first));
    return all;
}

options quick_breaker(unsigned failures = 5) {
    options o;
    o.breaker_failures = failures;
    return o;
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_lanes)

// --- how many at once ---

BOOST_AUTO_TEST_CASE(a_webhook_begins_with_few_and_learns_how_many_its_receiver_takes) {
    host h{options()};
    listen_at(h, "a.example.com");
    h.receiver.hold();
    h.run();
    create(h, 1, 200);
    h.settle();
    std::size_t previous = 0;
    for (std::size_t const expected : {2U, 3U, 4U, 5U, 6U, 7U, 8U, 8U}) {
        BOOST_TEST(h.receiver.in_flight() == expected);
        h.receiver.release(expected);
        h.settle();
        previous = expected;
    }
    BOOST_TEST(previous == 8U);
    h.receiver.answer(503);
    h.receiver.release(8);
    h.settle();
    h.receiver.answer(200);
    h.receiver.release(4);
    h.settle();
    BOOST_TEST(h.receiver.in_flight() <= 5U);
}

BOOST_AUTO_TEST_CASE(a_webhook_has_a_limit_of_its_own) {
    host h(at_once());
    h.save(h.draft().on<project>().post("https://a.example.com/").body("{{project.id}}").in_flight(3));
    h.receiver.hold();
    h.run();
    create(h, 1, 20);
    h.settle();
    BOOST_TEST(h.receiver.in_flight() == 3U);
    h.receiver.release();
    h.settle();
    BOOST_TEST(h.receiver.peak_in_flight() == 3U);
    BOOST_TEST(h.receiver.count() == 20U);
}

// --- rate ---

BOOST_AUTO_TEST_CASE(a_rate_is_kept_and_nothing_is_lost) {
    host h(at_once(100));
    h.save(h.draft().on<project>().post("https://a.example.com/").body("{{project.id}}").rate(2, 1s));
    h.run();
    create(h, 1, 6);
    h.pass(10s);
    BOOST_TEST((times(h) == std::vector<std::chrono::milliseconds>{0ms, 0ms, 500ms, 1000ms, 1500ms, 2000ms}));
    BOOST_TEST(h.log.count(delivery_state::delivered) == 6U);
}

BOOST_AUTO_TEST_CASE(retries_count_as_any_request) {
    host h(at_once());
    h.receiver.next(1).answer(500);
    h.save(h.draft().on<project>().post("https://a.example.com/").body("{{project.id}}").rate(1, 10s));
    h.run();
    create(h, 1, 2);
    h.pass(1min);
    // The retry is due after five seconds, and the second delivery has the second place.
    BOOST_TEST((times(h) == std::vector<std::chrono::milliseconds>{0ms, 10'000ms, 20'000ms}));
}

BOOST_AUTO_TEST_CASE(a_rate_over_an_absurd_period_is_refused) {
    host h;
    auto const saved =
        h.hooks->save(h.draft().on<project>().post("https://a.example.com/").body("{}").rate(1, 25h));
    BOOST_REQUIRE(!saved);
    BOOST_TEST(saved.error().text().find("pace.period: the period of a rate is from 1 ms to a day") !=
               std::string::npos);
    BOOST_TEST(!h.hooks->save(h.draft().on<project>().post("https://a.example.com/").body("{}").rate(1, 0ms))
                    .has_value());
}

// --- order ---

BOOST_AUTO_TEST_CASE(in_order_a_retry_holds_up_those_behind_it_and_no_other_webhook) {
    host h(at_once());
    h.save(h.draft().on<project>().post("https://ordered.example.com/").body("{{project.id}}").in_order());
    listen_at(h, "other.example.com");
    h.receiver.host("ordered.example.com").next(2).answer(500);
    h.run();
    create(h, 1, 20);
    h.settle();
    BOOST_TEST(bodies(h.receiver.requests_to("ordered.example.com")) == numbers(1, 1),
               boost::test_tools::per_element());
    BOOST_TEST(h.receiver.requests_to("other.example.com").size() == 20U);
    h.pass(5min);
    BOOST_TEST(h.receiver.requests_to("ordered.example.com").size() == 2U);
    h.pass(5min);
    auto expected = numbers(1, 20);
    expected.insert(expected.begin(), 2, "1");
    BOOST_TEST(bodies(h.receiver.requests_to("ordered.example.com")) == expected,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(in_order_a_failure_and_a_person_let_the_next_one_go) {
    host h(at_once());
    auto const id =
        h.save(h.draft().on<project>().post("https://a.example.com/").body("{{project.id}}").in_order());
    h.receiver.next(1).answer(413);
    h.receiver.next(1).answer(500);
    h.run();
    create(h, 1, 4);
    h.settle();
    BOOST_TEST(bodies(h.receiver.requests()) == numbers(1, 2), boost::test_tools::per_element());
    delivery_query query;
    query.states = delivery_states{delivery_state::pending};
    auto const waiting = h.hooks->deliveries(query);
    BOOST_REQUIRE(waiting.has_value());
    // The newest first; the oldest of them is the one that is retried.
    BOOST_TEST(h.hooks->change(waiting->found.back().what->id(), delivery_change::cancel).has_value());
    h.pass(1s);
    BOOST_TEST(bodies(h.receiver.requests()) == numbers(1, 4), boost::test_tools::per_element());
    BOOST_TEST(h.stored(id).pace.in_order);
}

BOOST_AUTO_TEST_CASE(in_order_outlives_a_stop_and_a_second_run) {
    host h(at_once());
    h.save(h.draft().on<project>().post("https://a.example.com/").body("{{project.id}}").in_order());
    h.receiver.hold();
    h.run();
    create(h, 1, 5);
    h.settle();
    BOOST_TEST(h.receiver.in_flight() == 1U);
    h.hooks->stop();
    h.settle();
    h.receiver.release();
    h.run();
    h.pass(1s);
    auto expected = numbers(1, 5);
    expected.insert(expected.begin(), "1");
    BOOST_TEST(bodies(h.receiver.requests()) == expected, boost::test_tools::per_element());
}

// --- breaker ---

BOOST_AUTO_TEST_CASE(a_receiver_that_is_gone_is_left_alone_and_tried_now_and_then) {
    host h(quick_breaker());
    listen_at(h, "a.example.com");
    h.receiver.answer(errc::connect_refused);
    h.run();
    create(h, 1, 100);
    h.settle();
    BOOST_TEST(h.receiver.count() >= 5U);
    BOOST_TEST(h.receiver.count() <= 6U);
    BOOST_TEST(h.storage.counts().delivering == 0U, "what waits for it is not in memory");
    BOOST_TEST(h.storage.counts().pending == 100U);
    auto const before = h.receiver.count();
    h.pass(29s);
    BOOST_TEST(h.receiver.count() == before);
    h.pass(5s);
    BOOST_TEST(h.receiver.count() == before + 1, "one is tried");
    h.pass(59s);
    BOOST_TEST(h.receiver.count() == before + 1);
    h.receiver.answer(200);
    h.pass(10min);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 100U);
    BOOST_TEST(h.storage.counts().pending == 0U);
}

BOOST_AUTO_TEST_CASE(an_open_breaker_costs_no_attempts) {
    host h(quick_breaker(1));
    listen_at(h, "a.example.com");
    h.receiver.next(1).answer(errc::connect_refused);
    h.run();
    create(h, 1, 3);
    h.pass(1h);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 3U);
    auto const all = h.log.attempts();
    // The one that was refused has two, or the one beside it that came back has.
    BOOST_TEST(all.size() <= 5U);
    for (auto const& a : all)
        BOOST_TEST(a.number <= 2U);
}

BOOST_AUTO_TEST_CASE(what_is_dispatched_while_a_breaker_is_open_waits_in_the_storage) {
    host h(quick_breaker(1));
    listen_at(h, "a.example.com");
    h.receiver.answer(errc::connect_refused);
    h.run();
    create(h, 1, 1);
    h.settle();
    create(h, 2, 500);
    h.settle();
    BOOST_TEST(h.receiver.count() == 1U);
    BOOST_TEST(h.storage.counts().delivering == 0U);
    h.receiver.answer(200);
    h.pass(1h);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 500U);
}

BOOST_AUTO_TEST_CASE(one_dead_receiver_costs_its_own_lane_only) {
    host h(quick_breaker());
    listen_at(h, "dead.example.com");
    h.save(h.draft().on<project>(action::deleted).post("https://alive.example.com/").body("{{project.id}}"));
    h.receiver.host("dead.example.com").answer_after(5s, errc::connect_timeout);
    // All of it is pending before the run, so that the claim meets it.
    create(h, 1, 3000);
    for (int i = 0; i != 50; ++i)
        h.hooks->dispatch(deleted(h.one));
    h.run();
    h.pass(1s);
    BOOST_TEST(h.receiver.requests_to("alive.example.com").size() == 50U);
    BOOST_TEST(h.receiver.requests_to("dead.example.com").size() == 2U);
    h.pass(1min);
    BOOST_TEST(h.receiver.requests_to("dead.example.com").size() <= 8U);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_saved_anew_is_tried_at_once) {
    host h(quick_breaker(1));
    auto const id = listen_at(h, "a.example.com");
    h.receiver.host("a.example.com").answer(errc::connect_refused);
    h.run();
    create(h, 1, 3);
    h.settle();
    auto changed = h.stored(id);
    changed.url = "https://b.example.com/";
    BOOST_TEST(h.hooks->save(changed).has_value());
    h.pass(10s);
    BOOST_TEST(h.receiver.requests_to("b.example.com").size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_drain_does_not_call_done_what_an_open_breaker_holds_back) {
    host h(quick_breaker(1));
    listen_at(h, "a.example.com");
    h.receiver.answer(errc::connect_refused);
    h.run();
    create(h, 1, 3);
    h.settle();
    h.drain(10s);
    h.pass(11s);
    BOOST_TEST(h.drained.said == std::vector<error_code>{make_error_code(errc::drain_incomplete)},
               boost::test_tools::per_element());
    BOOST_TEST(h.storage.counts().pending == 3U);
}

// --- room ---

BOOST_AUTO_TEST_CASE(a_lane_takes_a_few_into_memory_and_the_rest_waits_in_the_storage) {
    auto o = at_once(2);
    o.queued_per_webhook = 6;
    host h(o);
    listen_at(h, "a.example.com");
    h.receiver.hold();
    h.run();
    h.settle();
    create(h, 1, 100);
    h.settle();
    BOOST_TEST(h.storage.counts().delivering == 6U);
    BOOST_TEST(h.storage.counts().pending == 94U);
    for (int i = 0; i != 20; ++i) {
        h.receiver.release(2);
        h.settle();
        BOOST_TEST(h.storage.counts().delivering <= 6U);
    }
    h.receiver.release();
    h.pass(1s);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 100U);
    // Once it has caught up, lanes are handed what is new.
    h.receiver.hold();
    create(h, 101, 101);
    h.settle();
    BOOST_TEST(h.storage.counts().delivering == 1U);
}

BOOST_AUTO_TEST_CASE(where_there_is_much_in_memory_each_has_little) {
    auto o = at_once(2);
    o.queued = 10;
    host h(o);
    listen_at(h, "a.example.com");
    h.save(h.draft().on<project>(action::deleted).post("https://b.example.com/").body("{{project.id}}"));
    h.receiver.hold();
    h.run();
    h.settle();
    create(h, 1, 100);
    h.settle();
    BOOST_TEST(h.storage.counts().delivering <= 11U);
    for (int i = 0; i != 20; ++i)
        h.hooks->dispatch(deleted(h.one));
    h.settle();
    BOOST_TEST(h.receiver.requests_to("b.example.com").size() == 2U);
    BOOST_TEST(h.storage.counts().delivering <= 15U);
    h.receiver.release();
    h.pass(1s);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 120U);
}

BOOST_AUTO_TEST_CASE(any_number_of_hanging_receivers_leaves_half_of_the_shard_to_the_others) {
    auto o = at_once(2);
    o.in_flight_per_shard = 20;
    o.breaker_failures = 0;
    host h(o);
    for (int i = 0; i != 40; ++i) {
        auto const name = "slow" + std::to_string(i) + ".example.com";
        listen_at(h, name);
        h.receiver.host(name).answer_after(29s, 200);
    }
    h.save(h.draft().on<project>(action::deleted).post("https://quick.example.com/").body("{{project.id}}"));
    h.run();
    h.hooks->dispatch(deleted(h.one));
    h.settle();
    create(h, 1, 10);
    h.pass(2min);
    for (int i = 0; i != 100; ++i)
        h.hooks->dispatch(deleted(h.one));
    h.settle();
    BOOST_TEST(h.receiver.requests_to("quick.example.com").size() == 101U);
}

// --- the end of patience ---

BOOST_AUTO_TEST_CASE(a_delivery_that_is_too_old_has_failed) {
    auto o = at_once();
    o.delivery_deadline = 1h;
    host h(o);
    listen_at(h, "a.example.com");
    h.receiver.answer(500);
    h.run();
    create(h, 1, 1);
    // After 5 s, 5 min and 30 min; the one after two hours would be too late.
    h.pass(24h);
    BOOST_TEST(h.receiver.count() == 4U);
    BOOST_REQUIRE(h.log.ends().size() == 1U);
    BOOST_TEST((h.log.ends()[0].state == delivery_state::failed));
    BOOST_TEST((h.log.ends()[0].error == errc::http_status));
}

BOOST_AUTO_TEST_CASE(what_waited_for_too_long_is_not_sent_and_a_person_can_send_it) {
    auto o = at_once();
    o.delivery_deadline = 1h;
    host h(o);
    listen_at(h, "a.example.com");
    create(h, 1, 2);
    h.pass(61min);
    h.run();
    h.pass(1s);
    BOOST_TEST(h.receiver.count() == 0U);
    BOOST_REQUIRE(h.log.ends().size() == 2U);
    BOOST_TEST((h.log.ends()[0].state == delivery_state::failed));
    BOOST_TEST((h.log.ends()[0].error == errc::delivery_expired));
    BOOST_TEST(h.log.ends()[0].attempts == 0U);
    BOOST_TEST(h.hooks->change(h.log.ends()[0].id, delivery_change::redeliver).has_value());
    h.pass(1s);
    BOOST_TEST(h.receiver.count() == 1U);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 1U);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_fails_for_days_is_announced_and_then_deactivated) {
    host h(at_once());
    auto const id = listen_at(h, "a.example.com");
    h.receiver.answer(401);
    h.run();
    for (int day = 0; day != 4; ++day) {
        create(h, day, day);
        h.pass(24h);
    }
    BOOST_TEST(h.log.warnings().size() <= 1U);
    BOOST_TEST(h.stored(id).active);
    create(h, 4, 4);
    h.pass(23h);
    BOOST_REQUIRE(h.log.warnings().size() == 1U);
    auto const w = h.log.warnings()[0];
    BOOST_TEST(w.webhook == id);
    BOOST_TEST((w.disabled_at >= w.since + 5 * 24h));
    BOOST_TEST((w.disabled_at >= w.time + 24h));
    create(h, 5, 5);
    h.pass(2 * 24h);
    BOOST_TEST(!h.stored(id).active);
    BOOST_REQUIRE(!h.log.problems().empty());
    BOOST_TEST(h.log.problems().back().find("it has failed for as long as the option allows") !=
               std::string::npos);
    BOOST_TEST(h.storage.counts().paused != 0U, "what waits is sent when it is active again");
}

BOOST_AUTO_TEST_CASE(one_success_begins_the_period_anew) {
    host h(at_once());
    auto const id = listen_at(h, "a.example.com");
    h.receiver.answer(500);
    h.run();
    for (int day = 0; day != 12; ++day) {
        if (day % 3 == 2)
            h.receiver.next(1).answer(200);
        create(h, day, day);
        h.pass(24h);
    }
    BOOST_TEST(h.stored(id).active);
    BOOST_TEST(h.log.warnings().empty());
}

BOOST_AUTO_TEST_CASE(what_a_person_sends_once_more_counts_for_nothing) {
    auto o = at_once();
    o.disable_after = 1h;
    o.disable_notice = 0ms;
    host h(o);
    auto const id = listen_at(h, "a.example.com");
    h.receiver.answer(413);
    h.run();
    create(h, 1, 1);
    h.settle();
    auto const failed = h.log.ends().at(0).id;
    for (int i = 0; i != 5; ++i) {
        h.pass(1h);
        BOOST_TEST(h.hooks->change(failed, delivery_change::redeliver).has_value());
        h.pass(1s);
    }
    BOOST_TEST(h.receiver.count() == 6U);
    BOOST_TEST(h.stored(id).active);
    BOOST_TEST(h.log.warnings().empty());
}

BOOST_AUTO_TEST_SUITE_END()
