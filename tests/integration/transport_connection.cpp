// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/certificates.hpp"
#include "../support/loopback_server.hpp"
#include "../support/transport_client.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::connection_settings;
using posthorn::errc;
using posthorn::exchange;
using posthorn::secret;
using posthorn::test::all_clients;
using posthorn::test::certificate;
using posthorn::test::certificate_authority;
using posthorn::test::loopback_server;
using posthorn::test::outgoing;
using posthorn::test::patient;
using posthorn::test::plain_200;
using posthorn::test::plain_url;
using posthorn::test::tls_settings;
using posthorn::test::tls_url;
using peer = loopback_server::peer;
using settings = std::shared_ptr<connection_settings const>;

constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";

// Of the receivers that have one of their own.
certificate_authority const& private_ca() {
    static certificate_authority const authority;
    return authority;
}

// Trusted by the transport, for all webhooks.
certificate_authority const& usual_ca() {
    static certificate_authority const authority("Posthorn usual authority");
    return authority;
}

certificate_authority const& client_ca() {
    static certificate_authority const authority;
    return authority;
}

template <class Client>
typename Client::transport_type trusting() {
    return typename Client::transport_type().trust_pem(usual_ca().pem());
}

settings trust(std::string pem) {
    connection_settings s;
    s.ca = std::move(pem);
    return std::make_shared<connection_settings const>(std::move(s));
}

settings prove(certificate const& own, std::string ca = private_ca().pem()) {
    connection_settings s;
    s.ca = std::move(ca);
    s.client_certificate = own.pem();
    s.client_key = secret(own.key_pem());
    return std::make_shared<connection_settings const>(std::move(s));
}

settings through(std::uint16_t port, std::string_view credentials = {}, std::string ca = {}) {
    connection_settings s;
    s.ca = std::move(ca);
    s.proxy = "http://127.0.0.1:" + std::to_string(port);
    s.proxy_credentials = secret(credentials);
    return std::make_shared<connection_settings const>(std::move(s));
}

template <class Client>
exchange post(Client& client, std::string const& to, settings const& with) {
    outgoing what(to);
    what->connection = with;
    return client.send(*what);
}

void answer(peer& p) {
    p.answer();
}

tls_settings receiver(certificate_authority const& issuer = private_ca()) {
    return {issuer.issue("DNS:hooks.example.com")};
}

tls_settings asking(int newest_version = 0) {
    auto how = receiver();
    how.clients = client_ca();
    how.newest_version = newest_version;
    return how;
}

// A proxy that is the receiver as well, once it has been asked for the way.
tls_settings behind_a_proxy(certificate_authority const& issuer = private_ca()) {
    auto how = receiver(issuer);
    how.at_once = false;
    return how;
}

void lead_and_answer(peer& p) {
    p.request();
    p.send(established);
    p.answer();
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_transport_connection)

// --- authorities ---

