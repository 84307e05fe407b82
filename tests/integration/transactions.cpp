// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/defaults.hpp>

#include "../support/certificates.hpp"
#include "../support/loopback_server.hpp"
#include "../support/transport_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::errc;
using posthorn::result;
using posthorn::transaction_report;
using posthorn::test::certificate_authority;
using posthorn::test::loopback_server;
using posthorn::test::plain_200;
using posthorn::test::tls_settings;
using peer = loopback_server::peer;

struct order {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (id))

using objects = posthorn::catalog<posthorn::object<order, "order">>;

struct policies : posthorn::default_policies::with_guard<posthorn::allow_list>::with_semantics<
                      posthorn::in_transaction, posthorn::after_commit, posthorn::fire_and_forget> {};

class counting_transaction {
  public:
    explicit counting_transaction(int& committed, int& rolled_back)
        : committed_(&committed), rolled_back_(&rolled_back) {}
    result<void> commit() {
        ++*committed_;
        return {};
    }
    result<void> rollback() {
        ++*rolled_back_;
        return {};
    }

  private:
    int* committed_;
    int* rolled_back_;
};

// A host whose webhook of this mode is called at the receiver.
struct caller {
    explicit caller(loopback_server const& server, certificate_authority const* authority = nullptr,
                    posthorn::options settings = posthorn::options())
        : hooks(io, posthorn::allow_list().allow_loopback(server.port()),
                trusting<posthorn::beast_async>(authority), trusting<posthorn::beast_sync>(authority),
                settings) {
        auto const scheme = std::string(authority == nullptr ? "http" : "https");
        auto const saved =
            hooks.save(hooks.webhook("Ask")
                           .on<order>()
                           .post(scheme + "://127.0.0.1:" + std::to_string(server.port()) + "/{{order.id}}")
                           .body("{{order.id}}")
                           .in_transaction());
        BOOST_REQUIRE(saved.has_value());
    }

    template <class Transport>
    static Transport trusting(certificate_authority const* authority) {
        return authority == nullptr ? Transport() : Transport().trust_pem(authority->pem());
    }

    transaction_report change(int id, bool blocking) {
        auto tx = hooks.begin(counting_transaction(committed, rolled_back));
        order const o{id};
        tx.created(o);
        if (blocking)
            return tx.commit();
        std::optional<transaction_report> report;
        tx.async_commit([&](transaction_report r) { report = std::move(r); });
        io.restart();
        while (!report)
            io.run_one();
        return *std::move(report);
    }

    boost::asio::io_context io;
    posthorn::dispatcher<objects, policies> hooks;
    int committed = 0;
    int rolled_back = 0;
};

// Counts as long as it lives, however that ends.
class counted {
  public:
    explicit counted(std::atomic<int>& n) : n_(n) { ++n_; }
    counted(counted const&) = delete;
    counted& operator=(counted const&) = delete;
    ~counted() { --n_; }

