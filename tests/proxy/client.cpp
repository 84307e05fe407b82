// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/certificates.hpp"
#include "../support/loopback_server.hpp"
#include "../support/transport_client.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// What the transports make of a real proxy, which run.py starts. Its port is the program's one argument; it
// lets "us" with the password "word" in.
namespace {

using namespace posthorn;
using test::all_clients;
using test::certificate_authority;
using test::loopback_server;
using test::outgoing;
using peer = loopback_server::peer;

std::uint16_t proxy_port() {
    auto const& suite = boost::unit_test::framework::master_test_suite();
    BOOST_REQUIRE(suite.argc == 2);
    return static_cast<std::uint16_t>(std::stoul(suite.argv[1]));
}

connection_settings through_proxy(std::string_view credentials = "us:word") {
    connection_settings s;
    s.proxy = "http://127.0.0.1:" + std::to_string(proxy_port());
    s.proxy_credentials = secret(credentials);
    return s;
}

template <class Client>
exchange post(Client& client, std::string const& to, connection_settings const& with) {
    outgoing what(to);
    what->connection = std::make_shared<connection_settings const>(with);
    return client.send(*what);
}

void answer(peer& p) {
    p.answer();
}

} // namespace

BOOST_AUTO_TEST_SUITE(real_proxy)

BOOST_AUTO_TEST_CASE_TEMPLATE(requests_go_through_one_after_the_other, Client, all_clients) {
    loopback_server server(answer);
    Client client;
    for (int i = 0; i != 3; ++i) {
        auto const x = post(client, test::plain_url(server.port()), through_proxy());
        BOOST_TEST(!x.error, x.error.message() << ' ' << x.detail);
        BOOST_TEST(x.reused_connection == (i != 0));
    }
    server.stop();
    BOOST_TEST(server.connections() == 1U);
    for (auto const& r : server.requests())
        BOOST_TEST(r == "POST /in HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                            "\r\nContent-Length: 2\r\n\r\n{}");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(tls_goes_through_from_end_to_end, Client, all_clients) {
    certificate_authority const ours("The receiver's authority");
    certificate_authority const theirs("The clients' authority");
    test::tls_settings how(ours.issue("DNS:localhost"));
    how.clients = theirs;
    loopback_server server(answer, how);
    auto const own = theirs.issue("DNS:us.example.com");
    auto with = through_proxy();
    with.ca = ours.pem();
    with.client_certificate = own.pem();
    with.client_key = secret(own.key_pem());
    Client client;
    auto const to = test::tls_url(server.port(), "localhost");
    auto const x = post(client, to, with);
    BOOST_TEST(!x.error, x.error.message() << ' ' << x.detail);
    with.ca = theirs.pem();
    BOOST_TEST(post(client, to, with).error == errc::tls_verify_failed);
    server.stop();
    BOOST_TEST(server.requests().size() == 1U);
    BOOST_TEST(server.requests().front().find("Proxy-") == std::string::npos);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_proxy_that_lets_nobody_in_is_told_as_such, Client, all_clients) {
    loopback_server server(answer);
    for (auto const* const credentials : {"", "us:other"}) {
        Client client;
        auto const x = post(client, test::plain_url(server.port()), through_proxy(credentials));
        BOOST_TEST(x.error == errc::proxy_refused);
        // Which of the two depends on the proxy.
        BOOST_TEST((x.detail == "the proxy's answer has the status 407" ||
                    x.detail == "the proxy's answer has the status 401"),
                   x.detail);
    }
    server.stop();
    BOOST_TEST(server.connections() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_receiver_that_the_proxy_does_not_reach_is_told_as_such, Client, all_clients) {
    std::uint16_t port = 0;
    {
        loopback_server const gone(answer);
        port = gone.port();
    }
    Client client;
    auto const x = post(client, test::plain_url(port), through_proxy());
    BOOST_TEST(x.error == errc::proxy_refused);
    BOOST_TEST(x.detail.starts_with("the proxy's answer has the status 5"), x.detail);
}

BOOST_AUTO_TEST_SUITE_END()
