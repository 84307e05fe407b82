// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/clock.hpp>
#include <posthorn/model/time.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace posthorn::testing {

/// Models Clock: time that stands still until a test moves it.
///
/// Begins at 2026-01-01T00:00:00Z. When time passes the instant of a timer, its callback is posted to the
/// timer's executor; timers of one instant in the order in which they were armed. A timer that is armed for
/// an instant that has come is posted at once. An armed timer does not keep `io_context::run` from returning:
/// use `run_simulated`.
///
/// A copyable handle: copies share one time. Thread safety: all functions of the clock, from any threads; a
/// timer from its executor only.
class simulated_clock {
  public:
    /// A clock of its own.
    simulated_clock() : state_(std::make_shared<state>()) {}

    [[nodiscard]] wall_time now() const { return state_->wall(); }
    [[nodiscard]] steady_time steady_now() const { return state_->steady(); }

    /// Lets time pass, and posts what became due on the way; the callbacks find the new time.
    void advance(duration by) { state_->advance_to(state_->steady() + by); }

    /// Lets time pass up to the next timer. False: no timer is armed, and time stands still.
    bool advance_to_next() {
        auto const next = state_->next();
        if (next)
            state_->advance_to(*next);
        return next.has_value();
    }

    /// Sets the wall clock forward or back, as an operator does: no timer hears of it.
    void jump(duration by) { state_->jump(by); }

    /// When the next timer is due; none: no timer is armed.
    [[nodiscard]] std::optional<steady_time> next_timer() const { return state_->next(); }

    /// How many timers are armed.
    [[nodiscard]] std::size_t armed() const { return state_->armed(); }

    class timer;

  private:
    using key = std::pair<steady_time, std::uint64_t>;

    struct entry {
        boost::asio::any_io_executor executor;
        std::function<void()> call;
    };

    class state {
      public:
        [[nodiscard]] wall_time wall() const {
            std::scoped_lock const lock(mutex_);
            return wall_;
        }

        [[nodiscard]] steady_time steady() const {
            std::scoped_lock const lock(mutex_);
            return steady_;
        }

        void jump(duration by) {
            std::scoped_lock const lock(mutex_);
            wall_ += by;
        }

        [[nodiscard]] std::optional<steady_time> next() const {
            std::scoped_lock const lock(mutex_);
            return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first.first);
        }

        [[nodiscard]] std::size_t armed() const {
            std::scoped_lock const lock(mutex_);
            return timers_.size();
        }

        void advance_to(steady_time to) {
            std::vector<entry> due;
            {
                std::scoped_lock const lock(mutex_);
                to = std::max(to, steady_);
                wall_ += to - steady_;
                steady_ = to;
                while (!timers_.empty() && timers_.begin()->first.first <= to)
                    due.push_back(std::move(timers_.extract(timers_.begin()).mapped()));
            }
            for (auto& e : due)
                boost::asio::post(e.executor, std::move(e.call));
        }

        // None: `at` has come, and the callback is on its way.
        [[nodiscard]] std::optional<key> arm(steady_time at, entry e) {
            {
                std::scoped_lock const lock(mutex_);
                if (at > steady_)
                    return timers_.emplace(key(at, ++sequence_), std::move(e)).first->first;
            }
            boost::asio::post(e.executor, std::move(e.call));
            return std::nullopt;
        }

        void forget(key const& which) {
            std::unique_lock lock(mutex_);
            // What the callback owns is destroyed after the lock is released: it may use the clock.
            auto const forgotten = timers_.extract(which);
            lock.unlock();
        }

      private:
        static constexpr wall_time start{std::chrono::sys_days{std::chrono::January / 1 / 2026}};

        mutable std::mutex mutex_;
        std::map<key, entry> timers_;
        wall_time wall_ = start;
        steady_time steady_{std::chrono::hours{1000}};
        std::uint64_t sequence_ = 0;
    };

    std::shared_ptr<state> state_;
};

/// Wakes when the simulated time has come.
class simulated_clock::timer {
  public:
    timer(boost::asio::any_io_executor executor, simulated_clock const& clock)
        : executor_(std::move(executor)), state_(clock.state_) {}

    timer(timer const&) = delete;
    timer& operator=(timer const&) = delete;

    ~timer() { cancel(); }

    template <class F>
    void arm(steady_time at, F f) {
        cancel();
        auto const shared = std::make_shared<F>(std::move(f));
        armed_ = state_->arm(at, {executor_, [shared] { (*shared)(); }});
    }

    void cancel() {
        if (auto const key = std::exchange(armed_, std::nullopt))
            state_->forget(*key);
    }

  private:
    boost::asio::any_io_executor executor_;
    std::shared_ptr<state> state_;
    std::optional<key> armed_;
};

static_assert(Clock<simulated_clock>);

/// Runs contexts under a simulated clock until `done()` is true: everything that is ready, then time jumps to
/// the next timer, and so on. On the calling thread; what waits for a network or a real timer is not waited
/// for.
///
/// @param contexts the contexts, which no other thread runs
/// @param done     asked after every handler
/// @param limit    simulated time that may pass
/// @return whether `done()`; false: nothing is ready and no timer is armed, or the limit has passed (the
/// clock then stands
///         at it)
/// Throws std::runtime_error when 250 000 handlers run and no time passes: something waits for an instant
/// that has come.
template <std::predicate Done>
bool run_simulated(std::span<boost::asio::io_context* const> contexts, simulated_clock clock, Done done,
                   duration limit = std::chrono::hours{24 * 365}) {
    constexpr std::size_t handlers_per_instant = 250'000;
    auto const end = clock.steady_now() + limit;
    while (true) {
        std::size_t handlers = 0;
        for (bool busy = true; busy;) {
            busy = false;
            for (auto* const context : contexts) {
                if (done())
                    return true;
                context->restart();
                busy = context->poll_one() != 0 || busy;
            }
            if (++handlers > handlers_per_instant)
                throw std::runtime_error("posthorn: handlers run for ever, and no simulated time passes");
        }
        auto const next = clock.next_timer();
        if (done() || !next)
            return done();
        if (*next > end) {
            clock.advance(end - clock.steady_now());
            return false;
        }
        clock.advance_to_next();
    }
}

/// The same for one context.
template <std::predicate Done>
bool run_simulated(boost::asio::io_context& context, simulated_clock clock, Done done,
                   duration limit = std::chrono::hours{24 * 365}) {
    boost::asio::io_context* const one[] = {&context};
    return run_simulated(std::span<boost::asio::io_context* const>(one), std::move(clock), std::move(done),
                         limit);
}

/// Runs contexts for this much simulated time; afterwards the clock stands at its end, whatever happened.
inline void run_simulated(std::span<boost::asio::io_context* const> contexts, simulated_clock clock,
                          duration time) {
    auto const end = clock.steady_now() + time;
    run_simulated(contexts, clock, [] { return false; }, time);
    clock.advance(end - clock.steady_now());
    run_simulated(contexts, clock, [] { return false; }, duration::zero());
}

/// The same for one context.
inline void run_simulated(boost::asio::io_context& context, simulated_clock clock, duration time) {
    boost::asio::io_context* const one[] = {&context};
    run_simulated(std::span<boost::asio::io_context* const>(one), std::move(clock), time);
}

/// Runs a context until nothing is ready and no timer is armed, a simulated year at most.
inline void run_simulated(boost::asio::io_context& context, simulated_clock clock) {
    run_simulated(context, std::move(clock), [] { return false; });
}

} // namespace posthorn::testing
