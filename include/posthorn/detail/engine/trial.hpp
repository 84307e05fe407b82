// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/engine/engine.hpp>
#include <posthorn/detail/transaction/transaction_job.hpp>
#include <posthorn/model/exchange.hpp>
#include <posthorn/model/headers.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace posthorn::detail {

// One call of a webhook that need not be saved: what it sends, and what comes of it. As a real call it passes
// guard, signer and transport; nothing of it is stored.
//
// Thread safety: none; made by one thread, and sent once.
class trial {
  public:
    using settings = prepared_webhook::settings;

    trial(std::shared_ptr<engine> owner, webhook of, std::shared_ptr<compiled_webhook const> what,
          std::shared_ptr<settings> with)
        : engine_(std::move(owner)),
          webhook_(std::move(of)),
          what_(std::move(what)),
          with_(std::move(with)) {}

    trial(trial const&) = delete;
    trial& operator=(trial const&) = delete;

    // Gives the event its time and id, and renders it. The event is needed no longer.
    [[nodiscard]] error_code render(event_view& e) {
        auto& policies = engine_->policies();
        auto const now = policies.now();
        e.time = now;
        e.id = policies.make_id(now);
        e.id_text = uuid_text(e.id);
        render_limits limits;
        limits.body = engine_->settings().body_bytes;
        request_text text;
        if (auto const failed = what_->render(e, limits, text))
            return failed;
        delivery_ =
            delivery::make(policies.make_id(now), webhook_.id, e.id, now, what_->method(), text.view());
        // Its own lane, so that it finds out how a connection begins.
        request_ = request_of(*delivery_, *with_, delivery_->id(), now, signature_);
        if (is_synchronous(what_->mode()))
            request_.limit = std::min(engine_->settings().call_deadline, engine_->settings().calls_deadline);
        return {};
    }

    // On its shard's executor where the bundle has an asynchronous transport; else it is made here. `done` is
    // called once.
    static void send(std::shared_ptr<trial> self, boost::asio::any_completion_handler<void()> done) {
        self->started_ = self->engine_->policies().steady_now();
        if (!self->engine_->policies().has_transport()) {
            self->outcome_ = self->engine_->policies().call(self->request_);
            self->end();
            return std::move(done)();
        }
        auto& home = self->engine_->first_shard();
        boost::asio::co_spawn(home.executor(), exchanged(self, home),
                              [self, done = std::move(done)](std::exception_ptr broken) mutable {
                                  if (broken)
                                      self->outcome_.error = errc::policy_threw;
                                  self->end();
                                  std::move(done)();
                              });
    }

    [[nodiscard]] request const& sent() const noexcept { return request_; }
    [[nodiscard]] exchange const& outcome() const noexcept { return outcome_; }
    [[nodiscard]] duration took() const noexcept { return took_; }

    // What a synchronous call of a saved webhook would report.
    [[nodiscard]] call_report report() const {
        route<engine_key> const to{0, webhook_.id, what_, nullptr};
        return call_reporter::report(to, *delivery_, with_->endpoint, outcome_, took_, true);
    }

    // After what wait a delivery that fails like this for the first time is tried again; none: never, or it
    // did not fail.
    [[nodiscard]] std::optional<duration> retried_after() const {
        if (is_synchronous(what_->mode()))
            return std::nullopt;
        auto const now = engine_->policies().now();
        auto const next = engine_->decide(outcome_, 1, *delivery_);
        return next.state == delivery_state::pending ? std::optional(next.not_before - now) : std::nullopt;
    }

  private:
    static boost::asio::awaitable<void> exchanged(std::shared_ptr<trial> self, shard<engine>& home) {
        auto made = shard<engine>::exchange_of(self->engine_, home, self->request_, self->outcome_);
        co_await std::move(made);
    }

    void end() {
        took_ = engine_->policies().steady_now() - started_;
        with_->mask(outcome_);
        // No attempt tells the operator, who is to know where somebody tried to get.
        if (outcome_.error && !outcome_.log_detail.empty())
            engine_->problem(outcome_.error, outcome_.log_detail);
    }

    std::shared_ptr<engine> engine_;
    webhook webhook_;
    std::shared_ptr<compiled_webhook const> what_;
    std::shared_ptr<settings> with_;
    delivery_ptr delivery_;
    header_block signature_;
    request request_;
    exchange outcome_;
    steady_time started_{};
    duration took_{};
};

} // namespace posthorn::detail
