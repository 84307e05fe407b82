// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/catalogue.hpp"
#include "support/dispatcher_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

namespace {

std::vector<testing::recorded_request> to(host const& h, std::string const& name) {
    std::vector<testing::recorded_request> all;
    for (auto const& r : h.receiver.requests())
        if (r.host() == name)
            all.push_back(r);
    return all;
}

// A receiver that takes 29 s for each of many requests, and another one: the other one does not wait.
void one_is_slow() {
    host h;
    h.listen("https://slow.example.com/hook");
    h.listen("https://fast.example.com/hook");
    h.receiver.host("slow.example.com").answer_after(29s, 200);
    h.run();
    for (int i = 0; i != 200; ++i)
        h.hooks->dispatch(created(h.one));
    h.pass(1s);
    BOOST_TEST(to(h, "fast.example.com").size() == 200U);
    BOOST_TEST(to(h, "slow.example.com").size() < 200U);
    h.pass(24h);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 400U);
}

// A receiver that comes back after three days gets what its schedule still holds.
void one_comes_back() {
    host h{options()};
    h.listen();
    h.receiver.answer(errc::connect_refused);
    h.run();
    for (int i = 0; i != 20; ++i)
        h.hooks->dispatch(created(h.one));
    h.pass(72h);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 0U);
    auto const before = h.receiver.count();
    h.receiver.hold();
    h.receiver.answer(200);
    h.pass(24h);
    // One is tried, and then few at once.
    BOOST_TEST(h.receiver.in_flight() == 1U);
    h.receiver.release(1);
    h.settle();
    BOOST_TEST(h.receiver.in_flight() <= 2U);
    h.receiver.release();
    h.pass(24h * 9);
    BOOST_TEST(h.receiver.count() >= before + 20);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 20U);
}

// One good answer is no recovery: what fails meanwhile is tried again.
void one_answers_probes() {
    host h;
    h.listen();
    h.receiver.answer(503);
    h.receiver.next(1).answer(200);
    h.run();
    for (int i = 0; i != 5; ++i)
        h.hooks->dispatch(created(h.one));
    h.pass(1h);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 1U);
    h.receiver.answer(200);
    h.pass(24h);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 5U);
}

// More receivers than a shard has places never answer: one that did before gets its own at once, and one that
// is new in its turn.
void many_are_silent() {
    host h;
    h.listen("https://known.example.com/hook");
    h.run();
    h.hooks->dispatch(created(h.one));
    h.settle();
    for (int i = 0; i != 300; ++i) {
        auto const name = "silent" + std::to_string(i) + ".example.com";
        h.listen("https://" + name + "/hook");
        h.receiver.host(name).answer_after(15s, errc::response_timeout);
    }
    h.listen("https://new.example.com/hook");
    for (int i = 0; i != 5; ++i)
        h.hooks->dispatch(created(h.one));
    h.settle();
    BOOST_TEST(to(h, "known.example.com").size() == 6U);
    h.pass(60s);
    BOOST_TEST(to(h, "new.example.com").size() == 5U);
}

// A receiver that slows down under load gets all the same.
void one_slows_down() {
    host h;
    h.listen();
    h.run();
    for (int i = 1; i != 11; ++i) {
        h.receiver.answer(testing::scripted_answer(200).after(i * 1s));
        for (int k = 0; k != 20; ++k)
            h.hooks->dispatch(created(h.one));
        h.pass(10s);
    }
    h.pass(1h);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 200U);
    BOOST_TEST(h.receiver.requests().size() == 200U);
}

// A sender that ends between the answer and its record sends again: twice, with one id, never not at all.
void sender_forgets_an_answer() {
    host h;
    {
        boost::asio::io_context io;
        host::dispatcher_type crashed(io, h.clock, h.receiver, h.storage, testing::seeded_random(1));
        BOOST_REQUIRE(crashed.save(host::draft().on<project>().post("https://a.example.com/").body("{}")));
        h.receiver.answer_after(5s, 200);
        outcome ran;
        crashed.async_run(ran.record());
        crashed.dispatch(created(h.one));
        testing::run_simulated(io, h.clock, 1s);
        // No drain: whatever was in flight is lost.
    }
    BOOST_TEST(h.receiver.requests().size() == 1U);
    h.hooks.emplace(h.io, h.clock, h.receiver, h.storage, h.log, testing::seeded_random(7));
    h.run();
    h.pass(1h);
    BOOST_REQUIRE(h.receiver.requests().size() == 2U);
    BOOST_TEST(h.receiver.requests()[0].header("webhook-id") ==
               h.receiver.requests()[1].header("webhook-id"));
    BOOST_TEST(h.log.count(delivery_state::delivered) == 1U);
}

// A receiver that makes the host dispatch again, while its delivery is open.
void receiver_calls_back() {
    host h;
    h.listen();
    h.receiver.answer_after(5s, 200);
    h.run();
    int calls = 0;
    h.hooks->dispatch(created(h.one));
    for (int i = 0; i != 3; ++i) {
        h.pass(1s);
        h.hooks->dispatch(created(h.two));
        ++calls;
    }
    h.pass(1h);
    BOOST_TEST(h.log.count(delivery_state::delivered) == static_cast<std::size_t>(calls) + 1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_hostile_endpoints)

BOOST_AUTO_TEST_CASE(gives_the_verdicts_of_the_catalogue) {
    std::map<std::string, std::function<void()>> const behaviours{
        {"RCV-221", one_is_slow},        {"RCV-223", one_comes_back}, {"RCV-224", one_answers_probes},
        {"RCV-226", many_are_silent},    {"RCV-227", one_slows_down}, {"RCV-229", sender_forgets_an_answer},
        {"RCV-230", receiver_calls_back}};
    claimed_entries claimed("dispatcher_hostile_endpoints");
    claimed.each([&](std::string const& id, boost::json::object const&) {
        auto const found = behaviours.find(id);
        BOOST_TEST_REQUIRE((found != behaviours.end()), "not tested");
        found->second();
    });
    BOOST_TEST(claimed.all().size() == behaviours.size());
}

BOOST_AUTO_TEST_SUITE_END()
