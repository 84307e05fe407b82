// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/defaults.hpp>
#include <posthorn/signing/verify.hpp>

#include "../support/certificates.hpp"
#include "../support/loopback_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::test::certificate_authority;
using posthorn::test::loopback_server;
using peer = loopback_server::peer;

struct order {
    std::int64_t id = 0;
    std::string note;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, note))

using objects = posthorn::catalog<posthorn::object<order, "order">>;

/// Models Observer: keeps what was rendered, by delivery.
class rendered_log {
  public:
    struct texts {
        std::string target;
        std::string headers;
        std::string body;
    };

    void on_accepted(posthorn::accepted_notice const& n) {
        auto const& r = n.what.request();
        std::scoped_lock const lock(state_->mutex);
        state_->all.emplace(posthorn::to_text(n.what.id()),
                            texts{std::string(r.target()), std::string(r.headers()), std::string(r.body())});
    }

    [[nodiscard]] std::map<std::string, texts> all() const {
        std::scoped_lock const lock(state_->mutex);
        return state_->all;
    }

  private:
    struct state {
        std::mutex mutex;
        std::map<std::string, texts> all;
    };

    std::shared_ptr<state> state_ = std::make_shared<state>();
};

using watchers = posthorn::observers<posthorn::counters, rendered_log>;

struct policies : posthorn::default_policies::with_guard<posthorn::allow_list>::with_retry<
                      posthorn::exponential>::with_observer<watchers> {};

// A receiver that fails in several ways before it works; what it took is what it answered 200.
class flaky_receiver {
  public:
    explicit flaky_receiver(int failures, std::optional<posthorn::test::tls_settings> tls = std::nullopt)
        : left_(failures), server_([this](peer& p) { serve(p); }, std::move(tls)) {}

    [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }
    void stop() { server_.stop(); }

    [[nodiscard]] std::vector<std::string> taken() const {
        std::scoped_lock const lock(mutex_);
        return taken_;
    }

    [[nodiscard]] std::size_t handshakes() const { return server_.handshakes(); }

  private:
    void serve(peer& p) {
        for (;;) {
            auto text = p.request();
            auto const failure = left_.fetch_sub(1);
            if (failure > 0 && failure % 4 == 0)
                return;
            if (failure > 0 && failure % 4 == 1)
                p.reset();
            if (failure > 0) {
                p.send(failure % 4 == 2 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
                                        : "rubbish\r\n\r\n");
                continue;
            }
            // Before the answer: what the dispatcher counts as delivered is here.
            {
                std::scoped_lock const lock(mutex_);
                taken_.push_back(std::move(text));
            }
            p.send(posthorn::test::plain_200);
        }
    }

    std::atomic<int> left_;
    mutable std::mutex mutex_;
    std::vector<std::string> taken_;
    loopback_server server_;
};

std::string field(std::string_view request, std::string const& name) {
    auto const at = request.find("\r\n" + name + ": ");
    if (at == std::string_view::npos)
        return {};
    auto const begin = at + name.size() + 4;
    return std::string(request.substr(begin, request.find('\r', begin) - begin));
}

// A request as it arrived is the one that was rendered, with what HTTP needs in front, and the secret and the
// signature behind.
void check_arrived(std::string const& request, std::string const& host, rendered_log::texts const& rendered,
                   posthorn::webhook_verifier const& verifier) {
    auto const length = "Content-Length: " + std::to_string(rendered.body.size()) + "\r\n";
    auto const begin = "POST " + rendered.target + " HTTP/1.1\r\nHost: " + host + "\r\n" + length +
                       rendered.headers + "X-Api-Key: k-1234\r\nwebhook-id: ";
    BOOST_TEST(request.substr(0, begin.size()) == begin);
    auto const body = request.substr(request.find("\r\n\r\n") + 4);
    BOOST_TEST(body == rendered.body);
    auto const timestamp = field(request, "webhook-timestamp");
    BOOST_REQUIRE(!timestamp.empty());
    posthorn::wall_time const then{std::chrono::seconds(std::stoll(timestamp))};
    auto const verdict = verifier.verify(field(request, "webhook-id"), timestamp,
                                         field(request, "webhook-signature"), body, then);
    BOOST_TEST(verdict.has_value());
}

// Two shards, each with a thread of its own.
class two_threads {
  public:
    two_threads() {
        for (std::size_t i = 0; i != 2; ++i)
            threads_[i] = std::thread([this, i] { contexts_[i].run(); });
    }

    two_threads(two_threads const&) = delete;
    two_threads& operator=(two_threads const&) = delete;

    ~two_threads() {
        for (std::size_t i = 0; i != 2; ++i) {
            work_[i].reset();
            threads_[i].join();
        }
    }

    [[nodiscard]] posthorn::shards shards() { return posthorn::shards(contexts_[0], contexts_[1]); }

  private:
    using guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

    boost::asio::io_context contexts_[2];
    guard work_[2] = {guard(contexts_[0].get_executor()), guard(contexts_[1].get_executor())};
    std::thread threads_[2];
};

} // namespace

