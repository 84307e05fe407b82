// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/engine/engine.hpp>
#include <posthorn/detail/transaction/commit_plan.hpp>
#include <posthorn/detail/transaction/host_link.hpp>
#include <posthorn/model/exchange.hpp>
#include <posthorn/transaction_report.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

// Fills in what reports say.
class call_reporter {
  public:
    [[nodiscard]] static call_report report(detail::route<detail::engine_key> const& to, delivery const& what,
                                            url const& endpoint, exchange const& outcome, duration took,
                                            bool sent) {
        call_report r;
        r.error_ = outcome.error;
        r.webhook_ = to.webhook;
        r.wording_ = to.what->wording();
        r.mode_ = to.what->mode();
        r.event_ = what.event();
        r.delivery_ = what.id();
        r.method_ = what.method();
        r.url_ = (endpoint.https() ? "https://" : "http://") + endpoint.authority();
        r.url_.append(what.request().target());
        r.status_ = outcome.response.status;
        r.answer_ = outcome.response.excerpt;
        r.location_ = outcome.response.location;
        r.detail_ = outcome.detail;
        r.took_ = took;
        r.sent_ = sent;
        return r;
    }

    static void add(transaction_report& r, call_report c) { r.calls_.push_back(std::move(c)); }
    static void commit(transaction_report& r) noexcept { r.committed_ = true; }

    // The first error stays.
    static void fail(transaction_report& r, error_code const& why) {
        if (!r.error_)
            r.error_.code_ = why;
    }
    static void fail(transaction_report& r, call_report const& call) {
        r.error_.code_ = call.error();
        r.error_.call_ = call;
    }

    static void rolled_back(transaction_report& r, result<void> const& outcome) {
        if (!outcome)
            r.rollback_error_ = outcome.error();
    }
    static void stored(transaction_report& r, dispatch_result d) { r.background_ = std::move(d); }
};

} // namespace posthorn

namespace posthorn::detail {

// A transaction from `begin` to its end: what was recorded, then the steps of the commit. `run` and
// `run_async` carry out what the plan says, the one waiting, the other as a coroutine.
//
// Thread safety: none; one thread, or one coroutine, at a time.
class transaction_job {
  public:
    transaction_job(std::shared_ptr<engine> owner, std::unique_ptr<host_link> host)
        : engine_(std::move(owner)), host_(std::move(host)) {}

    transaction_job(transaction_job const&) = delete;
    transaction_job& operator=(transaction_job const&) = delete;

    // What was not committed is rolled back.
    ~transaction_job() {
        if (host_open_)
            if (auto const undone = roll_back_host(); !undone)
                tell_problem(not_rolled_back, undone.error());
    }

    // --- recording ---

    void record(event_view& e, std::optional<wall_time> time, std::optional<uuid> id) {
        if (quiet_ || closed_)
            return;
        // An event is recorded with what the host's transaction sees, or not at all.
        if (!is_fresh_ && !make_fresh())
            return note_host(error_code(errc::registry_unavailable));
        rendered_event b;
        engine_->render(e, time, id, b);
        if (!b.rows.empty() || !b.outcome.refused().empty())
            events_.push_back(std::move(b));
    }

    [[nodiscard]] std::size_t mark() {
        marks_.emplace_back(++last_mark_, events_.size());
        if (!closed_)
            note_host(host_->savepoint(last_mark_));
        return last_mark_;
    }

    // Forgets what was recorded since the mark, and later marks with it.
    void forget_from(std::size_t mark) noexcept {
        auto const known =
            std::find_if(marks_.begin(), marks_.end(), [&](auto const& m) { return m.first == mark; });
        if (closed_ || known == marks_.end())
            return;
        while (events_.size() > known->second)
            events_.pop_back();
        marks_.erase(known + 1, marks_.end());
        note_host(host_->rollback_to(mark));
    }

    void quiet(bool on) noexcept { quiet_ = on; }

    // --- ending ---

    // From now on nothing is recorded, and nothing forgotten.
    void close() noexcept { closed_ = true; }

    [[nodiscard]] transaction_report run() {
        waits_ = true;
        begin();
        while (plan_ && plan_->next() != commit_step::end)
            switch (plan_->next()) {
            case commit_step::call:
                if (prepare_call())
                    outcome_ = engine_->policies().call(request_);
                finish_call();
                break;
            case commit_step::append:
                append_now();
                break;
            default:
                step();
            }
        finish();
        return take_report();
    }

