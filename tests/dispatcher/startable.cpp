// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// Keeps what was started until a test ends it.
class held_transport {
  public:
    struct sending {
        exchange* out;
        send_handler done;
    };

    void bind(transport_context context) { executor_ = context.executor; }

    boost::asio::awaitable<exchange> send(request const&) {
        throw std::logic_error("a transport that can start is not asked to send");
        co_return exchange();
    }

    void start(request const&, exchange& out, send_handler done) noexcept {
        state_->push_back({&out, std::move(done)});
    }

    void cancel() noexcept {
        for (auto& one : std::exchange(*state_, {})) {
            one.out->error = errc::cancelled;
            boost::asio::post(executor_, [done = std::move(one.done)]() mutable { done(); });
        }
    }

    // Copies, one for each shard, share it.
    static inline std::shared_ptr<std::vector<sending>> shared;

  private:
    std::shared_ptr<std::vector<sending>> state_ = shared;
    boost::asio::any_io_executor executor_;
};

struct held_policies : simulated_policies::with_transport<held_transport> {};

struct held_host {
    held_host() {
        held_transport::shared = std::make_shared<std::vector<held_transport::sending>>();
        io.emplace();
        hooks.emplace(*io, log, testing::simulated_clock(), at_once());
        if (!hooks->save(hooks->webhook("Tell").on<project>().post("https://hooks.example.com/in").body("1")))
            throw std::logic_error("the webhook is wrong");
        hooks->async_run([this](error_code ec) { ended.push_back(ec); });
        io->poll();
    }

    ~held_host() { held_transport::shared.reset(); }

    void dispatch(int times) {
        project const one{1, "A"};
        for (int i = 0; i != times; ++i)
            hooks->dispatch(created(one));
        poll();
    }

    void poll() {
        io->restart();
        io->poll();
    }

    void answer(int status) {
        for (auto& one : std::exchange(*held_transport::shared, {})) {
            one.out->response.status = status;
            if (status >= 300)
                one.out->error = errc::http_status;
            boost::asio::post(*io, [done = std::move(one.done)]() mutable { done(); });
        }
        poll();
    }

    event_log log;
    std::vector<error_code> ended;
    std::optional<boost::asio::io_context> io;
    std::optional<dispatcher<objects, held_policies>> hooks;
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_startable)

BOOST_FIXTURE_TEST_CASE(a_transport_that_can_start_is_started, held_host) {
    dispatch(3);
    BOOST_TEST(held_transport::shared->size() == 3U);
    BOOST_TEST(log.ends().empty());
    answer(200);
    BOOST_TEST(log.count(delivery_state::delivered) == 3U);
    dispatch(1);
    answer(200);
    BOOST_TEST(log.count(delivery_state::delivered) == 4U);
}

BOOST_FIXTURE_TEST_CASE(an_error_is_retried_as_any_other, held_host) {
    dispatch(1);
    answer(500);
    BOOST_REQUIRE(log.attempts().size() == 1U);
    BOOST_TEST((log.attempts()[0].error == errc::http_status));
    BOOST_TEST((log.attempts()[0].next == delivery_state::pending));
}

BOOST_FIXTURE_TEST_CASE(a_stop_ends_what_was_started, held_host) {
    dispatch(2);
    hooks->stop();
    poll();
    BOOST_TEST(ended.size() == 1U);
    BOOST_TEST(log.ends().empty());
}

// The handler owns the worker, which owns the engine: nothing may be left, and nothing called.
BOOST_FIXTURE_TEST_CASE(a_context_that_goes_takes_what_was_started_along, held_host) {
    dispatch(2);
    BOOST_TEST(held_transport::shared->size() == 2U);
    hooks.reset();
    held_transport::shared->clear();
    io.reset();
    BOOST_TEST(log.ends().empty());
}

BOOST_AUTO_TEST_SUITE_END()