BOOST_AUTO_TEST_SUITE(integration_dispatcher)

BOOST_AUTO_TEST_CASE(everything_arrives_as_it_was_rendered_once_receivers_work) {
    constexpr int events = 150;
    constexpr int failures = 60;
    posthorn::secret const key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    auto const verifier = posthorn::webhook_verifier::create({key});
    BOOST_REQUIRE(verifier.has_value());
    certificate_authority const authority;
    flaky_receiver plain(failures);
    flaky_receiver over_tls(failures, authority.issue("IP:127.0.0.1"));
    posthorn::counters counts;
    rendered_log log;
    two_threads threads;
    {
        posthorn::options options;
        options.exchange.tick = 5ms;
        options.breaker_wait = options.longest_breaker_wait = 5ms;
        posthorn::dispatcher<objects, policies> hooks(
            threads.shards(), posthorn::beast_async().trust_pem(authority.pem()),
            posthorn::allow_list().allow_loopback(plain.port()).allow_loopback(over_tls.port()),
            posthorn::exponential(2ms, 1.2, 20ms, 1000), watchers(counts, log), options);
        // Several webhooks per receiver, so that both shards have some.
        for (int i = 0; i != 6; ++i) {
            auto const receiver = i % 2 == 0 ? "http://127.0.0.1:" + std::to_string(plain.port())
                                             : "https://127.0.0.1:" + std::to_string(over_tls.port());
            auto draft = hooks.webhook("w" + std::to_string(i))
                             .on<order>()
                             .post(receiver + "/" + std::to_string(i) + "/{{order.id}}?note={{order.note}}")
                             .header("X-Order", "{{order.id}}")
                             .header("X-Api-Key", posthorn::secret("k-1234"))
                             .sign(key);
            auto const saved = i < 4 ? hooks.save(std::move(draft).body(posthorn::default_body))
                                     : hooks.save(std::move(draft).body(R"({"order": {{order.note}}})"));
            BOOST_REQUIRE_MESSAGE(saved.has_value(), (saved ? "" : saved.error().text()));
        }
        std::promise<posthorn::error_code> ran;
        hooks.async_run([&](posthorn::error_code ec) { ran.set_value(ec); });
        for (int i = 0; i != events; ++i) {
            order const o{i, "\"" + std::to_string(i) + "\" & more \xc3\xa4"};
            BOOST_TEST(hooks.dispatch(posthorn::created(o)).accepted() == 6U);
        }
        std::promise<posthorn::error_code> drained;
        hooks.async_drain(60s, [&](posthorn::error_code ec) { drained.set_value(ec); });
        BOOST_TEST(!drained.get_future().get());
        BOOST_TEST(!ran.get_future().get());
    }
    plain.stop();
    over_tls.stop();

    auto const rendered = log.all();
    std::set<std::string> ids;
    for (auto const* const receiver : {&plain, &over_tls}) {
        auto const taken = receiver->taken();
        BOOST_TEST(taken.size() == 3U * events);
        auto const host = "127.0.0.1:" + std::to_string(receiver->port());
        for (auto const& request : taken) {
            auto const id = field(request, "webhook-id");
            BOOST_TEST(ids.insert(id).second);
            auto const found = rendered.find(id);
            BOOST_REQUIRE((found != rendered.end()));
            check_arrived(request, host, found->second, *verifier);
        }
    }
    BOOST_TEST(ids.size() == 6U * events);
    auto const v = counts.values();
    BOOST_TEST(v.accepted == 6U * events);
    BOOST_TEST(v.delivered == 6U * events);
    BOOST_TEST(v.attempts == v.delivered + v.retries);
    BOOST_TEST(v.failed_attempts == v.retries);
    // A failure is a retry, unless it met a kept connection and was made up for at once.
    BOOST_TEST(v.retries > 0U);
    BOOST_TEST(v.retries <= 2U * failures);
    BOOST_TEST(v.failed == 0U);
    BOOST_TEST(v.problems == 0U);
    // Connections are kept: far fewer handshakes than deliveries.
    BOOST_TEST(over_tls.handshakes() < 3U * events / 2);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_is_not_allowed_gets_nothing) {
    loopback_server server([](peer& p) { p.answer(); });
    posthorn::counters counts;
    two_threads threads;
    {
        posthorn::dispatcher<objects, policies> hooks(threads.shards(), watchers(counts, rendered_log()));
        auto const saved = hooks.save(hooks.webhook("w")
                                          .on<order>()
                                          .post("http://127.0.0.1:" + std::to_string(server.port()) + "/")
                                          .body(posthorn::default_body));
        // Refused when it is saved, or when it is sent; never sent.
        std::promise<posthorn::error_code> drained;
        hooks.async_run([](posthorn::error_code) {});
        order const o{1, "x"};
        (void)hooks.dispatch(posthorn::created(o));
        hooks.async_drain(60s, [&](posthorn::error_code ec) { drained.set_value(ec); });
        BOOST_TEST(!drained.get_future().get());
        BOOST_TEST((!saved.has_value() || counts.values().failed == 1U));
    }
    server.stop();
    BOOST_TEST(server.connections() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
