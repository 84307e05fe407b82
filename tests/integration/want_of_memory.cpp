// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/transport/beast_async.hpp>

#include "support/loopback_server.hpp"
#include "support/transport_client.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

namespace {

// This thread's next allocation of so many bytes or more fails; 0: none.
thread_local std::size_t failing_size = 0;

} // namespace

void* operator new(std::size_t size) {
    if (failing_size != 0 && size >= failing_size) {
        failing_size = 0;
        throw std::bad_alloc();
    }
    if (auto* const p = std::malloc(size == 0 ? 1 : size))
        return p;
    throw std::bad_alloc();
}

void* operator new[](std::size_t size) {
    return operator new(size);
}

void operator delete(void* p) noexcept {
    std::free(p);
}

void operator delete[](void* p) noexcept {
    std::free(p);
}

void operator delete[](void* p, std::size_t) noexcept {
    std::free(p);
}

void operator delete(void* p, std::size_t) noexcept {
    std::free(p);
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

BOOST_AUTO_TEST_SUITE_END()