  private:
    std::atomic<int>& n_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(integration_transactions)

BOOST_AUTO_TEST_CASE(a_receiver_can_veto_over_http_and_https) {
    certificate_authority const authority;
    for (bool const tls : {false, true})
        for (bool const blocking : {true, false}) {
            auto const answer = [](peer& p) {
                while (true) {
                    auto const request = p.request();
                    if (request.empty())
                        return;
                    p.send(request.starts_with("POST /13 ")
                               ? "HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno"
                               : plain_200);
                }
            };
            loopback_server server(answer, tls ? std::optional(tls_settings(authority.issue("IP:127.0.0.1")))
                                               : std::nullopt);
            caller host(server, tls ? &authority : nullptr);
            for (int id = 1; id != 21; ++id) {
                auto const report = host.change(id, blocking);
                BOOST_TEST(report.committed() == (id != 13));
                if (!report) {
                    BOOST_REQUIRE(report.error().call() != nullptr);
                    BOOST_TEST(report.error().call()->status() == 409);
                    BOOST_TEST(report.error().call()->answer() == "no");
                }
            }
            BOOST_TEST(host.committed == 19);
            BOOST_TEST(host.rolled_back == 1);
            server.stop();
            // One connection for all of them.
            BOOST_TEST(server.connections() == 1U);
            BOOST_TEST(server.requests().size() == 20U);
        }
}

BOOST_AUTO_TEST_CASE(a_receiver_that_says_nothing_is_cut_at_the_deadline_of_the_call) {
    posthorn::options settings;
    settings.exchange.tick = 5ms;
    settings.call_deadline = 60ms;
    for (bool const blocking : {true, false}) {
        loopback_server silent([](peer& p) { p.stall(); });
        caller host(silent, nullptr, settings);
        auto const begun = std::chrono::steady_clock::now();
        auto const report = host.change(1, blocking);
        BOOST_TEST((report.error().code() == errc::total_timeout));
        BOOST_TEST((std::chrono::steady_clock::now() - begun < 5s));
        BOOST_TEST(host.rolled_back == 1);
    }
}

// The blocking transport runs a context of its own, also where the host's context runs.
BOOST_AUTO_TEST_CASE(a_commit_may_block_inside_a_handler) {
    loopback_server server([](peer& p) { p.answer(); });
    caller host(server);
    bool committed = false;
    boost::asio::post(host.io, [&] { committed = host.change(1, true).committed(); });
    host.io.run();
    BOOST_TEST(committed);
}

BOOST_AUTO_TEST_CASE(many_threads_may_commit_at_once) {
    constexpr int threads = 6;
    constexpr int each = 40;
    loopback_server server([](peer& p) { p.answer(); });
    caller host(server);
    std::atomic<int> committed{0};
    {
        std::vector<std::jthread> all;
        for (int t = 0; t != threads; ++t)
            all.emplace_back([&] {
                for (int i = 0; i != each; ++i) {
                    auto tx = host.hooks.begin();
                    order const o{i};
                    tx.created(o);
                    committed += tx.commit().committed();
                }
            });
    }
    BOOST_TEST(committed == threads * each);
    server.stop();
    BOOST_TEST(server.requests().size() == std::size_t{threads * each});
    BOOST_TEST(server.connections() <= std::size_t{threads});
}

// Connections of threads that have gone are closed when somebody else calls.
BOOST_AUTO_TEST_CASE(superfluous_connections_are_closed) {
    constexpr int threads = 5;
    posthorn::options settings;
    settings.exchange.tick = 1ms;
    settings.exchange.idle = 20ms;
    std::atomic<int> open{0};
    std::atomic<int> waiting{0};
    loopback_server server([&](peer& p) {
        counted const me(open);
        p.request();
        // All of them are there at one time.
        for (++waiting; waiting < threads;)
            std::this_thread::yield();
        p.send(plain_200);
        p.answer();
    });
    caller host(server, nullptr, settings);
    {
        std::vector<std::jthread> all;
        for (int t = 0; t != threads; ++t)
            all.emplace_back([&] {
                auto tx = host.hooks.begin();
                order const o{1};
                tx.created(o);
                BOOST_TEST(tx.commit().committed());
            });
    }
    BOOST_TEST(open == threads);
    auto const longest = std::chrono::steady_clock::now() + 20s;
    while (open > 1 && std::chrono::steady_clock::now() < longest)
        BOOST_TEST(host.change(1, true).committed());
    BOOST_TEST(open <= 1);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_a_call_that_blocks) {
    loopback_server silent([](peer& p) {
        p.request();
        p.mark();
        p.stall();
    });
    caller host(silent);
    std::jthread const stopper([&] {
        while (silent.marks() == 0)
            std::this_thread::yield();
        host.hooks.stop();
    });
    BOOST_TEST((host.change(1, true).error().code() == errc::cancelled));
    BOOST_TEST(host.rolled_back == 1);
}

BOOST_AUTO_TEST_SUITE_END()
