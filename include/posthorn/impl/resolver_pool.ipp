// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/transport/resolver_pool.hpp>

#include <boost/asio/post.hpp>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
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

    struct cached {
        addresses found;
        steady_time until;
    };

    state(std::size_t threads, std::size_t queue, std::function<steady_time()> now, lookup ask)
        : most_threads_(threads), most_queued_(queue), now_(std::move(now)), ask_(std::move(ask)) {}

    void resolve(std::string const& host, waiter asked) {
        std::unique_lock lock(mutex_);
        if (auto const known = cache_.find(host); known != cache_.end() && known->second.until > now_())
            return answer(std::move(asked), known->second.found);
        auto const [it, is_new] = waiting_.try_emplace(host);
        if (is_new && queue_.size() >= most_queued_) {
            waiting_.erase(it);
            return answer(std::move(asked), {});
        }
        try {
            it->second.push_back(std::move(asked));
            if (!is_new)
                return;
            queue_.push_back(host);
        } catch (...) {
            // A name that is waited for and not looked up would never be looked up again.
            if (is_new)
                waiting_.erase(it);
            throw;
        }
        // An idle thread may have been promised to a name before it woke: each waiting name needs one of its
        // own.
        if (queue_.size() > idle_ && running_ < most_threads_)
            start_thread();
        if (running_ == 0) {
            queue_.pop_back();
            return finish(host, {});
        }
        lock.unlock();
        wake_.notify_one();
    }

    void forget() {
        std::scoped_lock const lock(mutex_);
        queue_.clear();
        waiting_.clear();
    }

    void stop() {
        forget();
        std::scoped_lock const lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }

  private:
    static constexpr std::chrono::seconds cached_for{10};
    static constexpr std::size_t most_cached = 4096;

    static void answer(waiter asked, addresses found) {
        error_code const ec = found.empty() ? error_code(errc::dns_failed) : error_code();
        auto executor = asked.executor;
        boost::asio::post(executor, [done = std::move(asked.done), ec, found = std::move(found)]() mutable {
            done(ec, std::move(found));
        });
    }

    void start_thread() {
        try {
            // Detached, since a hung look-up must not hold up a shutdown; the thread keeps this state alive.
            std::thread([self = shared_from_this()] { self->work(); }).detach();
            ++running_;
        } catch (std::system_error const&) { // NOLINT(bugprone-empty-catch)
            // The threads that run have more to do.
        }
    }

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            ++idle_;
            wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            --idle_;
            if (stopping_)
                return;
            auto const host = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            addresses found;
            try {
                found = ask_(host);
            } catch (...) { // NOLINT(bugprone-empty-catch): nothing found, and the thread goes on
            }
            lock.lock();
            finish(host, std::move(found));
        }
    }

    void finish(std::string const& host, addresses found) {
        auto const it = waiting_.find(host);
        if (it == waiting_.end())
            return;
        auto asked = std::exchange(it->second, {});
        waiting_.erase(it);
        if (!found.empty()) {
            if (cache_.size() >= most_cached)
                cache_.clear();
            cache_[host] = {found, now_() + cached_for};
        }
        for (auto& one : asked)
            answer(std::move(one), found);
    }

    std::size_t const most_threads_;
    std::size_t const most_queued_;
    std::function<steady_time()> const now_;
    lookup const ask_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::string> queue_;
    std::map<std::string, std::vector<waiter>> waiting_;
    std::map<std::string, cached> cache_;
    std::size_t running_ = 0;
    std::size_t idle_ = 0;
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

POSTHORN_DECL resolver_pool::lookup resolver_pool::system_lookup() {
    return [](std::string const& host) {
        addresses found;
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* list = nullptr;
        if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0)
            return found;
        for (auto const* a = list; a != nullptr; a = a->ai_next) {
            if (a->ai_family == AF_INET) {
                sockaddr_in v4;
                std::memcpy(&v4, a->ai_addr, sizeof v4);
                found.emplace_back(boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr)));
            } else if (a->ai_family == AF_INET6) {
                sockaddr_in6 v6;
                std::memcpy(&v6, a->ai_addr, sizeof v6);
                boost::asio::ip::address_v6::bytes_type bytes;
                std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
                found.emplace_back(boost::asio::ip::address_v6(bytes, v6.sin6_scope_id));
            }
        }
        ::freeaddrinfo(list);
        return found;
    };
}

} // namespace posthorn
