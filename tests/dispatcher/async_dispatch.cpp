// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/faulty_outbox.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// An outbox without append_now: what a database gives.
class slow_outbox {
  public:
    explicit slow_outbox(faulty_outbox inner) : inner_(std::move(inner)) {}

    [[nodiscard]] boost::asio::awaitable<result<void>> append(std::span<outbox_row> rows, lease const& hold) {
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        co_return co_await inner_.append(rows, hold);
    }
    [[nodiscard]] auto claim(wall_time now, lease const& hold, claim_query const& query,
                             std::vector<claimed_delivery>& out) {
        return inner_.claim(now, hold, query, out);
    }
    [[nodiscard]] auto settle(std::span<settlement> batch) { return inner_.settle(batch); }
    [[nodiscard]] auto extend(lease const& hold, wall_time now) { return inner_.extend(hold, now); }
    [[nodiscard]] auto release(std::uint64_t id) { return inner_.release(id); }
    [[nodiscard]] auto next_due(wall_time now) { return inner_.next_due(now); }
    [[nodiscard]] auto change(uuid webhook, queue_change what, wall_time now) {
        return inner_.change(webhook, what, now);
    }

  private:
    faulty_outbox inner_;
};

static_assert(Outbox<slow_outbox> && !ImmediateOutbox<slow_outbox>);

struct slow_policies : simulated_policies::with_outbox<slow_outbox> {};

struct slow_host {
    slow_host() : receiver(clock), faults(storage) {
        hooks.emplace(io, clock, receiver, storage, slow_outbox(faults), log, testing::seeded_random(7));
        if (!hooks->save(host::draft().on<project>().post("https://a.example.com/").body("{{project.id}}")))
            throw std::runtime_error("not saved");
    }

    void pass(duration time) { testing::run_simulated(io, clock, time); }

    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver;
    memory_storage storage;
    faulty_outbox faults;
    event_log log;
    outcome ran;
    project const one{1, "P1"};
    std::optional<dispatcher<objects, slow_policies>> hooks;
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_async_dispatch)

BOOST_FIXTURE_TEST_CASE(a_deferred_operation_is_started_once, slow_host) {
    auto const operation = hooks->async_dispatch(created(one));
    std::vector<error_code> codes;
    std::size_t accepted = 0;
    for (int i = 0; i != 3; ++i) {
        auto copy = operation;
        std::move(copy)([&](error_code ec, dispatch_result const& r) {
            codes.push_back(ec);
            accepted += r.accepted();
            BOOST_TEST((r.error() == ec));
        });
    }
    BOOST_TEST(codes.empty());
    pass(1s);
    std::ranges::sort(codes, {}, &error_code::value);
    BOOST_TEST(codes.size() == 3U);
    BOOST_TEST(std::ranges::count(codes, error_code()) == 1);
    BOOST_TEST(std::ranges::count(codes, make_error_code(errc::already_started)) == 2);
    BOOST_TEST(accepted == 1U);
    BOOST_TEST(storage.counts().pending == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_event_is_stored_and_delivered_and_the_handler_hears_of_it, slow_host) {
    hooks->async_run(ran.record());
    std::optional<dispatch_result> told;
    {
        // The event and its object may go as soon as the call returns.
        project const gone{77, "gone"};
        hooks->async_dispatch(created(gone), [&](error_code ec, dispatch_result r) {
            BOOST_TEST(!ec);
            told = std::move(r);
        });
    }
    BOOST_TEST(!told.has_value());
    pass(0s);
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(told->matched() == 1U);
    BOOST_TEST(told->accepted() == 1U);
    BOOST_TEST(bodies(receiver.requests()) == std::vector<std::string>{"77"},
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(it_can_be_awaited, slow_host) {
    std::size_t accepted = 0;
    boost::asio::co_spawn(
        io,
        [&]() -> boost::asio::awaitable<void> {
            auto const r = co_await hooks->async_dispatch(created(one), boost::asio::use_awaitable);
            accepted = r.accepted();
        },
        boost::asio::detached);
    pass(0s);
    BOOST_TEST(accepted == 1U);
    BOOST_TEST(storage.counts().pending == 1U);
}

BOOST_FIXTURE_TEST_CASE(its_handler_runs_on_its_own_executor_and_never_inside_the_call, slow_host) {
    boost::asio::io_context mine;
    bool told = false;
    user const nobody_asked{"ann"};
    hooks->async_dispatch(created(nobody_asked),
                          boost::asio::bind_executor(
                              mine, [&](error_code, dispatch_result const& r) { told = r.matched() == 0; }));
    BOOST_TEST(!told);
    pass(0s);
    BOOST_TEST(!told);
    mine.poll();
    BOOST_TEST(told);
}

BOOST_FIXTURE_TEST_CASE(an_outbox_that_fails_refuses_every_match, slow_host) {
    for (auto const f : {fault::error, fault::exception, fault::odd_exception}) {
        faults.set("append", f);
        std::optional<dispatch_result> told;
        hooks->async_dispatch(created(one), [&](error_code, dispatch_result r) { told = std::move(r); });
        pass(0s);
        BOOST_REQUIRE(told.has_value());
        BOOST_TEST(told->accepted() == 0U);
        BOOST_REQUIRE(told->refused().size() == 1U);
        BOOST_TEST(told->refused()[0].error() ==
                   make_error_code(f == fault::error ? errc::storage_failed : errc::policy_threw));
    }
    BOOST_TEST(log.refusals().size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_stopped_dispatcher_refuses_the_event, slow_host) {
    hooks->stop();
    error_code told;
    hooks->async_dispatch(created(one), [&](error_code ec, dispatch_result const&) { told = ec; });
    pass(0s);
    BOOST_TEST(told == make_error_code(errc::stopping));
}

BOOST_FIXTURE_TEST_CASE(an_event_on_its_way_to_the_storage_outlives_the_dispatcher, slow_host) {
    std::optional<dispatch_result> told;
    hooks->async_dispatch(created(one), [&](error_code, dispatch_result r) { told = std::move(r); });
    hooks.reset();
    pass(0s);
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(told->accepted() == 1U);
    BOOST_TEST(storage.counts().pending == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_event_on_its_way_goes_with_its_context, slow_host) {
    // The leak checker is what fails this.
    hooks->async_dispatch(created(one), [](error_code, dispatch_result const&) { BOOST_ERROR("called"); });
    io.poll_one();
    BOOST_TEST(storage.counts().pending == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
