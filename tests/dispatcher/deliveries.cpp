// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>

using namespace posthorn;
using namespace posthorn::test;
namespace data = boost::unit_test::data;
using kind = delivery_change;

namespace {

// One request of a webhook at a time.
struct narrow_host : host {
    narrow_host() : host(one_at_a_time()) {}

    static options one_at_a_time() {
        options o;
        o.in_flight_per_webhook = 1;
        return o;
    }

    // Dispatches so many events, and gives the deliveries in their order.
    std::vector<uuid> dispatch(std::size_t count) {
        for (std::size_t i = 0; i != count; ++i)
            BOOST_REQUIRE(hooks->dispatch(created(one)).accepted() == 1U);
        std::vector<uuid> ids;
        auto const page = hooks->deliveries().value();
        for (auto const& d : page.found)
            ids.insert(ids.begin(), d.what->id());
        return ids;
    }

    // Runs, and has one in flight that will be answered like this.
    uuid one_in_flight(testing::scripted_answer answer) {
        listen();
        receiver.next(1).answer(std::move(answer));
        run();
        settle();
        auto const id = dispatch(1).front();
        settle();
        return id;
    }

    [[nodiscard]] delivery_state state_of(uuid const& id) { return hooks->find_delivery(id).value()->state; }

    // One that has failed for good.
    uuid failed_delivery() {
        receiver.next(1).answer(413);
        auto const id = dispatch(1).front();
        settle();
        BOOST_REQUIRE((state_of(id) == delivery_state::failed));
        return id;
    }
};

// Does something between the storing of a delivery and its hand-over.
class meddler {
  public:
    explicit meddler(std::function<void(uuid const&)>* what) noexcept : what_(what) {}
    void on_accepted(accepted_notice const& n) const {
        if (*what_)
            (*what_)(n.what.id());
    }

  private:
    std::function<void(uuid const&)>* what_;
};

struct meddled_policies : simulated_policies::with_observer<meddler> {};

result<delivery_state> const in_hand{boost::system::in_place_value, delivery_state::delivering};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_deliveries)

BOOST_FIXTURE_TEST_CASE(a_delivery_says_what_it_tells_of_and_who_caused_it, narrow_host) {
    listen();
    hooks->dispatch(modified(one, two).by("ada"));
    auto const page = hooks->deliveries().value();
    BOOST_REQUIRE(page.found.size() == 1U);
    auto const about = page.found[0].what->summary();
    BOOST_TEST(about.object == "project");
    BOOST_TEST((about.what == action::modified));
    BOOST_TEST(about.actor == "ada");
}

BOOST_FIXTURE_TEST_CASE(a_delivery_that_nobody_caused_has_no_actor, narrow_host) {
    listen();
    dispatch(1);
    BOOST_TEST(hooks->deliveries().value().found[0].what->summary().actor.empty());
}

BOOST_FIXTURE_TEST_CASE(one_that_is_cancelled_before_the_run_is_never_sent, narrow_host) {
    listen();
    auto const ids = dispatch(2);
    BOOST_TEST((hooks->change(ids[0], kind::cancel) == delivery_state::cancelled));
    run();
    pass(1h);
    BOOST_TEST(receiver.requests().size() == 1U);
    BOOST_TEST((state_of(ids[0]) == delivery_state::cancelled));
}

BOOST_FIXTURE_TEST_CASE(one_that_waits_in_its_lane_is_taken_out, narrow_host) {
    listen();
    receiver.answer(testing::scripted_answer(200).after(1s));
    run();
    settle();
    auto const ids = dispatch(3);
    settle();
    BOOST_TEST(receiver.requests().size() == 1U);
    BOOST_TEST((hooks->change(ids[1], kind::cancel) == in_hand));
    settle();
    BOOST_TEST((state_of(ids[1]) == delivery_state::cancelled));
    pass(1h);
    BOOST_TEST(receiver.requests().size() == 2U);
    BOOST_TEST(log.count(delivery_state::cancelled) == 1U);
    BOOST_TEST(log.count(delivery_state::delivered) == 2U);
    drain(10s);
    pass(10s);
    BOOST_TEST((drained.said == std::vector<error_code>{{}}));
}