    // On the handler's executor; a call is made on its shard's.
    static boost::asio::awaitable<void> run_async(std::shared_ptr<transaction_job> self) {
        auto& job = *self;
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        auto const partial = boost::asio::enable_partial_cancellation();
        co_await boost::asio::this_coro::reset_cancellation_state(partial);
        job.begin();
        while (job.plan_ && job.plan_->next() != commit_step::end) {
            auto const state = co_await boost::asio::this_coro::cancellation_state;
            if (state.cancelled() != boost::asio::cancellation_type::none)
                job.cancel();
            switch (job.plan_->next()) {
            case commit_step::call:
                if (job.prepare_call())
                    co_await send(job);
                job.finish_call();
                break;
            case commit_step::append:
                co_await append(job);
                break;
            default:
                job.step();
            }
        }
        job.finish();
    }

    // For a commit that broke off, for want of memory: what is left is done without waiting for anything.
    void break_off() noexcept {
        broken_ = true;
        if (!plan_)
            call_reporter::fail(report_, errc::policy_threw);
        while (plan_ && plan_->next() != commit_step::end)
            switch (plan_->next()) {
            case commit_step::call:
                (void)prepare_call();
                finish_call();
                break;
            case commit_step::append:
                appended(error_code(errc::policy_threw));
                break;
            default:
                step();
            }
        finish();
    }

    [[nodiscard]] transaction_report take_report() noexcept { return std::move(report_); }

  private:
    struct planned_call {
        std::size_t event;
        std::size_t row;
    };

    static boost::asio::awaitable<void> send(transaction_job& job) {
        auto& home = job.engine_->shard_of(*job.route_->home);
        try {
            auto exchange = shard<engine>::exchange_of(job.engine_, home, job.request_, job.outcome_);
            auto made =
                boost::asio::co_spawn(home.executor(), std::move(exchange), boost::asio::use_awaitable);
            co_await std::move(made);
        } catch (...) {
            job.outcome_.error = errc::policy_threw;
        }
    }

    static boost::asio::awaitable<void> append(transaction_job& job) {
        result<void> stored = error_code(errc::policy_threw);
        try {
            job.hold_now();
            stored = co_await job.engine_->guarded(
                job.engine_->policies().append(job.background_.rows, job.background_.hold));
        } catch (...) { // NOLINT(bugprone-empty-catch): the result says it
        }
        job.appended(stored);
    }

    // Once for each transaction: the webhooks are at least as new as what it sees.
    [[nodiscard]] bool make_fresh() {
        auto const seen = host_->generation();
        if (seen && !*seen)
            engine_->problem(seen->error(), "the registry could not be asked in the host's transaction");
        else
            is_fresh_ =
                (seen ? engine_->registry().sync_to(**seen) : engine_->registry().freshen()).has_value();
        return is_fresh_;
    }

    // What could not be taken back, or not be recorded, is not committed.
    void note_host(result<void> const& done) noexcept {
        if (!done && !host_error_)
            host_error_ = done.error();
    }

    void begin() noexcept {
        if (host_error_)
            call_reporter::fail(report_, host_error_);
        else if (!shielded([&] { order(); }))
            call_reporter::fail(report_, errc::policy_threw);
    }

    // Orders what was recorded.
    void order() {
        commit_parts parts;
        for (auto const mode : {call_mode::in_transaction, call_mode::after_commit}) {
            for (std::size_t i = 0; i != events_.size(); ++i)
                plan_calls(i, mode);
            (mode == call_mode::in_transaction ? parts.before : parts.after) = calls_.size() - parts.before;
        }
        for (auto& e : events_)
            take_deliveries(e);
        if (std::ranges::any_of(events_, [](auto const& e) { return e.vetoed; }))
            return call_reporter::fail(report_, errc::webhook_unusable);
        parts.stores = !background_.rows.empty();
        parts.enlists = host_->enlists();
        // Nobody is told any more; a change that somebody should be told about is not made.
        if (!engine_->accepts() && (parts.stores || !calls_.empty()))
            return call_reporter::fail(report_, errc::stopping);
        plan_.emplace(parts);
    }

    // The calls of one event, in the order of their webhooks' creation.
    void plan_calls(std::size_t event, call_mode mode) {
        auto const& e = events_[event];
        if (e.calls == 0)
            return;
        auto const first = static_cast<std::ptrdiff_t>(calls_.size());
        for (std::size_t row = 0; row != e.rows.size(); ++row)
            if (e.matches[row]->what->mode() == mode)
                calls_.push_back({event, row});
        std::sort(calls_.begin() + first, calls_.end(), [&](planned_call const& a, planned_call const& b) {
            return e.matches[a.row].order < e.matches[b.row].order;
        });
    }

