// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/faulty_outbox.hpp"
#include "support/registry_double.hpp"
#include "support/stored_records.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// An observer that asks the dispatcher back.
struct curious_observer {
    void on_problem(problem_notice const&) {
        if (*ask)
            (*ask)();
    }
    std::shared_ptr<std::function<void()>> ask = std::make_shared<std::function<void()>>();
};

struct moody_policies : simulated_policies::with_registry<plain_registry> {};

struct moody_host : host {
    moody_host() : registry(storage) { restart(); }

    // As after a crash of the process: the outbox and the registry are what they were.
    void restart() {
        moody.reset();
        moody.emplace(io, clock, receiver, storage, registry, log, testing::seeded_random(3));
    }

    void run_for(duration time) {
        moody->async_run(ran.record());
        pass(time);
    }

    [[nodiscard]] static webhook_draft<objects> hook() {
        return draft().on<project>().post("https://a.example.com/hook").body("{{project.id}}");
    }

    plain_registry registry;
    std::optional<dispatcher<objects, moody_policies>> moody;
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_registry)

BOOST_FIXTURE_TEST_CASE(a_registry_that_cannot_be_loaded_costs_no_delivery, moody_host) {
    BOOST_TEST(moody->save(hook()).has_value());
    for (int i = 0; i != 5; ++i)
        BOOST_TEST(moody->dispatch(created(one)).accepted() == 1U);
    registry.said->fails = true;
    restart();
    run_for(10s);
    BOOST_TEST(receiver.count() == 0U);
    BOOST_TEST(log.count(delivery_state::cancelled) == 0U);
    BOOST_TEST(log.problems().front().find("the registry could not be loaded") != std::string::npos);
    registry.said->fails = false;
    pass(10s);
    BOOST_TEST(receiver.count() == 5U);
    BOOST_TEST(log.count(delivery_state::delivered) == 5U);
    BOOST_TEST(moody->webhooks().size() == 1U);
    BOOST_TEST(moody->dispatch(created(one)).matched() == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_deliveries_of_a_webhook_that_became_unusable_wait_until_it_is_fixed, moody_host) {
    auto const id = moody->save(hook()).value();
    BOOST_TEST(moody->dispatch(created(one)).accepted() == 1U);
    auto wrong = moody->webhooks().front();
    wrong.condition = "project.gone == 1";
    wrong.revision = store(storage, wrong);
    restart();
    run_for(10s);
    BOOST_TEST(receiver.count() == 0U);
    BOOST_TEST(log.count(delivery_state::cancelled) == 0U);
    BOOST_TEST(storage.counts().pending + storage.counts().paused == 1U);
    BOOST_TEST(log.problems().front().find("webhook " + to_text(id) + " cannot be used: condition: line 1") !=
               std::string::npos);
    // It is there to be looked at, and an event that it may ask for is not kept silent.
    BOOST_TEST_REQUIRE(moody->webhooks().size() == 1U);
    BOOST_TEST_REQUIRE(moody->damaged().size() == 1U);
    BOOST_TEST((moody->damaged()[0].id == id));
    auto const refused = moody->dispatch(created(one));
    BOOST_TEST(!refused);
    BOOST_TEST_REQUIRE(refused.refused().size() == 1U);
    BOOST_TEST((refused.refused()[0].error() == errc::webhook_unusable));
    wrong.condition = "project.id == 1";
    BOOST_TEST(moody->save(wrong).has_value());
    pass(10s);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(moody->damaged().empty());
    BOOST_TEST(moody->dispatch(created(one)).accepted() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_became_unusable_can_be_removed_and_still_names_its_filter,
                        moody_host) {
    auto const f = moody->save(moody->filter("Ours").on<project>().for_everyone()).value();
    auto const id = moody->save(hook().for_filter(f)).value();
    BOOST_TEST(moody->dispatch(created(one)).accepted() == 1U);
    auto wrong = moody->webhooks().front();
    wrong.url = "nonsense";
    store(storage, wrong);
    restart();
    BOOST_TEST((moody->remove_filter(f).error() == errc::filter_in_use));
    BOOST_TEST(moody->remove(id).has_value());
    BOOST_TEST(moody->remove_filter(f).has_value());
    run_for(10s);
    BOOST_TEST(storage.counts().paused == 0U);
    BOOST_TEST(storage.counts().pending == 0U);
    BOOST_TEST(receiver.count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(what_is_said_of_a_410_is_what_came_of_it, moody_host) {
    auto const id = moody->save(hook()).value();
    receiver.next(1).answer(410);
    registry.said->is_read_only = true;
    BOOST_TEST(moody->dispatch(created(one)).accepted() == 1U);
    run_for(1s);
    BOOST_TEST_REQUIRE(!log.problems().empty());
    BOOST_TEST(log.problems()[0].find("webhook " + to_text(id) +
                                      " should be deactivated, since its receiver answered 410 Gone, but "
                                      "could not be: the storage failed") != std::string::npos);
    BOOST_TEST(moody->webhooks().front().active);
    registry.said->is_read_only = false;
    receiver.next(1).answer(410);
    BOOST_TEST(moody->dispatch(created(one)).accepted() == 1U);
    pass(1s);
    BOOST_TEST(log.problems().back().find("is deactivated: its receiver answered 410 Gone") !=
               std::string::npos);
    BOOST_TEST(!moody->webhooks().front().active);
}

// Nothing that is delivered waits for a registry that makes a user wait who saves, not even a deactivation.
BOOST_FIXTURE_TEST_CASE(a_save_that_waits_holds_up_no_delivery, moody_host) {
    auto const gone = moody->save(hook()).value();
    BOOST_TEST(moody->dispatch(created(one)).accepted() == 1U);
    receiver.next(1).answer(410);
    bool active_meanwhile = true;
    registry.said->during_commit = [&] {
        std::jthread const executor([&] {
            run_for(1s);
            active_meanwhile = moody->webhooks().front().active;
        });
    };
    auto const other = moody->save(hook());
    BOOST_TEST(other.has_value());
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(!active_meanwhile);
    BOOST_TEST((moody->webhooks().front().id == gone));
    BOOST_TEST(moody->webhooks().size() == 2U);
    BOOST_TEST_REQUIRE(log.problems().size() == 1U);
    BOOST_TEST(log.problems()[0].find("is deactivated: its receiver answered 410 Gone") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(an_observer_may_ask_the_dispatcher_about_a_problem, moody_host) {
    auto const f = moody->save(moody->filter("Ours").on<project>().for_everyone()).value();
    moody->save(hook().for_filter(f)).value();
    moody.reset();
    store_text(storage, filter_key(f), std::nullopt);
    struct policies : simulated_policies::with_observer<curious_observer> {};
    curious_observer const observer;
    dispatcher<objects, policies> asked(io, clock, receiver, storage, observer, testing::seeded_random(4));
    std::size_t answers = 0;
    *observer.ask = [&] { answers += asked.webhooks().size(); };
    auto changed = asked.webhooks().front();
    changed.description = "another one";
    BOOST_TEST(asked.save(changed).has_value());
    BOOST_TEST(answers == 1U);
}

// The rows of a webhook are moved while its change is still being made.
BOOST_AUTO_TEST_CASE(an_observer_may_ask_the_dispatcher_about_rows_that_could_not_be_moved) {
    struct policies : simulated_policies::with_observer<curious_observer>::with_outbox<faulty_outbox> {};
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    memory_storage storage;
    faulty_outbox outbox(storage);
    curious_observer const observer;
    dispatcher<objects, policies> asked(io, clock, receiver, storage, outbox, observer,
                                        testing::seeded_random(4));
    std::size_t answers = 0;
    *observer.ask = [&] { answers += asked.webhooks().size(); };
    BOOST_REQUIRE(
        asked.save(asked.webhook("w").on<project>().post("https://a.example.com/").body("1")).has_value());
    outbox.set("change", fault::error);
    receiver.answer(410);
    outcome ran;
    asked.async_run(ran.record());
    project const one{1, "P1"};
    asked.dispatch(created(one));
    testing::run_simulated(io, clock, 1s);
    BOOST_TEST(answers >= 2U);
    BOOST_TEST(!asked.webhooks().at(0).active);
}

BOOST_AUTO_TEST_SUITE_END()
