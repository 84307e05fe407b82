// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/catalogue.hpp"
#include "../support/certificates.hpp"
#include "../support/loopback_server.hpp"
#include "../support/transport_client.hpp"
#include "../support/verdicts.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/dh.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::exchange_limits;
using posthorn::test::all_clients;
using posthorn::test::certificate;
using posthorn::test::certificate_authority;
using posthorn::test::claimed_entries;
using posthorn::test::loopback_server;
using posthorn::test::patient;
using posthorn::test::plain_200;
using posthorn::test::tls_settings;
using posthorn::test::tls_url;
using peer = loopback_server::peer;

std::string const name = "hooks.example.com";
std::string const dns = "DNS:" + name;

certificate_authority const& trusted() {
    static certificate_authority const authority;
    return authority;
}

// A receiver; without TLS the script speaks, or does not speak, whatever it likes.
struct receiver {
    receiver() = default;
    receiver(tls_settings how) : tls(std::move(how)) {} // NOLINT(google-explicit-constructor)

    // What its first connection does in place of answering.
    [[nodiscard]] receiver doing(loopback_server::script what) && {
        script = std::move(what);
        answers = false;
        return std::move(*this);
    }

    [[nodiscard]] receiver within(std::chrono::milliseconds exchange_limits::* which) && {
        limits.*which = 80ms;
        return std::move(*this);
    }

    std::optional<tls_settings> tls;
    loopback_server::script script = [](peer& p) { p.answer(); };
    bool answers = true;
    exchange_limits limits = patient();
};

tls_settings with(certificate own, std::function<void(SSL_CTX*)> adjust, int newest = 0) {
    tls_settings s(std::move(own));
    s.newest_version = newest;
    s.adjust = std::move(adjust);
    return s;
}

tls_settings offering(char const* ciphers) {
    return with(
        trusted().issue(dns), [ciphers](SSL_CTX* c) { SSL_CTX_set_cipher_list(c, ciphers); }, TLS1_2_VERSION);
}

// Diffie-Hellman with a modulus of 1024 bits.
tls_settings short_dh() {
    auto const weak = [](SSL_CTX* c) {
        std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> const maker(
            EVP_PKEY_CTX_new_from_name(nullptr, "DHX", nullptr), EVP_PKEY_CTX_free);
        EVP_PKEY* group = nullptr;
        BOOST_REQUIRE(EVP_PKEY_paramgen_init(maker.get()) == 1);
        BOOST_REQUIRE(EVP_PKEY_CTX_set_dh_rfc5114(maker.get(), 1) == 1);
        BOOST_REQUIRE(EVP_PKEY_paramgen(maker.get(), &group) == 1);
        BOOST_REQUIRE(SSL_CTX_set0_tmp_dh_pkey(c, group) == 1);
        SSL_CTX_set_cipher_list(c, "DHE-RSA-AES128-GCM-SHA256");
    };
    return with(trusted().issue_rsa(dns), weak, TLS1_2_VERSION);
}

tls_settings asking_for_a_certificate(int newest) {
    return with(
        trusted().issue(dns),
        [](SSL_CTX* c) { SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr); },
        newest);
}

int pick_something_else(SSL*, unsigned char const** out, unsigned char* size, unsigned char const*, unsigned,
                        void*) {
    static unsigned char const unknown[] = "x-unknown";
    *out = unknown;
    *size = sizeof unknown - 1;
    return SSL_TLSEXT_ERR_OK;
}

loopback_server::script answering(std::string bytes) {
    return [bytes = std::move(bytes)](peer& p) {
        p.request();
        p.send(bytes);
    };
}

// Enough to keep a receiver busy beyond its deadline; OpenSSL does not say that the other side is gone.
constexpr int many = 20'000;