    void take_deliveries(rendered_event& e) {
        for (std::size_t row = 0; row != e.rows.size(); ++row)
            if (!is_synchronous(e.matches[row]->what->mode())) {
                background_.rows.push_back(e.rows[row]);
                background_.matches.push_back(e.matches[row]);
            }
        for (auto const& no : e.outcome.refused())
            background_.outcome.add_refusal(no);
    }

    // Right before the rows are stored: a lease does not last long.
    void hold_now() {
        background_.now = engine_->policies().now();
        background_.hold = engine_->hold();
        // Want of memory changes nothing.
        (void)shielded([&]() -> result<void> {
            leave_what_has_no_room(background_, engine_->most_queued());
            return {};
        });
    }

    // The steps that neither wait for the network nor for the outbox.
    void step() noexcept {
        switch (plan_->next()) {
        case commit_step::enlist:
            return enlist();
        case commit_step::commit:
            return commit();
        case commit_step::hand_over:
            if (!shielded([&] { engine_->accept(background_, stored_); }))
                tell_problem("deliveries of a committed transaction were not all handed over");
            return plan_->ended(true);
        default:
            call_reporter::rolled_back(report_, roll_back_host());
            if (enlisted_)
                (void)shielded([&] { engine_->give_back(background_); });
            return plan_->ended(true);
        }
    }

    // --- a call ---

    // True: the request is to be sent; else the outcome stands.
    [[nodiscard]] bool prepare_call() noexcept {
        outcome_ = exchange();
        sent_ = false;
        if (!shielded([&] { decide_call(); })) {
            sent_ = false;
            outcome_.error = errc::policy_threw;
        }
        return sent_;
    }

    void decide_call() {
        auto const& c = calls_[plan_->call()];
        auto const& row = events_[c.event].rows[c.row];
        route_ = events_[c.event].matches[c.row].to;
        what_ = row.what.get();
        started_ = engine_->policies().steady_now();
        if (cancelled_ || engine_->stopped())
            outcome_.error = errc::cancelled;
        else if (broken_)
            outcome_.error = errc::policy_threw;
        else if (row.error)
            outcome_.error = row.error;
        else if (left_ <= duration::zero()) {
            outcome_.error = errc::total_timeout;
            outcome_.detail = "the calls of this transaction have used up their time";
        } else
            sent_ = address();
    }

    // False: the webhook was removed or made inactive since the event was recorded.
    [[nodiscard]] bool address() {
        constexpr std::size_t usual_signature = 256;
        signature_.buffer().reserve(usual_signature);
        auto const now = engine_->policies().now();
        auto const use = [&](auto& settings) {
            request_ = request_of(*what_, settings, route_->webhook, now, signature_);
        };
        with_ = route_->home->calls.with(use);
        bool unusable = !with_ && route_->home->calls.is_unusable();
        // It may have been removed and created again under the same id.
        if (auto const next = with_ ? nullptr : engine_->registry().lane_of(route_->webhook)) {
            with_ = next->calls.with(use);
            unusable = !with_ && next->calls.is_unusable();
        }
        if (unusable)
            outcome_.error = errc::webhook_unusable;
        if (!with_)
            return false;
        request_.limit = std::min<duration>(engine_->settings().call_deadline, left_);
        return true;
    }

    void finish_call() noexcept {
        bool const gone_meanwhile = !sent_ && !outcome_.error;
        if (!gone_meanwhile && !shielded([&] { note_call(); }) && outcome_.error && plan_->is_open())
            call_reporter::fail(report_, outcome_.error);
        plan_->ended(!outcome_.error);
    }

    void note_call() {
        auto const took = engine_->policies().steady_now() - started_;
        left_ -= took;
        auto const& endpoint = sent_ ? with_->endpoint : route_->what->endpoint();
        if (sent_)
            with_->mask(outcome_);
        auto noted = call_reporter::report(*route_, *what_, endpoint, outcome_, took, sent_);
        tell(endpoint, took);
        if (sent_ && is_gone(outcome_))
            gone_.emplace_back(route_->webhook, deactivation{deactivation_reason::gone, with_->created,
                                                             with_->revision, with_->url_hash});
        if (outcome_.error && plan_->is_open())
            call_reporter::fail(report_, noted);
        call_reporter::add(report_, std::move(noted));
    }

