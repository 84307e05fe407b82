// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/certificates.hpp"
#include "../support/loopback_server.hpp"
#include "../support/transport_client.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A good response that ends, in each way, after each of its bytes.

namespace {

using namespace std::chrono_literals;
using posthorn::errc;
using posthorn::exchange_limits;
using posthorn::test::all_clients;
using posthorn::test::loopback_server;
using posthorn::test::outgoing;
using posthorn::test::patient;
using posthorn::test::plain_200;
using posthorn::test::plain_url;
using posthorn::test::tls_settings;
using posthorn::test::tls_url;
using posthorn::test::trusted;
using peer = loopback_server::peer;

struct good_response {
    char const* what;
    std::string bytes;
    std::string interim{};
    int status = 200;
    bool ends_with_the_connection = false;

    // Where the final header ends.
    [[nodiscard]] std::size_t decided() const { return bytes.find("\r\n\r\n", interim.size()) + 4; }
};

std::vector<good_response> responses() {
    std::string const sized = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    std::string const hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    return {
        {"with a length", sized},
        {"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                      "chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nX: y\r\n\r\n"},
        {"without a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"up to the end", "HTTP/1.1 200 OK\r\n\r\nhello", "", 200, true},
        {"behind an interim one", hint + sized, hint},
        {"without a body", "HTTP/1.1 204 No Content\r\n\r\n", "", 204},
    };
}

enum class ending { closed, reset, stalled };

// The error of a response that ends after `count` bytes; none: it is delivered.
std::optional<errc> expected(good_response const& r, std::size_t count, ending how) {
    if (count >= r.decided())
        return std::nullopt;
    if (how == ending::stalled)
        return errc::response_timeout;
    // Between two responses there is nothing that could have begun.
    if (count != 0 && count != r.interim.size())
        return errc::partial_response;
    return how == ending::reset ? errc::connection_reset : errc::eof_before_response;
}

template <class Client>
class sweep {
  public:
    sweep(good_response const& r, ending how, bool tls)
        : response_(r),
          how_(how),
          tls_(tls),
          server_([this](peer& p) { serve(p); },
                  tls ? std::optional<tls_settings>(trusted().issue("DNS:hooks.example.com"))
                      : std::nullopt) {}

    // All cuts from `first` on and before `last`, at one time: each waits for nothing but its own end.
    void run(std::size_t first, std::size_t last, exchange_limits limits) {
        Client client(limits, typename Client::transport_type().trust_pem(trusted().pem()));
        std::list<outgoing> requests;
        std::vector<typename Client::outcome> outcomes;
        for (auto count = first; count != last; ++count) {
            requests.emplace_back(url(std::to_string(count)));
            outcomes.push_back(client.start(*requests.back()));
        }
        for (std::size_t i = 0; i != outcomes.size(); ++i) {
            auto const x = client.wait(outcomes[i]);
            auto const error = expected(response_, first + i, how_);
            BOOST_TEST_CONTEXT("after " << first + i << " bytes") {
                BOOST_TEST(x.error == (error ? make_error_code(*error) : posthorn::error_code()),
                           x.error.message());
                BOOST_TEST(x.response.status == (error ? 0 : response_.status));
            }
        }
        outgoing next(url("next"));
        BOOST_TEST(!client.send(*next).error);
    }

  private:
    [[nodiscard]] std::string url(std::string const& path) const {
        auto const whole = tls_ ? tls_url(server_.port()) : plain_url(server_.port());
        return whole.substr(0, whole.rfind('/') + 1) + path;
    }

    // "/17": so many bytes, and the end.
    void serve(peer& p) {
        auto const text = p.request();
        if (text.starts_with("POST /next")) {
            p.send(plain_200);
            p.answer();
        }
        auto const count = std::strtoul(text.c_str() + std::string_view("POST /").size(), nullptr, 10);
        p.send(std::string_view(response_.bytes).substr(0, count));
        if (how_ == ending::reset)
            p.reset();
        if (how_ == ending::closed)
            p.fin();
        p.stall();
    }

    good_response const& response_;
    ending how_;
    bool tls_;
    loopback_server server_;
};

template <class Client>
void sweep_all(ending how, bool tls) {
    for (auto const& r : responses())
        BOOST_TEST_CONTEXT(r.what << (tls ? " with TLS" : "")) {
            sweep<Client> all(r, how, tls);
            auto waits_for_header = patient();
            waits_for_header.tick = 1ms;
            auto waits_for_body = waits_for_header;
            if (how == ending::stalled) {
                waits_for_header.response = 30ms;
                waits_for_body.body = 30ms;
            }
            all.run(0, r.decided(), waits_for_header);
            // A whole response leaves a good connection.
            bool const whole = how != ending::stalled;
            all.run(r.decided(), r.bytes.size() + (whole ? 1U : 0U), waits_for_body);
        }
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_response_sweeps)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_response_is_closed_after_each_byte, Client, all_clients) {
    for (bool const tls : {false, true})
        sweep_all<Client>(ending::closed, tls);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_response_is_reset_after_each_byte, Client, all_clients) {
    for (bool const tls : {false, true})
        sweep_all<Client>(ending::reset, tls);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_response_stalls_after_each_byte, Client, all_clients) {
    for (bool const tls : {false, true})
        sweep_all<Client>(ending::stalled, tls);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_response_comes_byte_by_byte, Client, all_clients) {
    for (bool const tls : {false, true})
        for (auto const& r : responses())
            BOOST_TEST_CONTEXT(r.what << (tls ? " with TLS" : "")) {
                loopback_server server(
                    [&](peer& p) {
                        do {
                            p.request();
                            p.drip(r.bytes);
                        } while (!r.ends_with_the_connection);
                    },
                    tls ? std::optional<tls_settings>(trusted().issue("DNS:hooks.example.com"))
                        : std::nullopt);
                Client client(patient(), typename Client::transport_type().trust_pem(trusted().pem()));
                for (bool const again : {false, true}) {
                    auto const x = client.post(tls ? tls_url(server.port()) : plain_url(server.port()));
                    BOOST_TEST(!x.error, x.error.message());
                    BOOST_TEST(x.response.status == r.status);
                    BOOST_TEST(x.reused_connection == (again && !r.ends_with_the_connection));
                }
            }
}

// A kept connection that ends after any byte of an answer: a second try without a byte, and none after one.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_kept_connection_ends_after_each_byte, Client, all_clients) {
    auto const response = responses().front();
    for (auto const how : {ending::closed, ending::reset})
        for (std::size_t count = 0; count != response.decided(); ++count) {
            loopback_server server([&](peer& p) {
                p.request();
                p.send(plain_200);
                p.request();
                if (p.number() != 0)
                    p.answer();
                p.send(std::string_view(response.bytes).substr(0, count));
                if (how == ending::reset)
                    p.reset();
            });
            Client client;
            BOOST_TEST_CONTEXT("after " << count << " bytes") {
                BOOST_TEST(!client.post(plain_url(server.port())).error);
                auto const x = client.post(plain_url(server.port()));
                BOOST_TEST(x.error ==
                           (count == 0 ? posthorn::error_code() : make_error_code(errc::partial_response)));
                BOOST_TEST(x.reused_connection == (count != 0));
                server.stop();
                BOOST_TEST(server.connections() == (count == 0 ? 2U : 1U));
                BOOST_TEST(server.request_count() == (count == 0 ? 3U : 2U));
            }
        }
}

// With the limits divided by a hundred no receiver holds a send longer than a hundredth of 32 s, but for
// ticks and what else the machine has to do.
BOOST_AUTO_TEST_CASE_TEMPLATE(no_receiver_holds_a_send_beyond_its_limits, Client, all_clients) {
    exchange_limits limits;
    for (auto const limit : {&exchange_limits::resolve, &exchange_limits::connect, &exchange_limits::tls,
                             &exchange_limits::response, &exchange_limits::total, &exchange_limits::body,
                             &exchange_limits::tick})
        limits.*limit /= 100;
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    struct slow {
        char const* what;
        loopback_server::script script;
        bool https = false;
    };
    std::vector<slow> const receivers{
        {"silence", [](peer& p) { p.stall(); }},
        {"no handshake", [](peer& p) { p.stall(); }, true},
        {"a body that is not read", [](peer& p) { p.ignore(); }},
        {"half a header",
         [&](peer& p) {
             p.request();
             p.send(ok);
             p.stall();
         }},
        {"half a body",
         [&](peer& p) {
             p.request();
             p.send(ok + "Content-Length: 5\r\n\r\nhell");
             p.stall();
         }},
        {"interim answers",
         [&](peer& p) {
             p.request();
             p.drip("HTTP/1.1 103 Hints\r\n\r\n");
             p.stall();
         }},
        {"chunks without an end",
         [&](peer& p) {
             p.request();
             p.send(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
             p.stall();
         }},
    };
    for (auto const& r : receivers) {
        loopback_server server(r.script);
        Client client(limits);
        outgoing what(r.https ? tls_url(server.port()) : plain_url(server.port()),
                      std::string(16 << 20, 'b'));
        auto const began = std::chrono::steady_clock::now();
        (void)client.send(*what);
        auto const took =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
        BOOST_TEST_MESSAGE(r.what << ": held for " << took.count() << " ms of 320");
        BOOST_TEST(took.count() < 2000);
    }
}

BOOST_AUTO_TEST_SUITE_END()
