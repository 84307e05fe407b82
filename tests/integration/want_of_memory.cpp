// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/transport/beast_async.hpp>

#include "support/loopback_server.hpp"
#include "support/transport_client.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <malloc.h>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

// This thread's next allocation of so many bytes or more fails; 0: none.
thread_local std::size_t failing_size = 0;

// Bytes that this thread allocated and did not free, and the most of them so far.
thread_local std::int64_t held = 0;
thread_local std::int64_t most_held = 0;

void* counted(void* p) noexcept {
    held += static_cast<std::int64_t>(malloc_usable_size(p));
    most_held = std::max(most_held, held);
    return p;
}

void release(void* p) noexcept {
    held -= static_cast<std::int64_t>(malloc_usable_size(p));
    std::free(p);
}

// What OpenSSL allocates counts, too.
bool const counts_openssl =
    CRYPTO_set_mem_functions(
        [](std::size_t n, char const*, int) { return n == 0 ? nullptr : counted(std::malloc(n)); },
        [](void* p, std::size_t n, char const*, int) -> void* {
            held -= static_cast<std::int64_t>(malloc_usable_size(p));
            if (n != 0)
                return counted(std::realloc(p, n));
            std::free(p);
            return nullptr;
        },
        [](void* p, char const*, int) { release(p); }) == 1;

} // namespace

void* operator new(std::size_t size) {
    if (failing_size != 0 && size >= failing_size) {
        failing_size = 0;
        throw std::bad_alloc();
    }
    if (auto* const p = std::malloc(size == 0 ? 1 : size))
        return counted(p);
    throw std::bad_alloc();
}

void* operator new[](std::size_t size) {
    return operator new(size);
}

void operator delete(void* p) noexcept {
    release(p);
}

void operator delete[](void* p) noexcept {
    release(p);
}

void operator delete[](void* p, std::size_t) noexcept {
    release(p);
}

void operator delete(void* p, std::size_t) noexcept {
    release(p);
}

using namespace posthorn;
using namespace posthorn::test;

using peer = loopback_server::peer;

