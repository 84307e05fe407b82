// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;

namespace {

options with(std::size_t per_webhook, std::size_t per_shard) {
    options o;
    o.in_flight_per_webhook = o.in_flight_at_start = per_webhook;
    o.in_flight_per_shard = per_shard;
    return o;
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_limits)

BOOST_AUTO_TEST_CASE(a_webhook_has_no_more_in_flight_than_its_limit) {
    host h(with(3, 100));
    h.listen("https://a.example.com/");
    h.listen("https://b.example.com/");
    h.receiver.hold();
    h.run();
    for (int i = 0; i != 10; ++i)
        h.hooks->dispatch(created(h.one));
    h.settle();
    BOOST_TEST(h.receiver.requests_to("a.example.com").size() == 3U);
    BOOST_TEST(h.receiver.requests_to("b.example.com").size() == 3U);
    h.receiver.release(2);
    h.settle();
    BOOST_TEST(h.receiver.count() == 8U);
    BOOST_TEST(h.receiver.in_flight() == 6U);
    h.receiver.release();
    h.settle();
    BOOST_TEST(h.receiver.count() == 20U);
    BOOST_TEST(h.receiver.peak_in_flight() == 6U);
}

BOOST_AUTO_TEST_CASE(a_limit_of_one_keeps_the_order_of_the_events) {
    host h(with(1, 100));
    h.listen();
    h.receiver.answer_after(1s, 200);
    h.run();
    std::vector<std::string> expected;
    for (std::int64_t i = 0; i != 20; ++i) {
        project const p{i, "P"};
        h.hooks->dispatch(created(p));
        expected.push_back(std::to_string(i));
    }
    h.pass(30s);
    BOOST_TEST(bodies(h.receiver.requests()) == expected, boost::test_tools::per_element());
    BOOST_TEST(h.receiver.peak_in_flight() == 1U);
}

BOOST_AUTO_TEST_CASE(a_shard_has_no_more_in_flight_than_its_limit) {
    host h(with(8, 10));
    for (int i = 0; i != 5; ++i)
        h.listen("https://" + std::string(1, static_cast<char>('a' + i)) + ".example.com/");
    h.receiver.answer_after(1s, 200);
    h.run();
    for (int i = 0; i != 20; ++i)
        h.hooks->dispatch(created(h.one));
    h.pass(1min);
    BOOST_TEST(h.receiver.peak_in_flight() == 10U);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 100U);
}

BOOST_AUTO_TEST_CASE(a_slow_webhook_with_a_long_queue_does_not_hold_up_the_others) {
    host h(with(2, 4));
    auto const slow = h.save(
        h.draft().on<project>(action::created).post("https://slow.example.com/").body("{{project.id}}"));
    h.save(h.draft().on<project>(action::deleted).post("https://quick.example.com/").body("{{project.id}}"));
    h.receiver.host("slow.example.com").answer_after(60s, 200);
    h.run();
    for (int i = 0; i != 100; ++i)
        h.hooks->dispatch(created(h.one));
    h.settle();
    for (int i = 0; i != 100; ++i)
        h.hooks->dispatch(deleted(h.one));
    h.settle();
    BOOST_TEST(h.receiver.requests_to("quick.example.com").size() == 100U);
    BOOST_TEST(h.receiver.requests_to("slow.example.com").size() == 2U);
    BOOST_TEST(h.stored(slow).active);
}

