// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/blocking_transport.hpp>
#include <posthorn/concepts/transport.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/exchange.hpp>
#include <posthorn/model/headers.hpp>
#include <posthorn/testing/simulated_clock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::testing {

/// A request that a scripted_transport got; owns its text.
class recorded_request {
  public:
    recorded_request(request const& r, wall_time at)
        : https_(r.endpoint->https()),
          method_(r.method),
          host_(r.endpoint->host()),
          authority_(r.endpoint->authority()),
          target_(r.target),
          headers_(r.headers),
          secret_headers_(r.secret_headers),
          signature_headers_(r.signature_headers),
          body_(r.body),
          lane_(r.lane),
          connection_(r.connection),
          at_(at) {}

    [[nodiscard]] verb method() const noexcept { return method_; }
    [[nodiscard]] std::string const& host() const noexcept { return host_; }
    /// "https://api.example.com:8443/path?query".
    [[nodiscard]] std::string url() const { return (https_ ? "https://" : "http://") + authority_ + target_; }
    [[nodiscard]] std::string const& target() const noexcept { return target_; }

    /// @name The three header blocks, "Name: value\r\n" each.
    /// @{
    [[nodiscard]] std::string const& headers() const noexcept { return headers_; }
    [[nodiscard]] std::string const& secret_headers() const noexcept { return secret_headers_; }
    [[nodiscard]] std::string const& signature_headers() const noexcept { return signature_headers_; }
    /// @}

    /// The first field of this name (as it is written) in any of the blocks; none: empty.
    [[nodiscard]] std::string header(std::string_view name) const {
        for (auto const* const block : {&headers_, &secret_headers_, &signature_headers_})
            for (auto const field : header_range(*block))
                if (field.name == name)
                    return std::string(field.value);
        return {};
    }

    [[nodiscard]] std::string const& body() const noexcept { return body_; }
    /// The webhook.
    [[nodiscard]] uuid const& lane() const noexcept { return lane_; }
    /// The webhook's connection settings; null: none.
    [[nodiscard]] std::shared_ptr<connection_settings const> const& connection() const noexcept {
        return connection_;
    }
    [[nodiscard]] wall_time at() const noexcept { return at_; }

  private:
    bool https_;
    verb method_;
    std::string host_;
    std::string authority_;
    std::string target_;
    std::string headers_;
    std::string secret_headers_;
    std::string signature_headers_;
    std::string body_;
    uuid lane_;
    std::shared_ptr<connection_settings const> connection_;
    wall_time at_;
};

/// What a scripted receiver answers, and when.
class scripted_answer {
  public:
    /// A final status.
    explicit scripted_answer(int status) {
        outcome_.response.status = status;
        if (status < 200 || status > 299)
            outcome_.error = errc::http_status;
    }

    /// An exchange without a response.
    explicit scripted_answer(errc error) : outcome_(error) {}

    scripted_answer&& retry_after(std::string value) && {
        outcome_.response.retry_after = std::move(value);
        return std::move(*this);
    }

    scripted_answer&& body(std::string text) && {
        outcome_.response.excerpt = std::move(text);
        return std::move(*this);
    }

    /// Where a redirect points.
    scripted_answer&& location(std::string value) && {
        outcome_.response.location = std::move(value);
        return std::move(*this);
    }

    /// After this much simulated time.
    scripted_answer&& after(duration wait) && {
        wait_ = wait;
        return std::move(*this);
    }

    [[nodiscard]] exchange const& outcome() const noexcept { return outcome_; }
    [[nodiscard]] duration wait() const noexcept { return wait_; }

  private:
    exchange outcome_;
    duration wait_{};
};

