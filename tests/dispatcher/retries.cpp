// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>
#include <posthorn/retry/no_retry.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/stored_records.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// The published schedule without its spread, so that it can be followed to the second.
class plain_schedule {
  public:
    [[nodiscard]] std::optional<duration> delay(unsigned attempts_made, std::uint64_t) const noexcept {
        return waits_.delay(attempts_made, 0);
    }

  private:
    standard_schedule waits_;
};

struct plain_policies : simulated_policies::with_retry<plain_schedule> {};
using plain_host = basic_host<plain_policies>;

std::vector<std::int64_t> seconds_since_first(std::vector<testing::recorded_request> const& requests) {
    std::vector<std::int64_t> all;
    for (auto const& r : requests)
        all.push_back(std::chrono::floor<std::chrono::seconds>(r.at() - requests.front().at()).count());
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_retries)

BOOST_FIXTURE_TEST_CASE(a_dead_receiver_is_tried_ten_times_on_the_published_schedule, plain_host) {
    auto const id = listen();
    receiver.answer(500);
    run();
    hooks->dispatch(created(one));
    pass(24h * 10);
    std::vector<std::int64_t> due{0};
    for (std::int64_t const wait : {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400})
        due.push_back(due.back() + wait);
    BOOST_TEST(seconds_since_first(receiver.requests()) == due, boost::test_tools::per_element());
    BOOST_REQUIRE(log.ends().size() == 1U);
    BOOST_TEST(log.ends()[0].attempts == 10U);
    BOOST_TEST((log.ends()[0].state == delivery_state::failed));
    BOOST_TEST(log.ends()[0].error == make_error_code(errc::http_status));
    BOOST_TEST(storage.counts().failed == 1U);
    BOOST_TEST(storage.counts().pending == 0U);
    BOOST_TEST(stored(id).active);
}

BOOST_FIXTURE_TEST_CASE(the_spread_of_the_schedule_makes_attempts_later_only_and_by_a_tenth_at_most, host) {
    listen();
    receiver.answer(errc::connect_refused);
    run();
    hooks->dispatch(created(one));
    pass(24h * 10);
    auto const all = receiver.requests();
    BOOST_REQUIRE(all.size() == 10U);
    standard_schedule const plain;
    for (unsigned i = 1; i != 10; ++i) {
        auto const waited = all[i].at() - all[i - 1].at();
        BOOST_TEST((waited >= *plain.delay(i, 0)));
        BOOST_TEST((waited <= *plain.delay(i, 0) * 11 / 10));
    }
}