void update_keys(peer& p) {
    p.request();
    for (int i = 0; i != many && SSL_key_update(p.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1; ++i)
        if (SSL_do_handshake(p.ssl()) != 1)
            break;
    p.stall();
}

void send_tickets(peer& p) {
    p.request();
    for (int i = 0; i != many && SSL_new_session_ticket(p.ssl()) == 1; ++i)
        if (SSL_do_handshake(p.ssl()) != 1)
            break;
    p.stall();
}

void renegotiate(peer& p) {
    p.request();
    SSL_renegotiate(p.ssl());
    SSL_do_handshake(p.ssl());
    SSL_do_handshake(p.ssl());
}

// An alert of the receiver's, encrypted as one must be.
void alert(peer& p) {
    p.request();
    p.send_raw({"\x17\x03\x03\x00\x13"
                "0123456789abcdefghi",
                24});
    p.stall();
}

void drip(peer& p) {
    p.take(5);
    p.send_raw({"\x16\x03\x03\x00\x7a\x02", 6});
    p.stall();
}

std::map<std::string, std::vector<receiver>> receivers() {
    std::map<std::string, std::vector<receiver>> t;
    certificate_authority const stranger;
    tls_settings const good(trusted().issue(dns));
    tls_settings older(trusted().issue(dns));
    older.newest_version = TLS1_2_VERSION;
    std::string const nul = name + std::string("\0.evil.example", 14);
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    t["RCV-187"] = {tls_settings(trusted().issue_expired(dns))};
    t["RCV-188"] = {tls_settings(trusted().issue("DNS:wrong.example.com"))};
    t["RCV-190"] = {tls_settings(stranger.issue(dns))};
    t["RCV-191"] = {good};
    t["RCV-193"] = {tls_settings(trusted().issue(dns)), tls_settings(trusted().issue_for_common_name(name))};
    t["RCV-194"] = {tls_settings(trusted().issue_without_subject(dns)),
                    tls_settings(trusted().issue_without_subject(""))};
    t["RCV-196"] = {offering("ECDHE-ECDSA-NULL-SHA:NULL"), offering("ECDHE-ECDSA-AES128-SHA")};
    t["RCV-197"] = {short_dh()};
    t["RCV-200"] = {tls_settings(stranger.issue(dns))};
    t["RCV-202"] = {asking_for_a_certificate(TLS1_2_VERSION), asking_for_a_certificate(0)};
    t["RCV-203"] = {tls_settings(stranger.issue(dns))};
    t["RCV-205"] = {tls_settings(trusted().issue_for_common_name(nul))};
    t["RCV-206"] = {
        tls_settings(trusted().issue("DNS:*.com")), tls_settings(trusted().issue("DNS:*.*.example.com")),
        tls_settings(trusted().issue("DNS:*")), tls_settings(trusted().issue("DNS:h*.example.com"))};
    t["RCV-208"] = {good, with(trusted().issue(dns), [](SSL_CTX* c) {
                        SSL_CTX_set_alpn_select_cb(c, pick_something_else, nullptr);
                    })};
    t["RCV-209"] = {receiver().doing(drip).within(&exchange_limits::tls)};
    t["RCV-211"] = {receiver(good).doing(update_keys).within(&exchange_limits::total),
                    receiver(good).doing(send_tickets).within(&exchange_limits::total)};
    t["RCV-212"] = {receiver(older).doing(renegotiate)};
    t["RCV-214"] = {receiver(good).doing([answer = answering(ok + "\r\nbody")](peer& p) {
        answer(p);
        p.fin();
        p.stall();
    })};
    t["RCV-215"] = {receiver(good).doing(alert), receiver(older).doing(alert)};
    t["RCV-217"] = {with(trusted().issue(dns), [](SSL_CTX* c) { SSL_CTX_set_max_early_data(c, 16384); })};
    t["RCV-218"] = {good};
    t["RCV-220"] = {receiver(good).doing(
        [answer = answering(ok + "Connection: close\r\nContent-Length: 0\r\n\r\n")](peer& p) {
            answer(p);
            p.ignore();
        })};
    for (int const version : {TLS1_VERSION, TLS1_1_VERSION}) {
        tls_settings old(trusted().issue(dns));
        old.newest_version = version;
        t["RCV-199"].push_back(old);
    }
    return t;
}

template <class Client>
void check(receiver const& r, std::string const& expect, std::string const& conn) {
    loopback_server server(
        [&](peer& p) {
            if (p.number() == 0)
                r.script(p);
            p.answer();
        },
        r.tls);
    Client client(r.limits, typename Client::transport_type().trust_pem(trusted().pem()));
    auto const x = client.post(tls_url(server.port()));
    BOOST_TEST(posthorn::test::is_as_expected(x, expect), "status " << x.response.status << ", "
                                                                    << x.error.message() << " (" << x.detail
                                                                    << ") is not " << expect);
    bool const proved = expect.find("tls.") == std::string::npos;
    if (!x.error)
        BOOST_TEST(client.post(tls_url(server.port())).reused_connection == (conn == "reuse"));
    server.stop();
    // What a script does, it does behind the handshake.
    if (!proved && r.answers)
        BOOST_TEST(server.application_bytes() == 0U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_hostile_tls)

BOOST_AUTO_TEST_CASE_TEMPLATE(gives_the_verdicts_of_the_catalogue, Client, all_clients) {
    auto const all = receivers();
    claimed_entries claimed("integration_hostile_tls");
    claimed.each([&](std::string const& id, boost::json::object const& entry) {
        auto const found = all.find(id);
        BOOST_TEST_REQUIRE((found != all.end()), "not tested");
        for (std::size_t i = 0; i != found->second.size(); ++i)
            BOOST_TEST_CONTEXT("form " << i)
        check<Client>(found->second[i], claimed.expected(entry, "expect", i),
                      claimed.expected(entry, "conn", i));
    });
    BOOST_TEST(claimed.all().size() == all.size());
}

// A receiver may prove its name with another certificate each time.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_certificate_may_change, Client, all_clients) {
    Client client(patient(), typename Client::transport_type().trust_pem(trusted().pem()));
    for (int i = 0; i != 2; ++i) {
        loopback_server server([](peer& p) { p.answer(); }, tls_settings(trusted().issue(dns)));
        BOOST_TEST(!client.post(tls_url(server.port())).error);
    }
}

// No request goes out with the first bytes of a handshake, where it could be replayed.
BOOST_AUTO_TEST_CASE_TEMPLATE(no_request_is_early_data, Client, all_clients) {
    int early = 0;
    loopback_server server(
        [&](peer& p) {
            p.request();
            early += SSL_get_early_data_status(p.ssl()) == SSL_EARLY_DATA_NOT_SENT ? 0 : 1;
            p.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        },
        with(trusted().issue(dns), [](SSL_CTX* c) { SSL_CTX_set_max_early_data(c, 16384); }));
    Client client(patient(), typename Client::transport_type().trust_pem(trusted().pem()));
    for (int i = 0; i != 3; ++i)
        BOOST_TEST(!client.post(tls_url(server.port())).error);
    server.stop();
    BOOST_TEST(early == 0);
    BOOST_TEST(server.handshakes() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