BOOST_FIXTURE_TEST_CASE(a_drain_without_an_end_waits_for_retries, narrow_host) {
    listen();
    receiver.answer(testing::scripted_answer(500));
    run();
    (void)dispatch(1);
    settle();
    receiver.answer(testing::scripted_answer(200));
    drain(duration::max());
    pass(24h);
    BOOST_TEST((drained.said == std::vector<error_code>{{}}));
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_FIXTURE_TEST_CASE(one_in_flight_that_fails_is_cancelled_instead_of_retried, narrow_host) {
    auto const id = one_in_flight(testing::scripted_answer(500).after(1s));
    BOOST_TEST((hooks->change(id, kind::cancel) == in_hand));
    pass(24h);
    BOOST_TEST(receiver.requests().size() == 1U);
    BOOST_TEST((state_of(id) == delivery_state::cancelled));
}

BOOST_FIXTURE_TEST_CASE(one_in_flight_that_arrives_has_arrived, narrow_host) {
    auto const id = one_in_flight(testing::scripted_answer(200).after(1s));
    BOOST_TEST((hooks->change(id, kind::cancel) == in_hand));
    pass(1h);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
    BOOST_TEST(log.count(delivery_state::cancelled) == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_its_lane_has_not_heard_of_is_cancelled_when_it_comes) {
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    memory_storage storage;
    std::function<void(uuid const&)> between;
    dispatcher<objects, meddled_policies> hooks(io, clock, receiver, storage, testing::seeded_random(7),
                                                meddler(&between));
    BOOST_REQUIRE(
        hooks.save(hooks.webhook("w").on<project>().post("https://a.example.com/").body("1")).has_value());
    outcome ran;
    hooks.async_run(ran.record());
    testing::run_simulated(io, clock, 0s);
    uuid cancelled{};
    // Stored, and not handed over yet.
    between = [&](uuid const& id) {
        cancelled = id;
        BOOST_TEST((hooks.change(id, kind::cancel) == in_hand));
    };
    project const one{1, "P1"};
    hooks.dispatch(created(one));
    testing::run_simulated(io, clock, 1h);
    BOOST_TEST(receiver.requests().empty());
    BOOST_TEST((hooks.find_delivery(cancelled).value()->state == delivery_state::cancelled));
}

BOOST_FIXTURE_TEST_CASE(a_paused_one_waits_although_its_webhook_is_active, narrow_host) {
    listen();
    receiver.answer(testing::scripted_answer(200).after(1s));
    run();
    settle();
    auto const ids = dispatch(2);
    settle();
    BOOST_TEST((hooks->change(ids[1], kind::pause) == in_hand));
    pass(1h);
    BOOST_TEST(receiver.requests().size() == 1U);
    BOOST_TEST((state_of(ids[1]) == delivery_state::paused));
    BOOST_TEST((hooks->change(ids[1], kind::resume) == delivery_state::pending));
    pass(10s);
    BOOST_TEST(receiver.requests().size() == 2U);
    BOOST_TEST(log.count(delivery_state::delivered) == 2U);
}

BOOST_FIXTURE_TEST_CASE(one_in_flight_that_fails_is_paused_instead_of_retried, narrow_host) {
    auto const id = one_in_flight(testing::scripted_answer(500).after(1s));
    BOOST_TEST((hooks->change(id, kind::pause) == in_hand));
    pass(1h);
    BOOST_TEST((state_of(id) == delivery_state::paused));
    BOOST_TEST((hooks->change(id, kind::resume) == delivery_state::pending));
    pass(1s);
    BOOST_TEST(receiver.requests().size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(one_that_waits_for_its_retry_is_paused_and_resumed_at_once, narrow_host) {
    listen();
    receiver.next(2).answer(500);
    run();
    auto const id = dispatch(1).front();
    pass(10s);
    // The third attempt is due in five minutes.
    BOOST_TEST(receiver.requests().size() == 2U);
    BOOST_TEST((hooks->change(id, kind::pause) == delivery_state::paused));
    pass(1h);
    BOOST_TEST(receiver.requests().size() == 2U);
    BOOST_TEST((hooks->change(id, kind::resume) == delivery_state::pending));
    pass(1s);
    BOOST_TEST(receiver.requests().size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(activating_the_webhook_does_not_resume_what_a_user_paused, narrow_host) {
    auto w = stored(listen());
    auto const id = dispatch(1).front();
    BOOST_TEST((hooks->change(id, kind::pause) == delivery_state::paused));
    run();
    settle();
    for (bool const active : {false, true}) {
        w.active = active;
        w.revision = 0;
        BOOST_REQUIRE(hooks->save(w).has_value());
        pass(1s);
    }
    BOOST_TEST(receiver.requests().empty());
    BOOST_TEST((hooks->change(id, kind::resume) == delivery_state::pending));
    pass(1s);
    BOOST_TEST(receiver.requests().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_is_wanted_of_one_in_flight_is_done_when_the_run_ends_first, narrow_host) {
    auto const id = one_in_flight(testing::scripted_answer(200).after(1h));
    BOOST_TEST((hooks->change(id, kind::cancel) == in_hand));
    hooks->stop();
    pass(1s);
    BOOST_TEST(ran.done());
    BOOST_TEST((state_of(id) == delivery_state::cancelled));
}

BOOST_FIXTURE_TEST_CASE(a_redelivered_one_has_the_same_id_and_one_attempt, narrow_host) {
    auto const webhook = listen();
    run();
    settle();
    auto const id = failed_delivery();
    receiver.answer(500);
    BOOST_TEST((hooks->change(id, kind::redeliver) == delivery_state::pending));
    pass(24h * 10);
    auto const sent = receiver.requests();
    BOOST_REQUIRE(sent.size() == 2U);
    BOOST_TEST(sent[0].header("webhook-id") == sent[1].header("webhook-id"));
    BOOST_TEST((state_of(id) == delivery_state::failed));
    BOOST_TEST(hooks->attempts(id).value().size() == 2U);
    BOOST_TEST(log.attempts().back().number == 2U);
    BOOST_TEST((log.attempts().back().next == delivery_state::failed));
    BOOST_TEST(stored(webhook).active);
}

BOOST_FIXTURE_TEST_CASE(a_redelivered_one_can_arrive, narrow_host) {
    listen();
    run();
    settle();
    auto const id = failed_delivery();
    BOOST_TEST((hooks->change(id, kind::redeliver) == delivery_state::pending));
    pass(1s);
    BOOST_TEST(receiver.requests().size() == 2U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_redelivered_one_is_sent_with_what_the_webhook_is_now, narrow_host) {
    auto const webhook = listen();
    run();
    settle();
    auto const id = failed_delivery();
    auto w = stored(webhook);
    w.url = "https://b.example.com/other";
    w.headers.emplace_back("Authorization", secret("new"));
    BOOST_REQUIRE(hooks->save(w).has_value());
    BOOST_TEST((hooks->change(id, kind::redeliver) == delivery_state::pending));
    pass(1s);
    auto const sent = receiver.requests();
    BOOST_REQUIRE(sent.size() == 2U);
    BOOST_TEST(sent[1].url() == "https://b.example.com/hook");
    BOOST_TEST(sent[1].header("Authorization") == "new");
}

BOOST_FIXTURE_TEST_CASE(a_redelivered_one_whose_webhook_is_inactive_waits_and_has_one_attempt, narrow_host) {
    auto w = stored(listen());
    run();
    settle();
    auto const id = failed_delivery();
    w.active = false;
    BOOST_REQUIRE(hooks->save(w).has_value());
    receiver.answer(500);
    BOOST_TEST((hooks->change(id, kind::redeliver) == delivery_state::pending));
    pass(1s);
    BOOST_TEST((state_of(id) == delivery_state::paused));
    BOOST_TEST(receiver.requests().size() == 1U);
    w.active = true;
    w.revision = 0;
    BOOST_REQUIRE(hooks->save(w).has_value());
    pass(24h * 10);
    BOOST_TEST(receiver.requests().size() == 2U);
    BOOST_TEST((state_of(id) == delivery_state::failed));
}

BOOST_FIXTURE_TEST_CASE(a_redelivered_one_that_is_paused_in_flight_has_one_attempt, narrow_host) {
    listen();
    run();
    settle();
    auto const id = failed_delivery();
    receiver.answer(testing::scripted_answer(500).after(1s));
    BOOST_TEST((hooks->change(id, kind::redeliver) == delivery_state::pending));
    settle();
    BOOST_TEST((hooks->change(id, kind::pause) == in_hand));
    pass(24h);
    BOOST_TEST((state_of(id) == delivery_state::failed));
    BOOST_TEST(receiver.requests().size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_one_is_redelivered, narrow_host) {
    listen();
    auto const id = dispatch(1).front();
    BOOST_TEST((hooks->change(id, kind::cancel) == delivery_state::cancelled));
    run();
    settle();
    BOOST_TEST((hooks->change(id, kind::redeliver) == delivery_state::pending));
    pass(1s);
    BOOST_TEST(receiver.requests().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_was_wanted_too_late_is_not_done_to_a_later_redelivery, narrow_host) {
    auto const id = one_in_flight(testing::scripted_answer(413).after(1s));
    BOOST_TEST((hooks->change(id, kind::cancel) == in_hand));
    pass(10s);
    // It had failed for good, whatever was wanted.
    BOOST_TEST((state_of(id) == delivery_state::failed));
    BOOST_TEST((hooks->change(id, kind::redeliver) == delivery_state::pending));
    pass(1s);
    BOOST_TEST(receiver.requests().size() == 2U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_done_is_said, narrow_host) {
    auto const webhook = listen();
    run();
    settle();
    BOOST_TEST(hooks->change(uuid{}, kind::cancel).error() == make_error_code(errc::unknown_delivery));
    auto const id = failed_delivery();
    BOOST_TEST(hooks->change(id, kind::pause).error() == make_error_code(errc::not_in_this_state));
    BOOST_TEST(hooks->change(id, kind::resume).error() == make_error_code(errc::not_in_this_state));
    receiver.answer(testing::scripted_answer(200).after(1s));
    auto const held = dispatch(1).back();
    settle();
    BOOST_TEST(hooks->change(held, kind::redeliver).error() == make_error_code(errc::not_in_this_state));
    BOOST_TEST(hooks->change(held, kind::resume).error() == make_error_code(errc::not_in_this_state));
    pass(2s);
    BOOST_REQUIRE(hooks->remove(webhook).has_value());
    BOOST_TEST(hooks->change(id, kind::redeliver).error() == make_error_code(errc::unknown_webhook));
}

BOOST_FIXTURE_TEST_CASE(one_that_was_not_rendered_is_not_redelivered, narrow_host) {
    save(draft().on<project>().post("https://a.example.com/{{project.code}}").body("1"));
    project const broken{1, ".."};
    hooks->dispatch(created(broken));
    auto const page = hooks->deliveries().value();
    BOOST_REQUIRE(page.found.size() == 1U);
    BOOST_TEST((page.found[0].state == delivery_state::failed));
    BOOST_TEST(page.found[0].error == make_error_code(errc::bad_url_path).message());
    BOOST_TEST(hooks->change(page.found[0].what->id(), kind::redeliver).error() ==
               make_error_code(errc::not_rendered));
}

BOOST_FIXTURE_TEST_CASE(one_that_another_process_has_in_hand_is_busy, narrow_host) {
    auto const id = one_in_flight(testing::scripted_answer(200).after(1s));
    dispatcher_type other(io, clock, receiver, storage, testing::seeded_random(8));
    BOOST_TEST(other.change(id, kind::cancel).error() == make_error_code(errc::delivery_busy));
}

BOOST_FIXTURE_TEST_CASE(what_a_receiver_answered_is_kept_without_secrets, narrow_host) {
    save(draft()
             .on<project>()
             .post("https://a.example.com/")
             .body("1")
             .header("Authorization", secret("Bearer 0123456789abcdef")));
    receiver.answer(
        testing::scripted_answer(500).body("you sent Bearer 0123456789abcdef and " + std::string(4000, 'x')));
    run();
    auto const id = dispatch(1).front();
    settle();
    auto const all = hooks->attempts(id).value();
    BOOST_REQUIRE(all.size() == 1U);
    BOOST_TEST(all[0].status == 500);
    BOOST_TEST(all[0].answer.starts_with("you sent "));
    BOOST_TEST(all[0].answer.find("0123456789abcdef") == std::string::npos);
    BOOST_TEST(all[0].answer.size() == 1024U);
}

BOOST_FIXTURE_TEST_CASE(deliveries_are_counted_by_state, narrow_host) {
    listen();
    auto const ids = dispatch(3);
    BOOST_REQUIRE(hooks->change(ids[0], kind::cancel).has_value());
    BOOST_TEST(hooks->count_deliveries({delivery_state::pending}, 100).value() == 2U);
    BOOST_TEST(hooks->count_deliveries({delivery_state::cancelled}, 100).value() == 1U);
    BOOST_TEST(hooks->count_deliveries(delivery_states::all(), 2).value() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
