// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/certificates.hpp"
#include "../support/loopback_server.hpp"
#include "../support/transport_client.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::errc;
using posthorn::exchange;
using posthorn::test::all_clients;
using posthorn::test::certificate;
using posthorn::test::certificate_authority;
using posthorn::test::loopback_server;
using posthorn::test::outgoing;
using posthorn::test::patient;
using posthorn::test::plain_200;
using posthorn::test::tls_settings;
using posthorn::test::tls_url;
using posthorn::test::trusted;
using peer = loopback_server::peer;

template <class Client>
typename Client::transport_type trusting() {
    return typename Client::transport_type().trust_pem(trusted().pem());
}

void answer(peer& p) {
    p.answer();
}

// A receiver with this certificate is refused, and gets nothing of the request. `detail`: OpenSSL's words;
// empty: any.
template <class Client>
void check_refused(tls_settings const& how, std::string_view name, std::string_view detail) {
    loopback_server server(answer, how);
    Client client(patient(), trusting<Client>());
    auto const x = client.post(tls_url(server.port(), name));
    BOOST_TEST(x.error == errc::tls_verify_failed);
    BOOST_TEST(!x.detail.empty());
    BOOST_TEST((detail.empty() || x.detail == detail), x.detail);
    server.stop();
    BOOST_TEST(server.connections() == 1U);
    BOOST_TEST(server.application_bytes() == 0U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_transport_tls)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_receiver_that_proves_its_name_gets_the_request, Client, all_clients) {
    std::string version;
    loopback_server server(
        [&](peer& p) {
            version = p.tls_version();
            p.answer();
        },
        tls_settings(trusted().issue("DNS:hooks.example.com")));
    Client client(patient(), trusting<Client>());
    auto const x = client.post(tls_url(server.port()));
    BOOST_TEST(!x.error);
    BOOST_TEST(x.detail == "");
    server.stop();
    BOOST_TEST(version == "TLSv1.3");
    BOOST_TEST((server.server_names() == std::vector<std::string>{"hooks.example.com"}));
    BOOST_TEST(server.requests().front() ==
               "POST /in HTTP/1.1\r\nHost: hooks.example.com:" + std::to_string(server.port()) +
                   "\r\nContent-Length: 2\r\n\r\n{}");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_handshake_carries_many_requests, Client, all_clients) {
    for (int const newest : {0, TLS1_2_VERSION}) {
        tls_settings settings(trusted().issue("DNS:hooks.example.com"));
        settings.newest_version = newest;
        loopback_server server(answer, settings);
        Client client(patient(), trusting<Client>());
        for (int i = 0; i != 10; ++i) {
            auto const x = client.post(tls_url(server.port()));
            BOOST_TEST(!x.error);
            BOOST_TEST(x.reused_connection == (i != 0));
        }
        server.stop();
        BOOST_TEST(server.handshakes() == 1U);
        BOOST_TEST(server.requests().size() == 10U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_name_may_stand_behind_a_wildcard, Client, all_clients) {
    loopback_server server(answer, tls_settings(trusted().issue("DNS:*.example.com")));
    Client client(patient(), trusting<Client>());
    BOOST_TEST(!client.post(tls_url(server.port())).error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_address_is_proved_as_an_address, Client, all_clients) {
    loopback_server server(answer, tls_settings(trusted().issue("IP:127.0.0.1")));
    Client client(patient(), trusting<Client>());
    BOOST_TEST(!client.post(tls_url(server.port(), "127.0.0.1")).error);
    server.stop();
    BOOST_TEST((server.server_names() == std::vector<std::string>{""}));
    check_refused<Client>(trusted().issue("DNS:127.0.0.1"), "127.0.0.1", "IP address mismatch");
    check_refused<Client>(trusted().issue("IP:127.0.0.2"), "127.0.0.1", "IP address mismatch");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_receiver_that_does_not_prove_its_name_gets_nothing, Client, all_clients) {
    std::string const name = "hooks.example.com";
    constexpr std::string_view mismatch = "hostname mismatch";
    check_refused<Client>(trusted().issue("DNS:other.example.com"), name, mismatch);
    check_refused<Client>(trusted().issue("DNS:example.com"), name, mismatch);
    check_refused<Client>(trusted().issue("DNS:*.com"), name, mismatch);
    check_refused<Client>(trusted().issue("DNS:*.*.com"), name, mismatch);
    check_refused<Client>(trusted().issue("DNS:h*.example.com"), name, mismatch);
    check_refused<Client>(trusted().issue("DNS:hooks.example.com.evil.example"), name, mismatch);
    check_refused<Client>(trusted().issue("IP:127.0.0.1"), name, mismatch);
    check_refused<Client>(trusted().issue_for_common_name(name), name, mismatch);
    check_refused<Client>(trusted().issue_expired("DNS:" + name), name, "certificate has expired");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_authority_that_nobody_trusts_proves_nothing, Client, all_clients) {
    std::string const name = "hooks.example.com";
    check_refused<Client>(certificate_authority().issue("DNS:" + name), name, "");
    check_refused<Client>(certificate("DNS:" + name, name, "20990101000000Z", nullptr), name,
                          "self-signed certificate");
    // Nor does a certificate that a receiver's certificate signed.
    tls_settings below(certificate("DNS:" + name, name, "20990101000000Z", nullptr));
    below.issuer = trusted().issue("DNS:other.example.com");
    below.own = certificate("DNS:" + name, name, "20990101000000Z", &*below.issuer);
    check_refused<Client>(below, name, "invalid CA certificate");
    // The test's own authority is no more trusted than any other without being given.
    loopback_server server(answer, tls_settings(trusted().issue("DNS:" + name)));
    Client client;
    BOOST_TEST(client.post(tls_url(server.port())).error == errc::tls_verify_failed);
    server.stop();
    BOOST_TEST(server.application_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_authority_that_cannot_be_read_is_said_so, Client, all_clients) {
    loopback_server server(answer, tls_settings(trusted().issue("DNS:hooks.example.com")));
    Client client(patient(), trusting<Client>().trust_file("/nonexistent/authority.pem"));
    auto const x = client.post(tls_url(server.port()));
    BOOST_TEST(x.error == errc::tls_handshake_failed);
    BOOST_TEST(x.detail.find("/nonexistent/authority.pem") != std::string::npos);
    Client other(patient(), trusting<Client>().trust_pem("no certificate"));
    BOOST_TEST(other.post(tls_url(server.port())).error == errc::tls_handshake_failed);
    server.stop();
    BOOST_TEST(server.application_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(old_protocols_are_refused, Client, all_clients) {
    for (int const newest : {TLS1_VERSION, TLS1_1_VERSION}) {
        tls_settings settings(trusted().issue("DNS:hooks.example.com"));
        settings.newest_version = newest;
        loopback_server server(answer, settings);
        Client client(patient(), trusting<Client>());
        BOOST_TEST(client.post(tls_url(server.port())).error == errc::tls_handshake_failed);
        server.stop();
        BOOST_TEST(server.handshakes() == 0U);
        BOOST_TEST(server.application_bytes() == 0U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_no_tls_gets_nothing, Client, all_clients) {
    using script = loopback_server::script;
    std::vector<script> const receivers{
        [](peer& p) {
            p.take(1);
            p.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            p.stall();
        },
        [](peer& p) { p.take(1); },
        [](peer& p) {
            p.take(1);
            p.fin();
            p.stall();
        },
        [](peer& p) {
            p.take(1);
            p.reset();
        },
    };
    for (std::size_t i = 0; i != receivers.size(); ++i) {
        loopback_server server(receivers[i]);
        Client client(patient(), trusting<Client>());
        BOOST_TEST_CONTEXT("receiver " << i)
        BOOST_TEST(client.post(tls_url(server.port())).error == errc::tls_handshake_failed);
        server.stop();
        BOOST_TEST(server.requests().empty());
        BOOST_TEST(server.connections() == 1U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_handshake_that_hangs_is_a_timeout, Client, all_clients) {
    auto limits = patient();
    limits.tls = 60ms;
    loopback_server server([](peer& p) { p.stall(); });
    Client client(limits, trusting<Client>());
    BOOST_TEST(client.post(tls_url(server.port())).error == errc::tls_timeout);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(large_requests_and_early_answers_work_the_same, Client, all_clients) {
    std::string const body(4 << 20, 'b');
    loopback_server server(answer, tls_settings(trusted().issue("DNS:hooks.example.com")));
    Client client(patient(), trusting<Client>());
    outgoing large(tls_url(server.port()), body);
    BOOST_TEST(!client.send(*large).error);
    BOOST_TEST(client.send(*large).reused_connection);
    server.stop();
    BOOST_TEST(server.requests().back().ends_with(body));
    loopback_server hasty(
        [](peer& p) {
            p.take(20);
            p.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
            p.ignore();
        },
        tls_settings(trusted().issue("DNS:hooks.example.com")));
    outgoing refused(tls_url(hasty.port()), std::string(16 << 20, 'b'));
    BOOST_TEST(client.send(*refused).response.status == 413);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bytes_behind_a_response_end_the_connection, Client, all_clients) {
    struct row {
        char const* what;
        loopback_server::script script;
    };
    std::string const twice = std::string(plain_200) + std::string(plain_200);
    for (auto const& r : std::vector<row>{
             {"in the same record",
              [&](peer& p) {
                  p.request();
                  p.send(twice);
                  p.stall();
              }},
             // The first record waits for the second one in the client, since it is held back until both are
             // there.
             {"in a record of its own",
              [](peer& p) {
                  p.request();
                  p.cork(true);
                  p.send(plain_200);
                  p.send(plain_200);
                  p.cork(false);
                  p.stall();
              }},
             {"the end of TLS",
              [](peer& p) {
                  p.request();
                  p.cork(true);
                  p.send(plain_200);
                  p.close_notify();
                  p.cork(false);
                  p.stall();
              }},
         }) {
        loopback_server server(
            [&](peer& p) {
                if (p.number() == 0)
                    r.script(p);
                p.answer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
            },
            tls_settings(trusted().issue("DNS:hooks.example.com")));
        Client client(patient(), trusting<Client>());
        BOOST_TEST_CONTEXT(r.what) {
            BOOST_TEST(!client.post(tls_url(server.port())).error);
            auto const second = client.post(tls_url(server.port()));
            BOOST_TEST(second.response.status == 503);
            BOOST_TEST(!second.reused_connection);
            server.stop();
            BOOST_TEST(server.connections() == 2U);
            BOOST_TEST(server.requests().size() == 2U);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_kept_connection_that_died_is_replaced_at_once, Client, all_clients) {
    loopback_server server(
        [](peer& p) {
            p.request();
            p.send(plain_200);
            p.request();
            if (p.number() != 0)
                p.send(plain_200);
        },
        tls_settings(trusted().issue("DNS:hooks.example.com")));
    Client client(patient(), trusting<Client>());
    BOOST_TEST(!client.post(tls_url(server.port())).error);
    auto const x = client.post(tls_url(server.port()));
    BOOST_TEST(!x.error);
    BOOST_TEST(!x.reused_connection);
    server.stop();
    BOOST_TEST(server.handshakes() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_connection_that_ends_without_the_end_of_tls_is_told, Client, all_clients) {
    for (bool const polite : {true, false}) {
        loopback_server server(
            [=](peer& p) {
                p.request();
                if (polite)
                    p.close_notify();
            },
            tls_settings(trusted().issue("DNS:hooks.example.com")));
        Client client(patient(), trusting<Client>());
        BOOST_TEST(client.post(tls_url(server.port())).error == errc::eof_before_response);
    }
    // A body without a length, cut: the header has decided.
    loopback_server server(
        [](peer& p) {
            p.request();
            p.send("HTTP/1.1 200 OK\r\n\r\nab");
        },
        tls_settings(trusted().issue("DNS:hooks.example.com")));
    Client client(patient(), trusting<Client>());
    auto const x = client.post(tls_url(server.port()));
    BOOST_TEST(!x.error);
    BOOST_TEST(x.response.excerpt == "ab");
}

BOOST_AUTO_TEST_SUITE_END()
