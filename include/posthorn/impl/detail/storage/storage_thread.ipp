// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/storage/storage_thread.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <new>

namespace posthorn::detail {

// The waiters of a context, ended before its executors stop working.
class storage_waits : public boost::asio::execution_context::service {
  public:
    static inline boost::asio::execution_context::id id;

    explicit storage_waits(boost::asio::execution_context& owner)
        : service(owner), waiters_(std::make_shared<storage_waiters>()) {}
    storage_waits(storage_waits const&) = delete;
    storage_waits& operator=(storage_waits const&) = delete;
    // A service created while its context shuts down gets no shutdown() of its own.
    ~storage_waits() override { waiters_->close(); }

    [[nodiscard]] static std::shared_ptr<storage_waiters> of(boost::asio::any_io_executor const& where) {
        auto& context = boost::asio::query(where, boost::asio::execution::context);
        return boost::asio::use_service<storage_waits>(context).waiters_;
    }

  private:
    void shutdown() noexcept override { waiters_->close(); }

    std::shared_ptr<storage_waiters> const waiters_;
};

POSTHORN_DECL void storage_waiters::add(storage_job& job, boost::asio::any_io_executor where,
                                        resumption parked) {
    std::scoped_lock const lock(mutex_);
    if (closed_)
        return;
    job.where_ = std::move(where);
    job.parked_ = std::move(parked);
    job.next_ = first_;
    if (first_ != nullptr)
        first_->before_ = &job;
    first_ = &job;
    job.listed_ = true;
}

// Handler that resumes a job's coroutine. Destroyed without a call, as by a context that is destroyed, it
// destroys the coroutine: coroutine and job own each other, and would leak. While it is being posted, `end`
// keeps the job instead.
class storage_waiters::wake {
  public:
    explicit wake(storage_job_ptr job) noexcept : job_(std::move(job)) {}
    wake(wake&& other) noexcept = default;
    wake& operator=(wake&& other) = delete;

    ~wake() {
        if (job_ && !give_back(job_.get()))
            auto const dropped = take(*job_);
    }

    void operator()() {
        auto const job = std::move(job_);
        auto go_on = take(*job);
        go_on();
    }

    // Whether the context took it.
    [[nodiscard]] static bool posted(storage_job_ptr const& job) {
        posting() = job.get();
        try {
            boost::asio::post(job->where_, wake(job));
        } catch (...) {
            posting() = nullptr;
            throw;
        }
        return std::exchange(posting(), nullptr) != nullptr;
    }

  private:
    // What this thread is posting.
    static storage_job*& posting() noexcept {
        static thread_local storage_job* posted = nullptr;
        return posted;
    }

    static bool give_back(storage_job const* job) noexcept {
        if (posting() != job)
            return false;
        posting() = nullptr;
        return true;
    }

    // Releases the executor on this thread, after the storage's thread has stopped using it.
    [[nodiscard]] static resumption take(storage_job& job) {
        std::unique_lock lock(job.among_->mutex_);
        auto const where = std::exchange(job.where_, boost::asio::any_io_executor());
        lock.unlock();
        return std::move(job.parked_);
    }

    storage_job_ptr job_;
};

POSTHORN_DECL void storage_waiters::end(storage_job_ptr const& job) {
    // Under the lock, so that the context cannot go meanwhile.
    std::scoped_lock const lock(mutex_);
    if (!job->listed_)
        return;
    for (;;) {
        try {
            // A strand whose context is being destroyed rejects the handler; `close` follows.
            if (wake::posted(job))
                unlink(*job);
            return;
        } catch (std::bad_alloc const&) {
            // Nobody else would wake it, and memory comes back.
            std::this_thread::yield();
        }
    }
}

POSTHORN_DECL void storage_waiters::close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    while (first_ != nullptr) {
        auto& job = *first_;
        unlink(job);
        auto where = std::exchange(job.where_, boost::asio::any_io_executor());
        auto dropped = std::move(job.parked_);
        // What the coroutine owns may call here.
        lock.unlock();
        dropped = resumption();
        lock.lock();
    }
}

POSTHORN_DECL void storage_waiters::unlink(storage_job& job) noexcept {
    (job.before_ == nullptr ? first_ : job.before_->next_) = job.next_;
    if (job.next_ != nullptr)
        job.next_->before_ = job.before_;
    job.next_ = job.before_ = nullptr;
    job.listed_ = false;
}

struct storage_thread::parking {
    void operator()(resumption parked) const {
        (*job)->among_->add(**job, *where, std::move(parked));
        owner->start(*job);
    }

    storage_thread* owner;
    storage_job_ptr const* job;
    boost::asio::any_io_executor const* where;
};

POSTHORN_DECL storage_thread::storage_thread(std::function<void(batch&)> execute)
    : execute_(std::move(execute)), thread_([this] { work(); }) {}

POSTHORN_DECL storage_thread::~storage_thread() {
    {
        std::scoped_lock const lock(mutex_);
        stopping_ = true;
    }
    called_.notify_all();
    thread_.join();
}

POSTHORN_DECL void storage_thread::wait_for(storage_job_ptr job) {
    std::condition_variable ended;
    job->waiting_ = &ended;
    start(job);
    std::unique_lock lock(mutex_);
    ended.wait(lock, [&] { return job->done_; });
}

POSTHORN_DECL boost::asio::awaitable<void> storage_thread::ended(storage_job_ptr job) {
    auto const where = co_await boost::asio::this_coro::executor;
    job->among_ = storage_waits::of(where);
    auto parked = suspend(parking{this, &job, &where});
    co_await std::move(parked); // NOLINT(performance-move-const-arg)
}

POSTHORN_DECL void storage_thread::start(storage_job_ptr job) {
    // Told under the lock: who waits for the job may destroy this thread as soon as it is done.
    std::scoped_lock const lock(mutex_);
    queue_.push_back(std::move(job));
    called_.notify_one();
}

POSTHORN_DECL void storage_thread::work() {
    batch taken;
    // Short for those who wait, long for what comes meanwhile.
    constexpr std::chrono::milliseconds linger(5);
    std::unique_lock lock(mutex_);
    for (;;) {
        called_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty())
            return;
        std::swap(taken, queue_);
        lock.unlock();
        execute_(taken);
        for (auto const& job : taken)
            if (job->among_)
                job->among_->end(job);
        lock.lock();
        tell(taken);
        // What a job owns may call here.
        lock.unlock();
        taken.clear();
        lock.lock();
        called_.wait_for(lock, linger, [&] { return in_a_hurry(); });
    }
}

// Under the lock.
POSTHORN_DECL bool storage_thread::in_a_hurry() const noexcept {
    return stopping_ ||
           std::any_of(queue_.begin(), queue_.end(), [](auto const& job) { return !job->may_linger(); });
}

// Under the lock.
POSTHORN_DECL void storage_thread::tell(batch const& done) {
    for (auto const& job : done)
        if (job->waiting_ != nullptr) {
            job->done_ = true;
            job->waiting_->notify_one();
        }
}

} // namespace posthorn::detail