    // The log hears of a call that was made, and of one that was not.
    void tell(url const& endpoint, duration took) {
        if (sent_ && !engine_->policies().observes_attempts())
            return;
        auto const now = engine_->policies().now();
        if (!sent_)
            return engine_->policies().notify(refused_notice{route_->webhook, what_->event(), outcome_.error,
                                                             outcome_.error.message(), now});
        auto const end = outcome_.error ? delivery_state::failed : delivery_state::delivered;
        engine_->policies().notify(
            attempt_notice{*what_, route_->what->mode(), endpoint, 1, outcome_, took, end, {}, now});
    }

    // --- storage and the host ---

    void append_now() noexcept {
        result<void> stored = error_code(errc::policy_threw);
        (void)shielded([&] {
            hold_now();
            stored = engine_->policies().append_now(background_.rows, background_.hold);
        });
        appended(stored);
    }

    void enlist() noexcept {
        result<void> stored = error_code(errc::policy_threw);
        (void)shielded([&] {
            hold_now();
            stored = host_->enlist(background_.rows, background_.hold);
        });
        stored_ = stored;
        enlisted_ = stored.has_value();
        if (!stored)
            call_reporter::fail(report_, stored.error());
        plan_->ended(stored.has_value());
    }

    void commit() {
        auto const done = host_->commit();
        host_open_ = !done;
        if (done)
            call_reporter::commit(report_);
        else
            call_reporter::fail(report_, done.error());
        plan_->ended(done.has_value());
    }

    void appended(result<void> const& stored) {
        stored_ = stored;
        plan_->ended(stored.has_value());
    }

    [[nodiscard]] result<void> roll_back_host() {
        host_open_ = false;
        return host_->rollback();
    }

    // Before the host has committed it undoes everything; behind that, no more calls are made.
    void cancel() {
        cancelled_ = true;
        if (!plan_->is_open())
            return;
        call_reporter::fail(report_, errc::cancelled);
        plan_->ended(false);
    }

    void finish() noexcept {
        if (host_open_)
            call_reporter::rolled_back(report_, roll_back_host());
        if (report_.rollback_error())
            tell_problem(not_rolled_back, report_.rollback_error());
        if (report_.committed())
            call_reporter::stored(report_, std::move(background_.outcome));
        // The registry may be in the host's database, where a transaction was open until now.
        if (waits_)
            (void)shielded([&] { engine_->deactivating().make_late_now(); });
        for (auto const& [id, why] : gone_)
            (void)shielded([&] {
                if (waits_)
                    engine_->deactivating().make_now(id, why);
                else
                    engine_->deactivate(id, why);
            });
    }

    static constexpr std::string_view not_rolled_back = "the host's transaction could not be rolled back";

    void tell_problem(std::string_view what, error_code const& ec = errc::policy_threw) const noexcept {
        (void)shielded([&] { engine_->problem(ec, what); });
    }

    // Whether it went through; what throws here does so for want of memory.
    template <class Act>
    [[nodiscard]] static bool shielded(Act act) noexcept {
        try {
            act();
            return true;
        } catch (...) {
            return false;
        }
    }

    std::shared_ptr<engine> engine_;
    std::unique_ptr<host_link> host_;
    // The first savepoint, or event, that failed.
    error_code host_error_;
    // Whether the webhooks are as new as what the transaction sees.
    bool is_fresh_ = false;
    bool host_open_ = true;
    bool quiet_ = false;
    bool closed_ = false;
    std::vector<rendered_event> events_;
    // Savepoints by their numbers, with how many events there were.
    std::vector<std::pair<std::size_t, std::size_t>> marks_;
    std::size_t last_mark_ = 0;

    // Of the commit.
    std::optional<commit_plan> plan_;
    std::vector<planned_call> calls_;
    // The deliveries of all events; the events keep their routes.
    rendered_event background_;
    result<void> stored_;
    // Whether deliveries stand in the host's transaction.
    bool enlisted_ = false;
    duration left_ = engine_->settings().calls_deadline;
    bool cancelled_ = false;
    bool broken_ = false;
    std::vector<std::pair<uuid, deactivation>> gone_;
    // Whether this thread may wait for the registry.
    bool waits_ = false;
    transaction_report report_;

    // Of the call under way.
    route<engine_key> const* route_ = nullptr;
    delivery const* what_ = nullptr;
    std::shared_ptr<lane_settings<engine_key> const> with_;
    header_block signature_;
    request request_;
    exchange outcome_;
    steady_time started_{};
    bool sent_ = false;
};

} // namespace posthorn::detail
