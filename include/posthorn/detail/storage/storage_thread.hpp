// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/util/resumption.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

// What a database on this machine is used with: one thread that does what executors must not wait for.
namespace posthorn::detail {

class storage_waiters;

// A piece of work of a storage thread. It owns all that it needs, since the one who waits for it may go
// first.
class storage_job {
  public:
    storage_job() = default;
    storage_job(storage_job const&) = delete;
    storage_job& operator=(storage_job const&) = delete;
    virtual ~storage_job() = default;

    // Whether it is as well done a moment later, together with what comes until then.
    [[nodiscard]] virtual bool may_linger() const noexcept { return false; }

  private:
    friend class storage_thread;
    friend class storage_waiters;

    // A coroutine that waits, and among whom; without it a thread waits.
    std::shared_ptr<storage_waiters> among_;
    boost::asio::any_io_executor where_;
    resumption parked_;
    storage_job* next_ = nullptr;
    storage_job* before_ = nullptr;
    bool listed_ = false;

    // Under the lock of the storage thread.
    std::condition_variable* waiting_ = nullptr;
    bool done_ = false;
};
using storage_job_ptr = std::shared_ptr<storage_job>;

// Those who wait on one execution context. When the context goes, they go with it, and nobody posts to it any
// more.
class storage_waiters {
  public:
    // Keeps a job's coroutine until `end`; after `close` it goes at once.
    void add(storage_job& job, boost::asio::any_io_executor where, resumption parked);

    // Any thread: the job's coroutine goes on, on its executor, if it is still there.
    void end(storage_job_ptr const& job);

    // On the thread that destroys the context.
    void close();

  private:
    class wake;

    void unlink(storage_job& job) noexcept;

    std::mutex mutex_;
    storage_job* first_ = nullptr;
    bool closed_ = false;
};

// Executes jobs in batches, in the order in which they came, on a thread of its own.
class storage_thread {
  public:
    using batch = std::vector<storage_job_ptr>;

    // `execute` gets each batch, on the thread; it throws nothing.
    explicit storage_thread(std::function<void(batch&)> execute);
    storage_thread(storage_thread const&) = delete;
    storage_thread& operator=(storage_thread const&) = delete;
    // What was asked for is done before.
    ~storage_thread();

    // Executes a job that nobody waits for. Exceptions: std::bad_alloc.
    void start(storage_job_ptr job);

    // Executes a job, and waits for it on this thread. Exceptions: std::bad_alloc.
    void wait_for(storage_job_ptr job);

    // Executes a job; the caller's coroutine goes on afterwards, on its executor.
    [[nodiscard]] boost::asio::awaitable<void> ended(storage_job_ptr job);

    // Whether the thread is to end: what takes long should.
    [[nodiscard]] bool stopping() const noexcept { return stopping_.load(std::memory_order_acquire); }

  private:
    struct parking;

    void work();
    void tell(batch const& done);
    [[nodiscard]] bool in_a_hurry() const noexcept;

    std::function<void(batch&)> const execute_;
    std::mutex mutex_;
    std::condition_variable called_;
    batch queue_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/storage/storage_thread.ipp>
#endif