namespace {

std::string url_of(loopback_server const& server) {
    return "http://127.0.0.1:" + std::to_string(server.port()) + "/in";
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_want_of_memory)

BOOST_AUTO_TEST_CASE(a_request_that_finds_no_memory_fails_and_the_next_one_is_sent) {
    constexpr std::size_t large = 1 << 20;
    loopback_server server([](peer& p) { p.answer(); });
    transport_client client;
    outgoing what(url_of(server), std::string(large, 'x'));
    for (int kept = 0; kept != 2; ++kept) {
        failing_size = large;
        BOOST_TEST(client.send(*what).error == errc::policy_threw);
        BOOST_TEST(failing_size == 0U);
        BOOST_TEST(!client.post(url_of(server)).error);
    }
    BOOST_TEST(!client.send(*what).error);
}

BOOST_AUTO_TEST_CASE(a_header_that_finds_no_memory_is_an_error_of_its_exchange) {
    loopback_server server([](peer& p) {
        p.request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: " + std::string(5000, 'y') + "\r\n\r\n");
    });
    transport_client client;
    outgoing what(url_of(server));
    failing_size = 8192;
    BOOST_TEST(client.send(*what).error == errc::policy_threw);
    BOOST_TEST(failing_size == 0U);
    BOOST_TEST(!client.send(*what).error);
}

BOOST_AUTO_TEST_CASE(a_body_that_finds_no_memory_does_not_change_what_the_header_decided) {
    loopback_server server([](peer& p) {
        for (;;) {
            p.request();
            p.send("HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + std::string(3000, 'z'));
        }
    });
    transport_client client;
    outgoing what(url_of(server));
    // The connection has what it needs.
    BOOST_TEST(!client.send(*what).error);
    failing_size = 2000;
    auto const outcome = client.send(*what);
    BOOST_TEST(failing_size == 0U);
    BOOST_TEST(!outcome.error);
    BOOST_TEST(outcome.response.status == 200);
    BOOST_TEST(!client.send(*what).error);
    server.stop();
    BOOST_TEST(server.connections() == 2U);
}

// What a delivery takes above its request, with the receivers that try for the most: its connection, the
// exchange, and on request the TLS of it.
BOOST_AUTO_TEST_CASE(a_delivery_takes_little_whatever_its_receiver_sends) {
    constexpr std::int64_t most = 128 * 1024;
    // What OpenSSL and Asio take for TLS, the same with each receiver. Since OpenSSL 3.5 a client offers a
    // key of ML-KEM by default, which takes 11 KB until the handshake ends, and its objects are 3 KB larger.
    constexpr std::int64_t most_with_tls = most + (OPENSSL_VERSION_PREREQ(3, 5) ? 32 : 16) * 1024;
    certificate_authority const trusted;
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    std::string const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    std::string hints;
    for (int i = 0; i != 8; ++i)
        hints += "HTTP/1.1 103 Hints\r\nLink: " + std::string(1900, 'l') + "\r\n\r\n";
    std::string folded = ok + "X: a";
    for (int i = 0; i != 1000; ++i)
        folded += "\r\n folded line";
    // What is sent, and what follows without end.
    struct hostile {
        char const* what;
        std::string begin;
        std::string unit;
    };
    std::vector<hostile> const receivers{
        {"a whole answer", std::string(plain_200), ""},
        {"a reason", "HTTP/1.1 200 ", "r"},
        {"fields", ok, "X-Field: " + std::string(200, 'v') + "\r\n"},
        {"one field", ok + "X: ", "v"},
        {"lines of a field", ok + "X: a", "\r\n b"},
        {"a large header", folded + "\r\n\r\n", ""},
        {"interim answers", hints, hints},
        {"a location", "HTTP/1.1 302 F\r\nLocation: /", "l"},
        {"a body", ok + "\r\n", "b"},
        {"a long body", ok + "Content-Length: 18446744073709551615\r\n\r\n", "b"},
        {"a chunk", chunked + "ffffffff\r\n", "b"},
        {"chunks", chunked, "1\r\nx\r\n"},
        {"a chunk extension", chunked + "1;", "x"},
        {"a chunk size", chunked, "0"},
        {"trailers", chunked + "0\r\n", "X: y\r\n"},
        {"one trailer", chunked + "0\r\nX: ", "y"},
    };
    for (bool const tls : {false, true})
        for (auto const& r : receivers)
            BOOST_TEST_CONTEXT(r.what << (tls ? " with TLS" : "")) {
                loopback_server server(
                    [&](peer& p) {
                        if (p.number() == 0)
                            return;
                        p.request();
                        p.send(r.begin);
                        if (!r.unit.empty())
                            p.flood(r.unit, 1 << 20);
                        p.fin();
                        p.stall();
                    },
                    tls ? std::optional<tls_settings>(trusted.issue("DNS:hooks.example.com")) : std::nullopt);
                transport_client client(patient(), beast_async().trust_pem(trusted.pem()));
                auto const to = tls ? tls_url(server.port()) : url_of(server);
                // What the client takes once.
                (void)client.post(to);
                outgoing what(to);
                auto const before = most_held = held;
                (void)client.send(*what);
                BOOST_TEST_MESSAGE(r.what << (tls ? " with TLS" : "") << ": " << most_held - before
                                          << " bytes");
                BOOST_TEST(most_held - before <= (tls ? most_with_tls : most));
                BOOST_TEST(most_held > before);
            }
    BOOST_TEST(counts_openssl);
}

// Before a request is sent, whoever answers shows certificates and names authorities; later it gives tickets.
BOOST_AUTO_TEST_CASE(a_handshake_takes_little_whatever_its_receiver_sends) {
    constexpr std::int64_t most = 384 * 1024;
    certificate_authority const trusted;
    auto const own = trusted.issue("DNS:hooks.example.com");
    auto const chain = [&](int certificates) {
        return [&trusted, certificates](SSL_CTX* context) {
            for (int i = 0; i != certificates; ++i)
                SSL_CTX_add1_chain_cert(context, trusted.native());
        };
    };
    auto const authorities = [&](int names) {
        return [&own, names](SSL_CTX* context) {
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
            for (int i = 0; i != names; ++i)
                SSL_CTX_add_client_CA(context, own.native());
        };
    };
    auto const tickets = [](SSL_CTX* context) {
        SSL_CTX_set_session_ticket_cb(
            context,
            [](SSL* ssl, void*) {
                std::string const large(60'000, 't');
                return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), large.data(), large.size());
            },
            nullptr, nullptr);
    };
    struct hostile {
        char const* what;
        std::function<void(SSL_CTX*)> adjust;
        bool is_read;
    };
    std::vector<hostile> const receivers{
        {"a long chain", chain(30), true},
        {"a chain without end", chain(200), false},
        {"many authorities", authorities(600), true},
        {"authorities without end", authorities(4000), false},
        {"large tickets", tickets, true},
    };
    for (auto const& r : receivers)
        BOOST_TEST_CONTEXT(r.what) {
            tls_settings settings(own);
            loopback_server usual([](peer&) {}, settings);
            settings.adjust = r.adjust;
            loopback_server server([](peer& p) { p.answer(); }, settings);
            transport_client client(patient(), beast_async().trust_pem(trusted.pem()));
            // What the client takes once.
            (void)client.post(tls_url(usual.port()));
            outgoing what(tls_url(server.port()));
            auto const before = most_held = held;
            auto const outcome = client.send(*what);
            BOOST_TEST_MESSAGE(r.what << ": " << most_held - before << " bytes");
            BOOST_TEST(most_held - before <= most);
            BOOST_TEST(outcome.error == (r.is_read ? error_code() : errc::tls_handshake_failed),
                       outcome.detail);
        }
}

BOOST_AUTO_TEST_SUITE_END()
