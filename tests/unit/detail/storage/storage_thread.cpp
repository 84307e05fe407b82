// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/storage/storage_thread.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <semaphore>
#include <utility>

using posthorn::detail::storage_job;
using posthorn::detail::storage_job_ptr;
using posthorn::detail::storage_thread;

namespace {

class nothing final : public storage_job {};

// As a storage's coroutines are: it owns its job.
boost::asio::awaitable<void> user(storage_thread& thread, storage_job_ptr job, std::shared_ptr<int> token) {
    auto ended = thread.ended(job);
    co_await std::move(ended);
    ++*token;
}

struct fixture {
    // Jobs are executed while the gate is open.
    storage_thread thread{[this](storage_thread::batch&) {
        gate.acquire();
        gate.release();
    }};
    std::binary_semaphore gate{0};
    std::shared_ptr<int> token = std::make_shared<int>(0);
    std::weak_ptr<int> const watched = token;

    void use(boost::asio::any_io_executor const& where) {
        boost::asio::co_spawn(where, user(thread, std::make_shared<nothing>(), std::move(token)),
                              boost::asio::detached);
    }

    // Until what was asked for before is told to its context.
    void wait() { thread.wait_for(std::make_shared<nothing>()); }
};

class at_shutdown : public boost::asio::execution_context::service {
  public:
    static inline boost::asio::execution_context::id id;
    explicit at_shutdown(boost::asio::execution_context& owner) : service(owner) {}

    std::function<void()> act;

  private:
    // A context shuts its services down twice.
    void shutdown() override {
        if (auto const once = std::exchange(act, nullptr))
            once();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(unit_detail_storage_thread, fixture)

BOOST_AUTO_TEST_CASE(a_coroutine_goes_on_after_its_job) {
    boost::asio::io_context io;
    auto const kept = token;
    use(io.get_executor());
    io.poll();
    BOOST_TEST(*kept == 0);
    gate.release();
    wait();
    io.restart();
    io.poll();
    BOOST_TEST(*kept == 1);
}

BOOST_AUTO_TEST_CASE(a_coroutine_goes_with_its_context_before_its_job_ends) {
    {
        boost::asio::io_context io;
        use(io.get_executor());
        io.poll();
        BOOST_TEST(!watched.expired());
    }
    BOOST_TEST(watched.expired());
    gate.release();
    wait();
}

BOOST_AUTO_TEST_CASE(a_coroutine_goes_with_its_context_after_its_job_ended) {
    {
        boost::asio::io_context io;
        use(io.get_executor());
        io.poll();
        gate.release();
        wait();
        BOOST_TEST(!watched.expired());
    }
    BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_starts_while_its_context_goes_goes_too) {
    {
        boost::asio::io_context io;
        boost::asio::use_service<at_shutdown>(io).act = [&] {
            use(io.get_executor());
            io.poll();
        };
    }
    BOOST_TEST(watched.expired());
    gate.release();
    wait();
}

// A strand made later than the storage's waiters goes earlier than they do, and takes nothing then.
BOOST_AUTO_TEST_CASE(a_job_may_end_between_the_strands_and_the_waiters_of_a_context) {
    {
        boost::asio::io_context io;
        auto const kept = std::exchange(token, std::make_shared<int>(0));
        use(io.get_executor());
        io.poll();
        boost::asio::use_service<at_shutdown>(io).act = [&] {
            gate.release();
            wait();
        };
        token = kept;
        use(boost::asio::make_strand(io));
        io.poll();
    }
    BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_SUITE_END()