/// Models Transport and BlockingTransport: answers by a script, and remembers what it was asked to send. No
/// network.
///
/// Answers 200 until it is told otherwise:
/// @code
/// posthorn::testing::simulated_clock clock;
/// posthorn::testing::scripted_transport receiver{clock};
/// receiver.answer(503);                                             // everybody, from now on
/// receiver.next(2).answer(errc::connect_refused);                   // the next two requests
/// receiver.host("a.example.com").answer(410);                       // one host
/// receiver.host("b.example.com").next(1).answer_after(20s, 200);    // on the simulated clock
/// receiver.answer(posthorn::testing::scripted_answer(429).retry_after("120"));
/// @endcode
/// Rules for a number of requests come first, in the order in which they were given; then those of the host;
/// then those for everybody. The last rule without a number replaces the one before.
///
/// Like a network it never completes inside `send`. Like every transport it asks the guard about the
/// endpoint, and keeps the request's own limit. A `call` lets the simulated time pass that its answer takes;
/// one that is held takes as long as it may. A send that waits is owned by its execution context: a context
/// that is destroyed leaves nothing behind.
///
/// A copyable handle: copies share script and records. `bind` separates the sends that a copy's `cancel`
/// ends. Thread safety: all functions, from any threads.
class scripted_transport {
    struct rule;
    struct waiter;
    class state;

  public:
    /// Says which requests an answer is for; made by `host` and `next`.
    class script {
      public:
        /// Only requests to this host.
        script&& host(std::string name) && {
            host_ = std::move(name);
            return std::move(*this);
        }

        /// Only the next `n` of them.
        script&& next(std::size_t n) && {
            left_ = n;
            return std::move(*this);
        }

        void answer(scripted_answer what) && { state_->add({std::move(host_), left_, std::move(what)}); }
        void answer(int status) && { std::move(*this).answer(scripted_answer(status)); }
        void answer(errc error) && { std::move(*this).answer(scripted_answer(error)); }
        void answer_after(duration wait, int status) && {
            std::move(*this).answer(scripted_answer(status).after(wait));
        }
        void answer_after(duration wait, errc error) && {
            std::move(*this).answer(scripted_answer(error).after(wait));
        }

      private:
        friend class scripted_transport;
        explicit script(std::shared_ptr<state> s) : state_(std::move(s)) {}

        std::shared_ptr<state> state_;
        std::optional<std::string> host_;
        std::optional<std::size_t> left_;
    };

    /// A receiver on `clock`: the one that the dispatcher has.
    explicit scripted_transport(simulated_clock clock) : state_(std::make_shared<state>(std::move(clock))) {}

    /// @name The script.
    /// @{
    [[nodiscard]] script host(std::string name) { return script(state_).host(std::move(name)); }
    [[nodiscard]] script next(std::size_t n) { return script(state_).next(n); }
    void answer(scripted_answer what) { script(state_).answer(std::move(what)); }
    void answer(int status) { script(state_).answer(status); }
    void answer(errc error) { script(state_).answer(error); }
    void answer_after(duration wait, int status) { script(state_).answer_after(wait, status); }
    void answer_after(duration wait, errc error) { script(state_).answer_after(wait, error); }

    /// From now on no request is answered, until `release`.
    void hold() { state_->hold(); }

    /// Answers everything that is held, and holds no more.
    void release() { state_->release(std::numeric_limits<std::size_t>::max(), false); }

    /// Answers the `n` that were held first, and goes on holding.
    void release(std::size_t n) { state_->release(n, true); }
    /// @}

    /// @name What it got.
    /// @{
    [[nodiscard]] std::vector<recorded_request> requests() const { return state_->requests({}); }
    [[nodiscard]] std::vector<recorded_request> requests_to(std::string_view host) const {
        return state_->requests(host);
    }
    [[nodiscard]] std::size_t count() const { return state_->count(); }

    /// Sends that are not answered yet, and the most that ever were at one time.
    [[nodiscard]] std::size_t in_flight() const { return state_->in_flight(); }
    [[nodiscard]] std::size_t peak_in_flight() const { return state_->peak(); }
    /// @}

    /// @name Transport and BlockingTransport
    /// @{
    /// Keeps all settings: nothing is connected to.
    static void check_connection(connection_settings const&, field_errors&) {}

    void bind(transport_context context) {
        allows_endpoint_ = std::move(context.allows_endpoint);
        group_ = state_->new_group();
    }