BOOST_AUTO_TEST_CASE(lanes_take_turns) {
    host h(with(1, 1));
    h.save(h.draft().on<project>(action::created).post("https://long.example.com/").body("{{project.id}}"));
    h.save(h.draft().on<project>(action::deleted).post("https://short.example.com/").body("{{project.id}}"));
    h.run();
    for (int i = 0; i != 10; ++i)
        h.hooks->dispatch(created(h.one));
    for (int i = 0; i != 3; ++i)
        h.hooks->dispatch(deleted(h.one));
    h.settle();
    auto const all = h.receiver.requests();
    BOOST_REQUIRE(all.size() == 13U);
    for (std::size_t i = 0; i != 6; ++i)
        BOOST_TEST(all[i].host() == (i % 2 == 0 ? "long.example.com" : "short.example.com"), i);
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_by_name_and_others_are_accepted) {
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    event_log log;
    memory_limits limits;
    limits.per_webhook = 2;
    memory_storage storage(limits);
    host::dispatcher_type hooks(io, clock, receiver, storage, log, testing::seeded_random(1));
    auto const full = hooks.save(host::draft().on<project>().post("https://a.example.com/").body("{}"));
    auto const other =
        hooks.save(host::draft().on<project>(action::deleted).post("https://b.example.com/").body("{}"));
    BOOST_REQUIRE((full && other));
    project const p;
    BOOST_TEST(hooks.dispatch(created(p)).accepted() == 1U);
    BOOST_TEST(hooks.dispatch(created(p)).accepted() == 1U);
    auto const r = hooks.dispatch(deleted(p));
    BOOST_TEST(!r);
    BOOST_TEST(!r.error());
    BOOST_TEST(r.matched() == 2U);
    BOOST_TEST(r.accepted() == 1U);
    BOOST_REQUIRE(r.refused().size() == 1U);
    BOOST_TEST(r.refused()[0].webhook() == *full);
    BOOST_TEST(r.refused()[0].error() == make_error_code(errc::queue_full));
    BOOST_TEST(r.refused()[0].message().find("per_webhook") != std::string::npos);
    BOOST_TEST(log.refusals() == std::vector<std::string>{r.refused()[0].message()},
               boost::test_tools::per_element());
    outcome ran;
    hooks.async_run(ran.record());
    testing::run_simulated(io, clock, 1s);
    BOOST_TEST(receiver.count() == 3U);
    BOOST_TEST(hooks.dispatch(created(p)).accepted() == 1U);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_large_is_a_dead_letter_and_not_sent) {
    options o;
    o.body_bytes = 20;
    host h(o);
    h.save(h.draft().on<project>().post("https://a.example.com/").body("\"{{project.code}}\""));
    h.run();
    project const small{1, std::string(18, 'x')};
    project const large{2, std::string(19, 'x')};
    BOOST_TEST(h.hooks->dispatch(created(small)).accepted() == 1U);
    BOOST_TEST(h.hooks->dispatch(created(large)).accepted() == 1U);
    h.pass(1h);
    BOOST_TEST(h.receiver.count() == 1U);
    BOOST_TEST(h.storage.counts().failed == 1U);
    auto const heard = h.log.acceptances();
    BOOST_REQUIRE(heard.size() == 2U);
    BOOST_TEST(!heard[0]);
    BOOST_TEST(heard[1] == make_error_code(errc::body_too_large));
}

BOOST_FIXTURE_TEST_CASE(a_field_with_a_line_break_in_a_header_is_a_dead_letter_and_not_sent, host) {
    save(
        draft().on<project>().post("https://a.example.com/").header("X-Code", "{{project.code}}").body("{}"));
    listen("https://b.example.com/");
    run();
    project const nasty{1, "a\r\nX-Injected: 1"};
    auto const r = hooks->dispatch(created(nasty));
    BOOST_TEST(r.accepted() == 2U);
    pass(1h);
    BOOST_TEST(receiver.requests_to("a.example.com").empty());
    BOOST_TEST(receiver.requests_to("b.example.com").size() == 1U);
    BOOST_TEST(storage.counts().failed == 1U);
    BOOST_TEST(log.acceptances().at(0) == make_error_code(errc::bad_header_value));
}

BOOST_FIXTURE_TEST_CASE(a_url_that_becomes_too_long_is_a_dead_letter_and_not_sent, host) {
    save(draft().on<project>().post("https://a.example.com/{{project.code}}").body("{}"));
    project const wide{1, std::string(3000, 'x')};
    BOOST_TEST(hooks->dispatch(created(wide)).accepted() == 1U);
    run();
    pass(1h);
    BOOST_TEST(receiver.count() == 0U);
    BOOST_TEST(storage.counts().failed == 1U);
    BOOST_TEST(log.acceptances().at(0) == make_error_code(errc::url_too_long));
}

BOOST_AUTO_TEST_SUITE_END()
