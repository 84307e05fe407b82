// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/socket_address.hpp>
#include <posthorn/transport/resolver_pool.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>

namespace posthorn {

class resolver_pool::state : public std::enable_shared_from_this<state> {
  public:
    struct waiter {
        boost::asio::any_io_executor executor;
        std::function<void(error_code, addresses)> done;
    };

    state(std::size_t threads, std::size_t queue, std::function<steady_time()> now, lookup ask)
        : most_threads_(threads), most_queued_(queue), now_(std::move(now)), ask_(std::move(ask)) {
        lines_[quick].most = threads;
        lines_[unknown].most = threads - threads / 8;
        lines_[slow].most = (threads + 3) / 4;
    }

    void resolve(std::string const& host, waiter asked) {
        std::unique_lock lock(mutex_);
        if (closed_)
            return;
        auto const now = now_();
        if (auto const known = known_.find(host); known != known_.end() && known->second.until > now)
            return answer(std::move(asked), known->second.found);
        if (auto const it = names_.find(host); it != names_.end()) {
            bool const hangs = it->second.began && now - *it->second.began >= joined_for;
            return hangs || waiters_ >= most_waiters() ? answer(std::move(asked), {})
                                                       : add(it->second, std::move(asked));
        }
        auto& l = lines_[kind_of(host)];
        if (l.queue.size() >= most_queued_ || waiters_ >= most_waiters())
            return answer(std::move(asked), {});
        l.queue.push_back({host, last_number_ + 1});
        try {
            add(names_[host], std::move(asked));
        } catch (...) {
            // A name that is waited for and not looked up would never be looked up again.
            names_.erase(host);
            l.queue.pop_back();
            throw;
        }
        ++last_number_;
        // An idle thread may have been promised to a name before it woke: each name that may start needs one
        // of its own.
        if (startable() > idle_ && threads_ < most_threads_)
            start_thread();
        wake_.notify_one();
        if (threads_ == 0) {
            l.queue.pop_back();
            settle(host, {});
        }
    }

    void forget() {
        std::scoped_lock const lock(mutex_);
        for (auto& l : lines_)
            l.queue.clear();
        names_.clear();
        waiters_ = 0;
    }

    void close() {
        {
            std::scoped_lock const lock(mutex_);
            closed_ = true;
        }
        forget();
    }

    void stop() {
        close();
        std::scoped_lock const lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }

  private:
    // What the last look-up of a name was.
    enum kind : std::size_t { quick, unknown, slow, kinds };

    struct waiting_name {
        std::string host;
        std::uint64_t number;
    };

    // The names of one kind. One that may not start yet starts when a look-up of its kind has ended.
    struct line {
        [[nodiscard]] std::size_t startable() const noexcept {
            return std::min(queue.size(), most - running);
        }

        std::deque<waiting_name> queue;
        std::size_t running = 0;
        std::size_t most = 0;
    };

    struct asked_name {
        std::vector<waiter> asked;
        // Of its look-up; none: it waits for a thread.
        std::optional<steady_time> began;
    };

    // What is known of a name.
    struct known_name {
        addresses found;
        steady_time until{};
        bool is_slow = false;
    };

    static constexpr std::chrono::seconds cached_for{10};
    static constexpr std::chrono::seconds joined_for{10};
    static constexpr std::chrono::seconds slow_after{1};
    static constexpr std::size_t most_known = 4096;
    // Addresses of one name; one that has more is looked up each time.
    static constexpr std::size_t most_kept = 64;
    static constexpr std::size_t most_idle = 4;

    [[nodiscard]] std::size_t most_waiters() const noexcept { return 64 * most_queued_; }

    [[nodiscard]] kind kind_of(std::string const& host) const {
        auto const it = known_.find(host);
        if (it == known_.end())
            return unknown;
        return it->second.is_slow ? slow : quick;
    }

    void add(asked_name& to, waiter asked) {
        to.asked.push_back(std::move(asked));
        ++waiters_;
    }

    static void answer(waiter asked, addresses found) {
        error_code const ec = found.empty() ? error_code(errc::dns_failed) : error_code();
        auto executor = asked.executor;
        boost::asio::post(executor, [done = std::move(asked.done), ec, found = std::move(found)]() mutable {
            done(ec, std::move(found));
        });
    }

    [[nodiscard]] std::size_t startable() const noexcept {
        std::size_t count = 0;
        for (auto const& l : lines_)
            count += l.startable();
        return count;
    }