    [[nodiscard]] boost::asio::awaitable<exchange> send(request const& what) {
        if (allows_endpoint_ && !allows_endpoint_(*what.endpoint))
            co_return exchange(errc::blocked_address);
        auto const self = state_;
        auto const waits =
            std::make_shared<waiter>(co_await boost::asio::this_coro::executor, self->clock(), group_);
        scripted_answer const answer = self->begin(what, waits);
        flight const landing(*self);
        co_await waits->answered(answer.wait(), what.limit);
        if (waits->cancelled)
            co_return exchange(errc::cancelled);
        co_return waits->late ? exchange(errc::total_timeout) : answer.outcome();
    }

    [[nodiscard]] exchange call(request const& what) {
        if (allows_endpoint_ && !allows_endpoint_(*what.endpoint))
            return exchange(errc::blocked_address);
        auto clock = state_->clock();
        auto const answer = state_->begin_call(what);
        flight const landing(*state_);
        duration const longest = what.limit > duration::zero() ? what.limit : exchange_limits().total;
        bool const in_time = answer && answer->wait() <= longest;
        clock.advance(in_time ? answer->wait() : longest);
        return in_time ? answer->outcome() : exchange(errc::total_timeout);
    }

    void cancel() noexcept { state_->cancel(group_); }
    /// @}

  private:
    struct rule {
        std::optional<std::string> host;
        std::optional<std::size_t> left;
        scripted_answer what;
    };

    // Where one send waits. Only the execution context owns the suspended coroutine, through a timer that
    // never ends; the script knows it weakly.
    struct waiter : std::enable_shared_from_this<waiter> {
        waiter(boost::asio::any_io_executor const& ex, simulated_clock const& clock, std::uint64_t g)
            : executor(ex),
              forever(ex, boost::asio::steady_timer::time_point::max()),
              delay(ex, clock),
              end(ex, clock),
              now(clock),
              group(g) {}