BOOST_AUTO_TEST_CASE_TEMPLATE(an_authority_of_the_webhook_is_believed, Client, all_clients) {
    loopback_server server(answer, receiver());
    Client client(patient(), trusting<Client>());
    BOOST_TEST(client.post(tls_url(server.port())).error == errc::tls_verify_failed);
    auto const x = post(client, tls_url(server.port()), trust(private_ca().pem()));
    BOOST_TEST(!x.error);
    // Several of them, one behind the other.
    BOOST_TEST(!post(client, tls_url(server.port()), trust(usual_ca().pem() + private_ca().pem())).error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(it_stands_in_place_of_the_usual_ones, Client, all_clients) {
    loopback_server server(answer, receiver(usual_ca()));
    Client client(patient(), trusting<Client>());
    BOOST_TEST(post(client, tls_url(server.port()), trust(private_ca().pem())).error ==
               errc::tls_verify_failed);
    server.stop();
    BOOST_TEST(server.application_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(settings_without_authorities_trust_the_usual_ones, Client, all_clients) {
    loopback_server server(answer, receiver(usual_ca()));
    loopback_server other(answer, receiver());
    Client client(patient(), trusting<Client>());
    auto const own = prove(client_ca().issue("DNS:us.example.com"), "");
    BOOST_TEST(!post(client, tls_url(server.port()), own).error);
    BOOST_TEST(post(client, tls_url(other.port()), own).error == errc::tls_verify_failed);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_certificate_that_is_given_is_trusted_itself, Client, all_clients) {
    auto const own = private_ca().issue("DNS:hooks.example.com");
    loopback_server server(answer, tls_settings(own));
    Client client(patient(), trusting<Client>());
    BOOST_TEST(!post(client, tls_url(server.port()), trust(own.pem())).error);
    auto const other = private_ca().issue("DNS:hooks.example.com");
    BOOST_TEST(post(client, tls_url(server.port()), trust(other.pem())).error == errc::tls_verify_failed);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_private_authority_proves_no_other_name, Client, all_clients) {
    loopback_server server(answer, tls_settings(private_ca().issue("DNS:other.example.com")));
    Client client(patient(), trusting<Client>());
    auto const x = post(client, tls_url(server.port()), trust(private_ca().pem()));
    BOOST_TEST(x.error == errc::tls_verify_failed);
    BOOST_TEST(x.detail == "hostname mismatch");
    server.stop();
    BOOST_TEST(server.application_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(settings_that_cannot_be_used_send_nothing, Client, all_clients) {
    auto const own = client_ca().issue("DNS:us.example.com");
    std::vector<connection_settings> wrong(4);
    wrong[0].ca = "no certificate";
    wrong[1].client_certificate = own.pem();
    wrong[2].client_certificate = own.pem();
    wrong[2].client_key = secret(client_ca().issue("DNS:us.example.com").key_pem());
    wrong[3].client_key = secret(own.key_pem());
    loopback_server server(answer, receiver(usual_ca()));
    for (auto const& s : wrong) {
        Client client(patient(), trusting<Client>());
        auto const x = post(client, tls_url(server.port()), std::make_shared<connection_settings const>(s));
        BOOST_TEST(x.error == errc::tls_handshake_failed);
        BOOST_TEST(x.detail.find("connection.") == 0U, x.detail);
    }
    server.stop();
    BOOST_TEST(server.application_bytes() == 0U);
}

// --- client certificates ---

BOOST_AUTO_TEST_CASE_TEMPLATE(a_receiver_that_asks_is_shown_our_certificate, Client, all_clients) {
    for (int const newest : {0, TLS1_2_VERSION}) {
        std::string shown;
        loopback_server server(
            [&](peer& p) {
                shown = p.client_name();
                p.answer();
            },
            asking(newest));
        Client client(patient(), trusting<Client>());
        auto const own = prove(client_ca().issue("DNS:us.example.com"));
        BOOST_TEST(!post(client, tls_url(server.port()), own).error);
        BOOST_TEST(post(client, tls_url(server.port()), own).reused_connection);
        server.stop();
        BOOST_TEST(shown == "receiver");
        BOOST_TEST(server.handshakes() == 1U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_receiver_that_does_not_ask_is_shown_none, Client, all_clients) {
    std::string shown = "?";
    loopback_server server(
        [&](peer& p) {
            shown = p.client_name();
            p.answer();
        },
        receiver());
    Client client(patient(), trusting<Client>());
    BOOST_TEST(!post(client, tls_url(server.port()), prove(client_ca().issue("DNS:us.example.com"))).error);
    server.stop();
    BOOST_TEST(shown == "");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_certificate_that_the_receiver_refuses_is_said_so, Client, all_clients) {
    for (int const newest : {0, TLS1_2_VERSION})
        for (auto const& with :
             {prove(private_ca().issue("DNS:us.example.com")), trust(private_ca().pem())}) {
            loopback_server server(answer, asking(newest));
            Client client(patient(), trusting<Client>());
            auto const x = post(client, tls_url(server.port()), with);
            BOOST_TEST(x.error == errc::tls_handshake_failed);
            BOOST_TEST(!x.detail.empty());
            server.stop();
            BOOST_TEST(server.handshakes() == 0U);
            BOOST_TEST(server.application_bytes() == 0U);
            BOOST_TEST(server.connections() == 1U);
        }
}

// --- connections ---

BOOST_AUTO_TEST_CASE_TEMPLATE(only_equal_settings_share_a_connection, Client, all_clients) {
    loopback_server server(answer, receiver());
    Client client(patient(), trusting<Client>());
    auto const to = tls_url(server.port());
    auto const first = prove(client_ca().issue("DNS:a.example.com"));
    auto const second = prove(client_ca().issue("DNS:b.example.com"));
    BOOST_TEST(!post(client, to, first).error);
    BOOST_TEST(post(client, to, first).reused_connection);
    // Saved again without a change.
    BOOST_TEST(post(client, to, std::make_shared<connection_settings const>(*first)).reused_connection);
    for (auto const& other : {second, trust(private_ca().pem()), first}) {
        auto const x = post(client, to, other);
        BOOST_TEST(!x.error);
        BOOST_TEST(!x.reused_connection);
    }
    auto const bare = client.post(to);
    BOOST_TEST(bare.error == errc::tls_verify_failed);
    server.stop();
    BOOST_TEST(server.handshakes() == 4U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(settings_at_the_address_of_old_ones_are_not_taken_for_them, Client,
                              all_clients) {
    loopback_server server(answer, receiver());
    Client client(patient(), trusting<Client>());
    // What is made next often stands where the last one stood.
    for (int i = 0; i != 50; ++i) {
        auto const good = post(client, tls_url(server.port()), trust(private_ca().pem()));
        BOOST_TEST(!good.error);
        auto const bad = post(client, tls_url(server.port()), trust(usual_ca().pem()));
        BOOST_TEST(bad.error == errc::tls_verify_failed);
    }
}

// --- proxies ---

BOOST_AUTO_TEST_CASE_TEMPLATE(a_proxy_is_asked_for_the_way_and_gets_nothing_else, Client, all_clients) {
    loopback_server proxy(lead_and_answer);
    Client client(patient(), trusting<Client>(),
                  [](std::string const&) -> posthorn::resolver_pool::addresses {
                      throw std::runtime_error("the receiver's name is the proxy's");
                  });
    outgoing what("http://hooks.example.com/in");
    what->secret_headers = "Authorization: Bearer hush\r\n";
    what->connection = through(proxy.port(), "us:pass:word");
    BOOST_TEST(!client.send(*what).error);
    BOOST_TEST(client.send(*what).reused_connection);
    proxy.stop();
    BOOST_TEST(proxy.connections() == 1U);
    auto const seen = proxy.requests();
    BOOST_TEST_REQUIRE(seen.size() == 3U);
    BOOST_TEST(seen[0] == "CONNECT hooks.example.com:80 HTTP/1.1\r\nHost: hooks.example.com:80\r\n"
                          "Proxy-Authorization: Basic dXM6cGFzczp3b3Jk\r\n\r\n");
    BOOST_TEST(seen[1] == "POST /in HTTP/1.1\r\nHost: hooks.example.com\r\nContent-Length: 2\r\n"
                          "Authorization: Bearer hush\r\n\r\n{}");
    BOOST_TEST(seen[2] == seen[1]);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(behind_a_proxy_the_receiver_proves_its_name, Client, all_clients) {
    auto const lead = [](peer& p) {
        p.request();
        p.send(established);
        p.start_tls();
        p.answer();
    };
    loopback_server proxy(lead, behind_a_proxy());
    Client client(patient(), trusting<Client>());
    auto const with = through(proxy.port(), "us:word", private_ca().pem());
    BOOST_TEST(!post(client, "https://hooks.example.com:8443/in", with).error);
    BOOST_TEST(post(client, "https://hooks.example.com:8443/in", with).reused_connection);
    BOOST_TEST(post(client, "https://other.example.com/in", with).error == errc::tls_verify_failed);
    proxy.stop();
    BOOST_TEST((proxy.server_names() == std::vector<std::string>{"hooks.example.com", "other.example.com"}));
    auto const seen = proxy.requests();
    BOOST_TEST_REQUIRE(seen.size() == 4U);
    BOOST_TEST(seen[0] == "CONNECT hooks.example.com:8443 HTTP/1.1\r\nHost: hooks.example.com:8443\r\n"
                          "Proxy-Authorization: Basic dXM6d29yZA==\r\n\r\n");
    BOOST_TEST(seen[1] == "POST /in HTTP/1.1\r\nHost: hooks.example.com:8443\r\nContent-Length: 2\r\n\r\n{}");
    BOOST_TEST(seen[3].starts_with("CONNECT other.example.com:443 HTTP/1.1\r\n"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_address_is_written_as_one, Client, all_clients) {
    loopback_server proxy(lead_and_answer);
    Client client(patient(), trusting<Client>());
    BOOST_TEST(!post(client, "http://[2606:4700::1111]:8080/in", through(proxy.port())).error);
    proxy.stop();
    BOOST_TEST(proxy.requests().front() ==
               "CONNECT [2606:4700::1111]:8080 HTTP/1.1\r\nHost: [2606:4700::1111]:8080\r\n\r\n");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_answer_in_pieces_is_an_answer, Client, all_clients) {
    std::string const long_field = "X-Via: " + std::string(9000, 'v') + "\r\n\r\n";
    loopback_server proxy([&](peer& p) {
        p.request();
        p.drip("HTTP/1.0 299 Fine\r\nContent-Length: 5\r\n");
        p.send(long_field);
        p.answer();
    });
    Client client(patient(), trusting<Client>());
    BOOST_TEST(!post(client, plain_url(80), through(proxy.port())).error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_no_way_ends_the_exchange, Client, all_clients) {
    struct row {
        char const* what;
        std::string detail;
        loopback_server::script script;
    };
    auto const says = [](std::string text) {
        return [text](peer& p) {
            p.request();
            p.send(text);
            p.stall();
        };
    };
    for (auto const& r : std::vector<row>{
             {"407", "the proxy's answer has the status 407",
              says("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")},
             {"502", "the proxy's answer has the status 502",
              says("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nno!")},
             {"a redirect", "the proxy's answer has the status 302",
              says("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n")},
             {"interim", "the proxy's answer has the status 100", says("HTTP/1.1 100 Continue\r\n\r\n")},
             {"more than an answer", "the proxy's answer goes on behind its header",
              says(std::string(established) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")},
             {"no HTTP", "the proxy's answer is not HTTP", says("220 mail.example.com ESMTP\r\n")},
             {"a huge header", "the proxy's answer is too large",
              says("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'))},
             {"a close", "the proxy closed the connection", [](peer& p) { p.request(); }},
             {"a close inside", "the proxy closed the connection",
              [](peer& p) {
                  p.request();
                  p.send("HTTP/1.1 200 OK\r\nX-");
              }},
             {"a reset", "Connection reset by peer",
              [](peer& p) {
                  p.request();
                  p.reset();
              }},
         }) {
        for (auto const* const to : {"https://hooks.example.com/in", "http://hooks.example.com/in"}) {
            loopback_server proxy(r.script);
            Client client(patient(), trusting<Client>());
            auto const x = post(client, to, through(proxy.port(), "us:word"));
            BOOST_TEST_CONTEXT(r.what) {
                BOOST_TEST(x.error == errc::proxy_refused);
                BOOST_TEST(x.detail == r.detail);
                BOOST_TEST(x.response.status == 0);
                proxy.stop();
                // Nothing of the request, and nothing tried again.
                BOOST_TEST(proxy.requests().size() == 1U);
                BOOST_TEST(proxy.requests().front().size() == proxy.application_bytes());
                BOOST_TEST(proxy.connections() == 1U);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_proxy_has_the_time_of_a_connection, Client, all_clients) {
    auto limits = patient();
    limits.connect = 60ms;
    for (auto const* const begin : {"", "HTTP/1.1 200 OK\r\n"}) {
        loopback_server proxy([&](peer& p) {
            p.request();
            p.send(begin);
            p.stall();
        });
        Client client(limits, trusting<Client>());
        BOOST_TEST(post(client, "http://hooks.example.com/in", through(proxy.port())).error ==
                   errc::connect_timeout);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_proxy_that_is_not_there_is_named, Client, all_clients) {
    std::uint16_t port = 0;
    {
        loopback_server const gone(answer);
        port = gone.port();
    }
    Client client(patient(), trusting<Client>());
    auto const x = post(client, "http://hooks.example.com/in", through(port));
    BOOST_TEST(x.error == errc::connect_refused);
    BOOST_TEST(x.detail == "proxy 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_proxy_that_cannot_be_read_is_not_left_out, Client, all_clients) {
    loopback_server server(answer);
    for (auto const* const written : {"proxy", "https://127.0.0.1", "http://127.0.0.1/path", "socks5://a"}) {
        connection_settings s;
        s.proxy = written;
        Client client(patient(), trusting<Client>());
        BOOST_TEST(
            post(client, plain_url(server.port()), std::make_shared<connection_settings const>(s)).error ==
            errc::proxy_refused);
    }
    server.stop();
    BOOST_TEST(server.connections() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_guard_is_asked_about_both_ends, Client, all_clients) {
    loopback_server proxy(lead_and_answer);
    {
        Client client(patient(), trusting<Client>());
        client.allows_address = [](auto const& a, std::uint16_t) { return !a.is_loopback(); };
        auto const x = post(client, "http://hooks.example.com/in", through(proxy.port()));
        BOOST_TEST(x.error == errc::blocked_address);
        BOOST_TEST(x.detail == "proxy 127.0.0.1:" + std::to_string(proxy.port()));
        BOOST_TEST(x.log_detail == "127.0.0.1 has the address 127.0.0.1");
    }
    {
        Client client(patient(), trusting<Client>());
        client.allows_address = [&](auto const&, std::uint16_t port) { return port == proxy.port(); };
        BOOST_TEST(post(client, "http://10.0.0.1/in", through(proxy.port())).error == errc::blocked_address);
        BOOST_TEST(!post(client, "http://hooks.example.com/in", through(proxy.port())).error);
        client.allows_endpoint = [](posthorn::url const& u) { return u.host() != "other.example.com"; };
        BOOST_TEST(post(client, "http://other.example.com/in", through(proxy.port())).error ==
                   errc::blocked_address);
    }
    proxy.stop();
    BOOST_TEST(proxy.connections() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_proxy_with_a_name_is_looked_up, Client, all_clients) {
    loopback_server proxy(lead_and_answer);
    Client client(patient(), trusting<Client>(), [](std::string const& name) {
        return name == "proxy.example.com" ? Client::everything_here()(name)
                                           : posthorn::resolver_pool::addresses();
    });
    connection_settings s;
    s.proxy = "http://proxy.example.com:" + std::to_string(proxy.port());
    BOOST_TEST(
        !post(client, "http://hooks.example.com/in", std::make_shared<connection_settings const>(s)).error);
    s.proxy = "http://other.example.com:" + std::to_string(proxy.port());
    auto const x =
        post(client, "http://hooks.example.com/in", std::make_shared<connection_settings const>(s));
    BOOST_TEST(x.error == errc::dns_failed);
    BOOST_TEST(x.detail.starts_with("proxy other.example.com:"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(another_proxy_is_another_connection, Client, all_clients) {
    loopback_server first(lead_and_answer);
    loopback_server second(lead_and_answer);
    Client client(patient(), trusting<Client>());
    auto const to = "http://hooks.example.com/in";
    BOOST_TEST(!post(client, to, through(first.port())).error);
    BOOST_TEST(!post(client, to, through(second.port())).reused_connection);
    BOOST_TEST(!post(client, to, through(second.port(), "us:word")).reused_connection);
    BOOST_TEST(post(client, to, through(second.port(), "us:word")).reused_connection);
    first.stop();
    second.stop();
    BOOST_TEST(first.connections() == 1U);
    BOOST_TEST(second.connections() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_kept_way_that_died_is_asked_for_again, Client, all_clients) {
    loopback_server proxy([](peer& p) {
        p.request();
        p.send(established);
        p.request();
        p.send(plain_200);
        p.request();
        if (p.number() != 0)
            p.send(plain_200);
    });
    Client client(patient(), trusting<Client>());
    auto const to = "http://hooks.example.com/in";
    BOOST_TEST(!post(client, to, through(proxy.port())).error);
    auto const x = post(client, to, through(proxy.port()));
    BOOST_TEST(!x.error);
    BOOST_TEST(!x.reused_connection);
    proxy.stop();
    BOOST_TEST(proxy.connections() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