    // It is idle until it has the lock.
    void start_thread() {
        try {
            // Detached, since a hung look-up must not hold up a shutdown; the thread keeps this state alive.
            std::thread([self = shared_from_this()] { self->work(); }).detach();
            ++threads_;
            ++idle_;
        } catch (std::system_error const&) { // NOLINT(bugprone-empty-catch)
            // The threads that run have more to do.
        }
    }

    void work() {
        std::unique_lock lock(mutex_);
        --idle_;
        while (wait_for_name(lock)) {
            auto& l = next_line();
            auto const host = std::move(l.queue.front().host);
            l.queue.pop_front();
            ++l.running;
            auto const began = now_();
            if (auto const it = names_.find(host); it != names_.end())
                it->second.began = began;
            lock.unlock();
            addresses found;
            try {
                found = ask_(host);
            } catch (...) { // NOLINT(bugprone-empty-catch): nothing found, and the thread goes on
            }
            lock.lock();
            --l.running;
            if (stopping_)
                return;
            remember(host, found, began);
            settle(host, std::move(found));
        }
    }

    // False: the thread is to end.
    [[nodiscard]] bool wait_for_name(std::unique_lock<std::mutex>& lock) {
        if (!stopping_ && startable() == 0) {
            if (idle_ >= most_idle) {
                --threads_;
                return false;
            }
            ++idle_;
            wake_.wait(lock, [&] { return stopping_ || startable() != 0; });
            --idle_;
        }
        return !stopping_;
    }

    // That of the name which waits longest, of those that may start; there is one.
    [[nodiscard]] line& next_line() noexcept {
        line* first = nullptr;
        for (auto& l : lines_)
            if (l.startable() != 0 &&
                (first == nullptr || l.queue.front().number < first->queue.front().number))
                first = &l;
        return *first;
    }

    void remember(std::string const& host, addresses const& found, steady_time began) {
        auto const now = now_();
        bool const is_slow = now - began > slow_after;
        auto it = known_.find(host);
        if (it == known_.end()) {
            // A name that does not exist is not worth a place.
            if (found.empty() && !is_slow)
                return;
            make_room(host);
            it = known_.try_emplace(host).first;
            it->second.until = now;
        }
        it->second.is_slow = is_slow;
        if (!found.empty() && found.size() <= most_kept) {
            it->second.found = found;
            it->second.until = now + cached_for;
        }
    }

    // Of those that are known, any one goes.
    void make_room(std::string const& host) {
        if (known_.size() < most_known)
            return;
        auto const next = known_.upper_bound(host);
        known_.erase(next != known_.end() ? next : known_.begin());
    }

    void settle(std::string const& host, addresses found) {
        auto const it = names_.find(host);
        if (it == names_.end())
            return;
        auto asked = std::move(it->second.asked);
        names_.erase(it);
        waiters_ -= asked.size();
        for (auto& one : asked)
            answer(std::move(one), found);
    }

    std::size_t const most_threads_;
    std::size_t const most_queued_;
    std::function<steady_time()> const now_;
    lookup const ask_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::array<line, kinds> lines_;
    std::map<std::string, asked_name> names_;
    std::size_t waiters_ = 0;
    std::map<std::string, known_name> known_;
    std::uint64_t last_number_ = 0;
    std::size_t threads_ = 0;
    std::size_t idle_ = 0;
    bool closed_ = false;
    bool stopping_ = false;
};

POSTHORN_DECL resolver_pool::resolver_pool(std::size_t threads, std::size_t queue,
                                           std::function<steady_time()> now, lookup ask)
    : state_(std::make_shared<state>(threads, queue, std::move(now), std::move(ask))) {}

POSTHORN_DECL resolver_pool::~resolver_pool() {
    state_->stop();
}

POSTHORN_DECL void resolver_pool::resolve(std::string const& host,
                                          boost::asio::any_io_executor const& executor,
                                          std::function<void(error_code, addresses)> done) {
    state_->resolve(host, {executor, std::move(done)});
}

POSTHORN_DECL void resolver_pool::forget() {
    state_->forget();
}

POSTHORN_DECL void resolver_pool::close() {
    state_->close();
}

POSTHORN_DECL resolver_pool::lookup resolver_pool::system_lookup() {
    return [](std::string const& host) {
        addresses found;
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* list = nullptr;
        if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0)
            return found;
        for (auto const* a = list; a != nullptr; a = a->ai_next)
            if (auto const address = detail::address_of(a->ai_addr))
                found.push_back(*address);
        ::freeaddrinfo(list);
        return found;
    };
}

} // namespace posthorn