        // On the executor.
        [[nodiscard]] boost::asio::awaitable<void> answered(duration wait, duration limit) {
            error_code aborted;
            co_await boost::asio::post(executor, boost::asio::use_awaitable);
            arm_end(limit);
            while (held && !cancelled && !late)
                co_await forever.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, aborted));
            if (wait <= duration::zero() || cancelled || late) {
                end.cancel();
                co_return;
            }
            bool elapsed = false;
            delay.arm(now.steady_now() + wait, [weak = weak_from_this(), &elapsed] {
                if (auto const self = weak.lock()) {
                    elapsed = true;
                    self->forever.cancel();
                }
            });
            while (!elapsed && !cancelled && !late)
                co_await forever.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, aborted));
            delay.cancel();
            end.cancel();
        }

        void arm_end(duration limit) {
            if (limit > duration::zero())
                end.arm(now.steady_now() + limit, [weak = weak_from_this()] {
                    if (auto const self = weak.lock()) {
                        self->late = true;
                        self->forever.cancel();
                    }
                });
        }

        // From any thread.
        void wake(std::atomic<bool>& flag, bool value) {
            boost::asio::post(executor, [self = weak_from_this(), &flag, value] {
                if (auto const alive = self.lock()) {
                    flag = value;
                    alive->forever.cancel();
                }
            });
        }

        boost::asio::any_io_executor executor;
        boost::asio::steady_timer forever;
        simulated_clock::timer delay;
        // Of the request's own limit.
        simulated_clock::timer end;
        simulated_clock now;
        std::uint64_t group;
        std::atomic<bool> held{false};
        std::atomic<bool> cancelled{false};
        bool late = false;
        // Already counted by a release; belongs to the script's lock.
        bool released = false;
    };

    class state {
      public:
        explicit state(simulated_clock clock) : clock_(std::move(clock)) {}

        [[nodiscard]] simulated_clock const& clock() const noexcept { return clock_; }
        [[nodiscard]] std::uint64_t new_group() noexcept { return groups_.fetch_add(1) + 1; }

        void add(rule r) {
            std::scoped_lock const lock(mutex_);
            if (r.left == 0U)
                return;
            if (!r.left)
                std::erase_if(rules_, [&](rule const& old) { return !old.left && old.host == r.host; });
            rules_.push_back(std::move(r));
        }

        // Records the request, and says what it is answered with.
        [[nodiscard]] scripted_answer begin(request const& what, std::shared_ptr<waiter> const& w) {
            std::scoped_lock const lock(mutex_);
            requests_.emplace_back(what, clock_.now());
            std::erase_if(waiters_, [](auto const& weak) { return weak.expired(); });
            waiters_.push_back(w);
            w->held = holding_;
            peak_ = std::max(peak_, ++in_flight_);
            return choose(what.endpoint->host());
        }

        // The same for one that blocks; none: it is held.
        [[nodiscard]] std::optional<scripted_answer> begin_call(request const& what) {
            std::scoped_lock const lock(mutex_);
            requests_.emplace_back(what, clock_.now());
            peak_ = std::max(peak_, ++in_flight_);
            return holding_ ? std::nullopt : std::optional(choose(what.endpoint->host()));
        }

        void end() noexcept {
            std::scoped_lock const lock(mutex_);
            --in_flight_;
        }

        void hold() {
            std::scoped_lock const lock(mutex_);
            holding_ = true;
        }

        void release(std::size_t n, bool holds_on) {
            std::scoped_lock const lock(mutex_);
            holding_ = holding_ && holds_on;
            for (auto const& weak : waiters_)
                if (auto const w = weak.lock(); w && n != 0 && !w->released && w->held) {
                    w->released = true;
                    w->wake(w->held, false);
                    --n;
                }
        }

        void cancel(std::uint64_t group) {
            std::scoped_lock const lock(mutex_);
            for (auto const& weak : waiters_)
                if (auto const w = weak.lock(); w && w->group == group)
                    w->wake(w->cancelled, true);
        }

        [[nodiscard]] std::vector<recorded_request> requests(std::string_view host) const {
            std::scoped_lock const lock(mutex_);
            std::vector<recorded_request> some;
            for (auto const& r : requests_)
                if (host.empty() || r.host() == host)
                    some.push_back(r);
            return some;
        }

        [[nodiscard]] std::size_t count() const {
            std::scoped_lock const lock(mutex_);
            return requests_.size();
        }

        [[nodiscard]] std::size_t in_flight() const {
            std::scoped_lock const lock(mutex_);
            return in_flight_;
        }

        [[nodiscard]] std::size_t peak() const {
            std::scoped_lock const lock(mutex_);
            return peak_;
        }

      private:
        [[nodiscard]] scripted_answer choose(std::string const& host) {
            auto const counted = std::find_if(rules_.begin(), rules_.end(), [&](rule const& r) {
                return r.left && (!r.host || *r.host == host);
            });
            if (counted != rules_.end()) {
                auto const what = counted->what;
                if (--*counted->left == 0)
                    rules_.erase(counted);
                return what;
            }
            for (auto const& wanted : {std::optional(host), std::optional<std::string>()})
                for (auto const& r : rules_)
                    if (!r.left && r.host == wanted)
                        return r.what;
            return scripted_answer(200);
        }

        simulated_clock const clock_;
        std::atomic<std::uint64_t> groups_{0};
        mutable std::mutex mutex_;
        std::vector<rule> rules_;
        std::vector<recorded_request> requests_;
        std::vector<std::weak_ptr<waiter>> waiters_;
        std::size_t in_flight_ = 0;
        std::size_t peak_ = 0;
        bool holding_ = false;
    };

    // Counts a send out again, however its coroutine ends.
    class flight {
      public:
        explicit flight(state& s) noexcept : state_(s) {}
        flight(flight const&) = delete;
        ~flight() { state_.end(); }

      private:
        state& state_;
    };

    std::shared_ptr<state> state_;
    std::function<bool(url const&)> allows_endpoint_;
    std::uint64_t group_ = 0;
};

static_assert(Transport<scripted_transport> && BlockingTransport<scripted_transport>);

} // namespace posthorn::testing
