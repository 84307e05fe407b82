// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>
#include <posthorn/no_transaction.hpp>
#include <posthorn/transport/beast_sync.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;

namespace {

using texts = std::vector<std::string>;

// Sends, and knows nothing of connection settings.
struct plain_transport {
    explicit plain_transport(testing::simulated_clock const& c) : script(c) {}

    void bind(transport_context context) { script.bind(std::move(context)); }
    boost::asio::awaitable<exchange> send(request const& what) { return script.send(what); }
    exchange call(request const& what) { return script.call(what); }
    void cancel() noexcept { script.cancel(); }

    testing::scripted_transport script;
};

struct throwing_transport : plain_transport {
    using plain_transport::plain_transport;

    static void check_connection(connection_settings const&, field_errors&) {
        throw std::runtime_error("cannot check");
    }
};

template <class Transport>
struct policies_with : simulated_policies::with_transport<Transport> {};

struct calling_policies
    : simulated_policies::with_semantics<in_transaction, fire_and_forget>::with_blocking_transport<
          testing::scripted_transport> {};

struct half_policies
    : simulated_policies::with_semantics<in_transaction,
                                         fire_and_forget>::with_blocking_transport<plain_transport> {};

// What is said against a webhook with these settings.
template <class Hooks>
texts said(Hooks& hooks, connection_settings const& c, std::string url = "https://a.example.com/") {
    webhook w;
    w.wording = "w";
    w.url = std::move(url);
    w.body = webhook_body("{}");
    w.object = "project";
    w.connection = c;
    texts all;
    if (auto const saved = hooks.save(w); !saved)
        for (auto const& e : saved.error())
            all.push_back(e.field() + ' ' + std::string(e.code()));
    return all;
}

template <class Transport>
texts said_with() {
    boost::asio::io_context io;
    testing::simulated_clock clock;
    dispatcher<objects, policies_with<Transport>> hooks(io, clock, Transport(clock),
                                                        testing::seeded_random(7));
    connection_settings c;
    c.proxy = "http://proxy.example.com:3128";
    return said(hooks, c);
}

webhook_draft<objects> proxied(std::string credentials = "us:correct horse") {
    return host::draft()
        .on<project>()
        .post("https://a.example.com/")
        .body("{}")
        .trust("authorities")
        .client_certificate("certificate", secret("the key"))
        .proxy("http://proxy.example.com:3128", secret(credentials));
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_connections)

BOOST_FIXTURE_TEST_CASE(a_request_carries_the_settings_of_its_webhook, host) {
    auto const id = save(proxied());
    listen("https://b.example.com/");
    run();
    hooks->dispatch(created(one));
    settle();
    auto const sent = receiver.requests_to("a.example.com").at(0).connection();
    BOOST_REQUIRE(sent != nullptr);
    BOOST_TEST((*sent == stored(id).connection));
    BOOST_TEST(sent->ca == "authorities");
    BOOST_TEST(sent->client_certificate == "certificate");
    BOOST_TEST(sent->client_key.reveal() == "the key");
    BOOST_TEST(sent->proxy == "http://proxy.example.com:3128");
    BOOST_TEST(sent->proxy_credentials.reveal() == "us:correct horse");
    BOOST_TEST((receiver.requests_to("b.example.com").at(0).connection() == nullptr));
}

BOOST_FIXTURE_TEST_CASE(an_attempt_has_the_settings_of_now, host) {
    auto const id = save(proxied());
    receiver.next(1).answer(500);
    run();
    hooks->dispatch(created(one));
    settle();
    auto changed = stored(id);
    changed.connection.proxy = "http://other.example.com:3128";
    BOOST_TEST(hooks->save(changed).has_value());
    pass(6s);
    BOOST_REQUIRE(receiver.count() == 2U);
    BOOST_TEST(receiver.requests()[0].connection()->proxy == "http://proxy.example.com:3128");
    BOOST_TEST(receiver.requests()[1].connection()->proxy == "http://other.example.com:3128");
}

BOOST_AUTO_TEST_CASE(a_synchronous_call_has_them_too) {
    basic_host<calling_policies> h;
    h.save(proxied().in_transaction());
    auto tx = h.hooks->begin(no_transaction());
    tx.created(h.one);
    BOOST_TEST(!tx.commit().error());
    BOOST_REQUIRE(h.receiver.count() == 1U);
    BOOST_TEST(h.receiver.requests()[0].connection()->proxy == "http://proxy.example.com:3128");
}

BOOST_FIXTURE_TEST_CASE(wrong_settings_are_errors_of_their_fields, host) {
    connection_settings c;
    c.client_certificate = "certificate";
    c.proxy = "proxy:3128";
    BOOST_TEST((said(*hooks, c) ==
                texts{"connection.client_key client_key_missing", "connection.proxy proxy_malformed"}));
    connection_settings tls;
    tls.ca = "authorities";
    BOOST_TEST((said(*hooks, tls, "http://a.example.com/") == texts{"connection.ca tls_without_https"}));
    BOOST_TEST(said(*hooks, tls).empty());
}

BOOST_FIXTURE_TEST_CASE(the_guard_refuses_the_address_of_a_proxy_at_once, host) {
    connection_settings c;
    for (auto const* const proxy :
         {"http://127.0.0.1:3128", "http://10.0.0.1:3128", "http://[::1]:3128", "http://169.254.169.254"}) {
        c.proxy = proxy;
        BOOST_TEST((said(*hooks, c) == texts{"connection.proxy address_refused"}), proxy);
    }
    // A name says nothing yet.
    c.proxy = "http://proxy.internal:3128";
    BOOST_TEST(said(*hooks, c).empty());
}

BOOST_AUTO_TEST_CASE(a_transport_that_does_not_keep_settings_is_given_none) {
    texts const unsupported{"connection connection_unsupported"};
    BOOST_TEST(said_with<testing::scripted_transport>().empty());
    BOOST_TEST((said_with<plain_transport>() == unsupported));
    BOOST_TEST((said_with<throwing_transport>() == unsupported));
    // Each transport that may be used is asked.
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport const receiver(clock);
    dispatcher<objects, half_policies> hooks(io, clock, receiver, plain_transport(clock),
                                             testing::seeded_random(7));
    connection_settings c;
    c.proxy = "http://proxy.example.com:3128";
    BOOST_TEST((said(hooks, c) == unsupported));
    BOOST_TEST(said(hooks, connection_settings()).empty());
}

// "us:correct horse" as the proxy is told it.
BOOST_AUTO_TEST_CASE(what_only_a_proxy_knows_is_masked_in_answers) {
    basic_host<calling_policies> h;
    h.save(proxied().in_transaction());
    h.receiver.answer(testing::scripted_answer(500).body(
        "Basic dXM6Y29ycmVjdCBob3JzZQ==; us:correct horse; correct horse; dXM6Y29ycmVjdCBob3JzZQ=="));
    auto tx = h.hooks->begin(no_transaction());
    tx.created(h.one);
    auto const report = tx.commit();
    BOOST_REQUIRE(report.calls().size() == 1U);
    BOOST_TEST(report.calls()[0].answer() == "***; ***; ***; ***==");
}

BOOST_AUTO_TEST_SUITE_END()
