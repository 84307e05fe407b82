// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>
#include <posthorn/signing/verify.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;

namespace {

secret const first_key("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
secret const second_key("whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=");

bool verifies(testing::recorded_request const& r, secret const& key) {
    return webhook_verifier::create({key})
        ->verify(r.header("webhook-id"), r.header("webhook-timestamp"), r.header("webhook-signature"),
                 r.body(), r.at())
        .has_value();
}

// A webhook whose delivery has failed once and waits for its second attempt.
struct waiting_host : host {
    waiting_host() {
        id = save(draft()
                      .on<project>()
                      .post("https://old.example.com:8443/old/{{project.code}}")
                      .header("X-Code", "{{project.code}}")
                      .header("Authorization", secret("Bearer old"))
                      .body("{\"old\": {{project.id}}}")
                      .sign(first_key));
        receiver.next(1).answer(500);
        run();
        hooks->dispatch(created(one));
        settle();
    }

    // The request of the second attempt.
    testing::recorded_request second() {
        pass(6s);
        if (receiver.count() != 2)
            throw std::runtime_error("there was no second attempt");
        return receiver.requests()[1];
    }

    uuid id;
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_send_time)

BOOST_FIXTURE_TEST_CASE(every_attempt_has_the_id_of_the_delivery_and_its_own_timestamp, waiting_host) {
    auto const again = second();
    auto const before = receiver.requests()[0];
    BOOST_TEST(again.header("webhook-id") == before.header("webhook-id"));
    BOOST_TEST(before.header("webhook-timestamp") == "1767225600");
    auto const waited =
        std::stoll(again.header("webhook-timestamp")) - std::stoll(before.header("webhook-timestamp"));
    BOOST_TEST(waited == 5);
    BOOST_TEST(verifies(before, first_key));
    BOOST_TEST(verifies(again, first_key));
    BOOST_TEST(!verifies(again, second_key));
    BOOST_TEST(to_text(log.ends().at(0).id) == before.header("webhook-id"));
}

BOOST_FIXTURE_TEST_CASE(deliveries_of_one_event_have_different_ids, host) {
    listen();
    listen();
    run();
    hooks->dispatch(created(one));
    settle();
    BOOST_REQUIRE(receiver.count() == 2U);
    auto const both = receiver.requests();
    BOOST_TEST(both[0].header("webhook-id") != both[1].header("webhook-id"));
    BOOST_TEST(both[0].header("webhook-id").size() == 36U);
}

BOOST_FIXTURE_TEST_CASE(a_retry_is_signed_with_the_secret_of_now, waiting_host) {
    auto changed = stored(id);
    changed.signing.clear();
    changed.signing.emplace_back(second_key);
    BOOST_TEST(hooks->save(changed).has_value());
    auto const again = second();
    BOOST_TEST(verifies(again, second_key));
    BOOST_TEST(!verifies(again, first_key));
}

BOOST_FIXTURE_TEST_CASE(an_expired_secret_no_longer_signs_a_retry, waiting_host) {
    auto changed = stored(id);
    changed.signing.clear();
    changed.signing.emplace_back(first_key, clock.now() + 1s);
    changed.signing.emplace_back(second_key);
    BOOST_TEST(hooks->save(changed).has_value());
    auto const again = second();
    BOOST_TEST(verifies(again, second_key));
    BOOST_TEST(!verifies(again, first_key));
}

BOOST_FIXTURE_TEST_CASE(a_pending_delivery_keeps_the_target_headers_and_body_it_was_rendered_with,
                        waiting_host) {
    auto changed = stored(id);
    changed.url = "https://old.example.com:8443/new/{{project.id}}";
    changed.body = webhook_body("{\"new\": true}");
    changed.headers.clear();
    changed.headers.emplace_back("X-Code", std::string("new"));
    BOOST_TEST(hooks->save(changed).has_value());
    auto const again = second();
    BOOST_TEST(again.url() == "https://old.example.com:8443/old/P1");
    BOOST_TEST(again.body() == "{\"old\": 1}");
    BOOST_TEST(again.header("X-Code") == "P1");
    hooks->dispatch(created(two));
    settle();
    BOOST_TEST(receiver.requests().at(2).url() == "https://old.example.com:8443/new/2");
}

BOOST_FIXTURE_TEST_CASE(a_pending_delivery_goes_to_the_endpoint_of_now_with_the_secret_headers_of_now,
                        waiting_host) {
    BOOST_TEST(receiver.requests()[0].secret_headers() == "Authorization: Bearer old\r\n");
    auto changed = stored(id);
    changed.url = "http://new.example.com/other";
    changed.headers.clear();
    changed.headers.emplace_back("Authorization", secret("Bearer new"));
    changed.headers.emplace_back("X-Api-Key", secret("k"));
    BOOST_TEST(hooks->save(changed).has_value());
    auto const again = second();
    BOOST_TEST(again.url() == "http://new.example.com/old/P1");
    BOOST_TEST(again.secret_headers() == "Authorization: Bearer new\r\nX-Api-Key: k\r\n");
}

BOOST_FIXTURE_TEST_CASE(a_secret_header_is_never_part_of_what_is_stored, host) {
    save(draft()
             .on<project>()
             .post("https://a.example.com/")
             .header("Cookie", std::string("s=hidden"))
             .body("{}"));
    hooks->dispatch(created(one));
    std::vector<claimed_delivery> claimed;
    lease const hold(1, clock.now() + 60s);
    claim_query const query(10);
    boost::asio::co_spawn(io, storage.claim(clock.now(), hold, query, claimed), boost::asio::detached);
    io.run();
    BOOST_REQUIRE(claimed.size() == 1U);
    auto const headers = claimed[0].what->request().headers();
    BOOST_TEST(headers.find("Content-Type: application/json\r\n") != headers.npos);
    BOOST_TEST(headers.find("Cookie") == headers.npos);
    BOOST_TEST(headers.find("hidden") == headers.npos);
}

BOOST_AUTO_TEST_SUITE_END()