BOOST_FIXTURE_TEST_CASE(attempts_are_numbered_and_announce_the_next_one, plain_host) {
    listen();
    receiver.next(2).answer(500);
    run();
    hooks->dispatch(created(one));
    pass(1h);
    auto const heard = log.attempts();
    BOOST_REQUIRE(heard.size() == 3U);
    BOOST_TEST(heard[0].number == 1U);
    BOOST_TEST((heard[0].next == delivery_state::pending));
    BOOST_TEST((heard[0].next_at == heard[0].time + 5s));
    BOOST_TEST((heard[1].time == heard[0].next_at));
    BOOST_TEST(heard[1].number == 2U);
    BOOST_TEST(heard[2].number == 3U);
    BOOST_TEST((heard[2].next == delivery_state::delivered));
    BOOST_TEST(!heard[2].error);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_FIXTURE_TEST_CASE(retry_after_in_seconds_is_a_floor, plain_host) {
    listen();
    receiver.next(1).answer(testing::scripted_answer(503).retry_after("120"));
    receiver.next(1).answer(testing::scripted_answer(503).retry_after("7"));
    run();
    hooks->dispatch(created(one));
    pass(1h);
    BOOST_TEST(seconds_since_first(receiver.requests()) == (std::vector<std::int64_t>{0, 120, 420}),
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(retry_after_as_a_date_is_a_floor, plain_host) {
    listen();
    receiver.next(1).answer(testing::scripted_answer(429).retry_after("Thu, 01 Jan 2026 00:10:00 GMT"));
    run();
    hooks->dispatch(created(one));
    pass(1h);
    BOOST_TEST(seconds_since_first(receiver.requests()) == (std::vector<std::int64_t>{0, 600}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(retry_after_is_capped_by_the_option) {
    options o;
    o.longest_retry_after = 60s;
    plain_host h(o);
    h.listen();
    h.receiver.next(1).answer(testing::scripted_answer(503).retry_after("86400"));
    h.run();
    h.hooks->dispatch(created(h.one));
    h.pass(61s);
    BOOST_TEST(seconds_since_first(h.receiver.requests()) == (std::vector<std::int64_t>{0, 60}),
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(retry_after_never_revives_a_delivery_that_is_given_up,
                        basic_host<simulated_policies::with_retry<no_retry>>) {
    listen();
    receiver.answer(testing::scripted_answer(503).retry_after("1"));
    run();
    hooks->dispatch(created(one));
    pass(1h);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(log.count(delivery_state::failed) == 1U);
}

BOOST_FIXTURE_TEST_CASE(gone_deactivates_the_webhook_and_fails_the_delivery, host) {
    auto const id = listen();
    receiver.answer(410);
    run();
    hooks->dispatch(created(one));
    pass(24h);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(log.count(delivery_state::failed) == 1U);
    BOOST_TEST(!stored(id).active);
    BOOST_TEST(!stored_webhooks(storage).at(0).active);
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 0U);
    BOOST_TEST(log.problems().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(gone_pauses_what_else_the_webhook_has_pending, host) {
    auto const id = listen();
    receiver.next(1).answer(500);
    run();
    hooks->dispatch(created(one));
    settle();
    receiver.next(1).answer(410);
    hooks->dispatch(created(two));
    pass(24h);
    BOOST_TEST(receiver.count() == 2U);
    BOOST_TEST(storage.counts().paused == 1U);
    auto again = stored(id);
    again.active = true;
    BOOST_TEST(hooks->save(again).has_value());
    pass(1min);
    BOOST_TEST(receiver.count() == 3U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

// The answers after which nothing is tried again.
BOOST_FIXTURE_TEST_CASE(payload_too_large_is_final, host) {
    auto const id = listen();
    receiver.answer(413);
    run();
    hooks->dispatch(created(one));
    pass(24h * 10);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(log.count(delivery_state::failed) == 1U);
    BOOST_TEST(stored(id).active);
}

BOOST_FIXTURE_TEST_CASE(a_blocked_address_is_final, host) {
    listen();
    receiver.answer(errc::blocked_address);
    run();
    hooks->dispatch(created(one));
    pass(24h * 10);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_REQUIRE(log.ends().size() == 1U);
    BOOST_TEST((log.ends()[0].state == delivery_state::failed));
    BOOST_TEST(log.ends()[0].error == make_error_code(errc::blocked_address));
}

// The address became this machine's after the webhook was saved.
BOOST_AUTO_TEST_CASE(the_guard_is_told_the_time_of_the_dispatcher) {
    auto const mine = std::make_shared<std::vector<boost::asio::ip::address>>();
    basic_host<simulated_policies> h(public_addresses(own_addresses([mine] { return *mine; })));
    h.listen("https://93.184.216.34/");
    h.run();
    auto const sent_after = [&h](duration wait) {
        h.pass(wait);
        auto const before = h.receiver.count();
        h.hooks->dispatch(created(h.one));
        h.pass(1ms);
        return h.receiver.count() - before;
    };
    BOOST_TEST(sent_after(0s) == 1U);
    mine->push_back(boost::asio::ip::make_address("93.184.216.34"));
    BOOST_TEST(sent_after(20s) == 1U);
    BOOST_TEST(sent_after(10s) == 0U);
}

BOOST_DATA_TEST_CASE_F(host, every_other_status_that_is_no_success_is_tried_again,
                       boost::unit_test::data::make({300, 301, 307, 400, 401, 403, 404, 408, 422, 429, 500,
                                                     502, 599}),
                       status) {
    listen();
    receiver.next(1).answer(status);
    run();
    hooks->dispatch(created(one));
    pass(6s);
    BOOST_TEST(receiver.count() == 2U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_DATA_TEST_CASE_F(host, every_success_is_one_attempt,
                       boost::unit_test::data::make({200, 201, 202, 204, 299}), status) {
    listen();
    receiver.answer(status);
    run();
    hooks->dispatch(created(one));
    pass(24h);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
    BOOST_TEST(storage.counts().failed == 0U);
}

BOOST_DATA_TEST_CASE_F(host, every_failure_of_the_connection_is_tried_again,
                       boost::unit_test::data::make(std::vector<int>{
                           int(errc::dns_failed), int(errc::dns_timeout), int(errc::connect_refused),
                           int(errc::connect_timeout), int(errc::tls_handshake_failed),
                           int(errc::tls_verify_failed), int(errc::response_timeout),
                           int(errc::total_timeout), int(errc::connection_reset),
                           int(errc::eof_before_response), int(errc::partial_response),
                           int(errc::header_limit), int(errc::bad_version), int(errc::policy_threw)}),
                       cause) {
    listen();
    receiver.next(1).answer(errc(cause));
    run();
    hooks->dispatch(created(one));
    pass(6s);
    BOOST_TEST(receiver.count() == 2U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_retry_does_not_hold_up_what_comes_after_it, host) {
    listen();
    receiver.next(1).answer(500);
    run();
    hooks->dispatch(created(one));
    hooks->dispatch(created(two));
    pass(6s);
    BOOST_TEST(bodies(receiver.requests()) == (std::vector<std::string>{"1", "2", "1"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
