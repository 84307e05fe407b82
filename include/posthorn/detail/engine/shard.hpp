// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/lane/lane.hpp>
#include <posthorn/detail/lane/lane_turns.hpp>
#include <posthorn/detail/retry/deactivation.hpp>
#include <posthorn/detail/retry/decision.hpp>
#include <posthorn/detail/retry/settling.hpp>
#include <posthorn/detail/util/inbox.hpp>
#include <posthorn/detail/util/parking.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace posthorn::detail {

// Everything that happens on one executor: lanes, the workers that send for them, and the settling of what
// they sent.
//
// A worker is one long-lived coroutine that takes a delivery, sends it, decides, and takes the next; where
// there is nothing to take it parks. The engine owns the shard; whoever runs shard code holds the engine.
template <class Engine>
class shard {
  public:
    using key = typename Engine::key;
    using node = queued_delivery<key>;
    using lane_type = lane<key>;
    using settings = lane_settings<key>;

    shard(Engine& owner, boost::asio::any_io_executor executor)
        : owner_(owner),
          executor_(std::move(executor)),
          transport_(owner.policies().make_transport()),
          turns_(owner.settings().in_flight_per_shard),
          settle_timer_(owner.policies().make_timer(executor_)),
          waiting_timer_(owner.policies().make_timer(executor_)) {}

    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return executor_; }

    // Before anything else happens.
    void bind(transport_context context) {
        context.executor = executor_;
        transport_->bind(std::move(context));
    }

    // From any thread: a delivery that is held by this process's lease, or new settings.
    void hand_over(std::unique_ptr<node> n) {
        if (inbox_.push(std::move(n)))
            call();
    }

    // From any thread: goes on where want of memory kept it from going on.
    void wake_if_stalled() {
        if (stalled_.exchange(false))
            call();
    }

    // From any thread: what the lane's next requests are sent with; null: the webhook was removed.
    void configure(std::shared_ptr<lane_type> l, std::shared_ptr<settings> next) {
        hand_over(
            std::unique_ptr<node>(new node{nullptr, std::move(l), 0, 0, false, false, std::move(next)}));
    }

    // From any thread: what a person wants to become of a delivery that this process has in hand; none: what
    // was wanted before is not.
    void ask(std::shared_ptr<lane_type> l, uuid const& id, std::optional<delivery_state> to) {
        boost::asio::post(executor_, [alive = owner_.shared_from_this(), this, l = std::move(l), id, to] {
            if (to)
                overrule(l, id, *to);
            else
                static_cast<void>(l->asked.take(id));
        });
    }

    // On the executor: starts the settling; workers start when there is work.
    void start() {
        running_ = true;
        settling_ = true;
        // Those of the run before have ended.
        slots_.clear();
        boost::asio::co_spawn(executor_, settle_loop(owner_.shared_from_this(), *this),
                              boost::asio::detached);
    }

    // On the executor: no new attempts, the ones in flight end soon, what waits goes back to the storage with
    // the lease.
    void stop(std::vector<std::shared_ptr<lane_type>> const& lanes) {
        running_ = false;
        transport_->cancel();
        turns_.clear();
        waiting_timer_->cancel();
        for (auto const& l : lanes) {
            while (l->queue.pop())
                give_up(*l);
            // The next run tries it again.
            l->half_open();
        }
        for (auto* const w : std::exchange(idle_, {}))
            w->spot.wake();
        wake_settler();
    }

    // From any thread. Not asked on the executor: its context may be out of work, and nobody runs it any
    // more.
    [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }

    // From any thread, before `start` is on its way.
    void announce_start() noexcept { stopped_.store(false, std::memory_order_release); }

    // On the executor: one exchange beside those of the workers. Request and outcome outlive it.
    static boost::asio::awaitable<void> exchange_of(std::shared_ptr<Engine> /*alive*/, shard& home,
                                                    request const& what, exchange& outcome) {
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        if (home.transport_->is_startable()) {
            auto sent = suspend(sender{home.transport_.get(), &what, &outcome});
            co_await std::move(sent); // NOLINT(performance-move-const-arg)
        } else {
            co_await send(home, what, outcome);
        }
    }

  private:
    struct worker {
        parking_spot spot;
        header_block signature;
    };

    struct sender {
        void operator()(send_handler done) const { transport->start(*what, *outcome, std::move(done)); }
        shard_transport* transport;
        request const* what;
        exchange* outcome;
    };

    // Only the first of what is put into the inbox calls, so a call that fails is made up for by the keeper.
    void call() {
        try {
            boost::asio::post(executor_, [alive = owner_.shared_from_this(), this] { empty_inbox(); });
        } catch (...) {
            stalled_ = true;
            owner_.problem(errc::policy_threw, "deliveries wait for memory");
        }
    }

    void empty_inbox() {
        for (auto* n = inbox_.take_all(); n != nullptr;) {
            std::unique_ptr<node> owned(std::exchange(n, n->next));
            if (owned->what)
                place(std::move(owned));
            else
                change(owned->home, std::move(owned->change));
        }
        start_workers();
    }

    void change(std::shared_ptr<lane_type> const& l, std::shared_ptr<settings> next) {
        l->removed = next == nullptr;
        if (l->removed || next->anew)
            owner_.failing().forget(*l);
        l->configure(std::move(next));
        turns_.forget(l);
        // The claim may have passed it over.
        owner_.kick();
        if (l->active())
            return list(l);
        while (auto waiting = l->queue.pop()) {
            waiting->home = l;
            place(std::move(waiting));
        }
    }

    // Puts a delivery where it belongs: into its lane, or straight to its settlement.
    void place(std::unique_ptr<node> n) {
        auto const l = n->home;
        if (!running_)
            return give_up(*l);
        if (l->removed)
            return settle(*l, *n, {delivery_state::cancelled});
        if (l->unusable())
            return settle(*l, *n, {delivery_state::pending, owner_.policies().now()});
        if (!l->active()) {
            pausing_.push_back(l);
            return settle(*l, *n, {delivery_state::paused});
        }
        if (auto const to = l->asked.take(n->what->id()))
            return settle(*l, *n, decided_by_user(*to));
        // In the queue a node does not own its lane, which owns the queue; the engine keeps the lane.
        n->home.reset();
        l->queue.push(std::move(n));
        list(l);
    }

    // One that is settled under the lease only; whoever claims it sends it.
    void give_up(lane_type& l) {
        leave(l);
        owner_.add_unsettled(-1);
    }

    // A delivery is in memory no more.
    void leave(lane_type& l) {
        if (l.room.leave())
            owner_.kick();
    }

    // Among those that can start, or whose time comes.
    void list(std::shared_ptr<lane_type> const& l) {
        auto const now = [this] { return owner_.policies().steady_now(); };
        if (running_ && turns_.list(l, now))
            await_turn();
    }

    void await_turn() {
        if (auto const at = turns_.earliest())
            waiting_timer_->arm(*at, [weak = owner_.weak_from_this(), this] {
                if (auto const still = weak.lock())
                    end_waiting();
            });
    }

    void end_waiting() {
        auto const now = owner_.policies().steady_now();
        while (auto const l = turns_.pop_waiting(now)) {
            bool const open = l->state() == breaker_state::open;
            if (open && l->ready_at() > now) {
                turns_.wait(l, l->ready_at());
                continue;
            }
            if (open) {
                l->half_open();
                owner_.kick();
            }
            list(l);
        }
        await_turn();
        start_workers();
    }

    // The next delivery, lane by lane in turn, so that a long queue waits behind the others. `started`: when
    // it is taken.
    [[nodiscard]] std::unique_ptr<node> take(wall_time& started) {
        while (running_) {
            auto const l = turns_.pop();
            if (!l)
                return nullptr;
            auto const now = l->must_wait() ? owner_.policies().steady_now() : steady_time();
            if (!l->may_start() || (l->must_wait() && l->ready_at() > now)) {
                list(l);
                continue;
            }
            auto n = l->queue.pop();
            started = owner_.policies().now();
            if (!may_send(*n, started)) {
                discard(*l, *n, started);
                list(l);
                continue;
            }
            l->begin(*n, now);
            turns_.began(*n);
            list(l);
            n->home = l;
            return n;
        }
        return nullptr;
    }

    // Whether a delivery is still this process's to send, and not too old. A person who wants one more
    // attempt gets it.
    [[nodiscard]] bool may_send(node const& n, wall_time now) const {
        return owner_.holds(n.lease, now) && (n.once || now <= owner_.latest(*n.what));
    }

    // It is not sent: whoever claims it does, or nobody does any more.
    void discard(lane_type& l, node const& n, wall_time now) {
        if (!owner_.holds(n.lease, now)) {
            give_up(l);
            return owner_.kick();
        }
        leave(l);
        auto s = settlement_of(n, n.attempts, {delivery_state::failed});
        s.error = errc::delivery_expired;
        settle(std::move(s), n);
    }

    void start_workers() {
        auto startable = turns_.startable();
        // One worker that has found something goes on as long as there is more.
        for (; startable != 0 && !idle_.empty(); --startable) {
            auto* const w = idle_.back();
            idle_.pop_back();
            w->spot.wake();
        }
        if (startable == 0)
            return;
        auto const wanted = std::min(startable + workers_ - starting_, owner_.settings().in_flight_per_shard);
        for (; running_ && workers_ < wanted; ++workers_, ++starting_) {
            slots_.push_back(std::make_unique<worker>());
            boost::asio::co_spawn(executor_, work(owner_.shared_from_this(), *this, *slots_.back()),
                                  boost::asio::detached);
        }
    }

    // `alive` is let go while the worker is parked: the engine owns the parking spot, which owns this frame.
    static boost::asio::awaitable<void> work(std::shared_ptr<Engine> alive, shard& home, worker& me) {
        --home.starting_;
        while (home.running_) {
            wall_time started;
            auto n = home.take(started);
            if (!n) {
                home.idle_.push_back(&me);
                alive.reset();
                if (!me.spot.take_wake()) {
                    auto woken = me.spot.park();
                    co_await std::move(woken); // NOLINT(performance-move-const-arg)
                }
                alive = home.owner_.shared_from_this();
                continue;
            }
            auto const with = n->home->current;
            auto const began = home.owner_.policies().steady_now();
            exchange outcome;
            request const what = request_of(*n->what, *with, n->home->id, started, me.signature, outcome);
            if (outcome.error) {
                // There is nothing to send.
            } else if (home.transport_->is_startable()) {
                auto sent = suspend(sender{home.transport_.get(), &what, &outcome});
                co_await std::move(sent); // NOLINT(performance-move-const-arg)
            } else {
                co_await send(home, what, outcome);
            }
            home.finish(std::move(n), *with, outcome, started, began);
        }
        // The settler outlives the last worker, and would otherwise not notice that it was the last.
        if (--home.workers_ == 0)
            home.wake_settler();
        home.one_ended();
    }

    // What a transport throws is an error like any other.
    static boost::asio::awaitable<void> send(shard& home, request const& what, exchange& outcome) {
        try {
            outcome = co_await home.transport_->send(what);
        } catch (std::exception const& e) {
            outcome = exchange(errc::policy_threw);
            outcome.detail = e.what();
        } catch (...) {
            outcome = exchange(errc::policy_threw);
        }
    }

    void finish(std::unique_ptr<node> n, settings const& with, exchange& outcome, wall_time started,
                steady_time began) {
        auto& l = *n->home;
        auto const ended = owner_.policies().steady_now();
        end_attempt(n->home, *n, outcome, began, ended);
        auto const asked = l.asked.take(n->what->id());
        if (outcome.error == errc::cancelled) {
            if (asked)
                return settle(l, *n, decided_by_user(*asked));
            // Nothing was decided: the delivery goes back with the lease.
            return give_up(l);
        }
        leave(l);
        auto const next = overruled(owner_.decide(outcome, n->attempts + 1, *n->what),
                                    meanwhile{l.removed, l.active() || l.unusable(), n->once, asked});
        // What is told or kept of it.
        if (outcome.error || owner_.policies().observes_attempts())
            with.mask(outcome);
        if (owner_.policies().observes_attempts()) {
            owner_.policies().notify(attempt_notice{*n->what, call_mode::fire_and_forget, with.endpoint,
                                                    n->attempts + 1, outcome, ended - began, next.state,
                                                    next.not_before, owner_.policies().now()});
        }
        auto s = settlement_of(*n, n->attempts + 1, next);
        s.error = outcome.error;
        s.started = started;
        s.status = outcome.response.status;
        if (outcome.error)
            s.answer = kept_answer(outcome);
        settle(std::move(s), *n);
        // One that a person paused waits for the person.
        if (next.state == delivery_state::paused && !asked)
            pausing_.push_back(n->home);
        if (next.gone)
            owner_.deactivate(l.id, {deactivation_reason::gone, with.created, with.revision, with.url_hash});
        // What a person sends once more changes nothing of it.
        if (!n->once)
            owner_.failing().note(executor_, n->home, outcome.error);
    }

    // What an attempt says of its receiver.
    void end_attempt(std::shared_ptr<lane_type> const& l, node const& n, exchange const& outcome,
                     steady_time began, steady_time ended) {
        constexpr std::chrono::seconds slow{1};
        auto const h = health_of(outcome);
        turns_.ended(n);
        bool const opened =
            l->end(n, h, ended - began > slow, ended, is_bad(h) ? owner_.policies().random() : 0);
        if (!opened) {
            list(l);
            // Its limit may have grown, or it leaves a place to another one; this worker is one.
            bool const leaves_place = !n.was_sound && l->trust() == lane_trust::sound;
            if (l->startable() > (leaves_place ? 0U : 1U))
                start_workers();
            return;
        }
        // What waits for it takes no memory meanwhile.
        auto const now = owner_.policies().now();
        while (auto waiting = l->queue.pop())
            settle(*l, *waiting, {delivery_state::pending, now});
        if (!running_)
            l->half_open();
        else if (turns_.wait(l, l->ready_at()))
            await_turn();
    }

    // Takes it out of the queue, or remembers what is wanted until it comes by.
    void overrule(std::shared_ptr<lane_type> const& l, uuid const& id, delivery_state to) {
        auto const waiting = l->queue.take([&](node const& n) { return n.what->id() == id; });
        if (waiting)
            settle(*l, *waiting, decided_by_user(to));
        else
            l->asked.put(id, to);
    }

    // Without an attempt.
    void settle(lane_type& l, node const& n, decision const& d) {
        leave(l);
        settle(settlement_of(n, n.attempts, d), n);
    }

    void settle(settlement s, node const& n) {
        unsettled_.push_back(std::move(s));
        lets_claim_ = lets_claim_ || n.in_order;
        wake_settler();
    }

    // Posted, so that what ends in the same turn of the executor is settled together.
    void wake_settler() {
        if (std::exchange(settler_called_, true))
            return;
        try {
            boost::asio::post(executor_, [alive = owner_.shared_from_this(), this] {
                settler_called_ = false;
                settler_.wake();
            });
        } catch (...) {
            // Now, then, and by itself.
            settler_called_ = false;
            settler_.wake();
        }
    }

    static boost::asio::awaitable<void> settle_loop(std::shared_ptr<Engine> alive, shard& home) {
        std::vector<settlement> batch;
        std::vector<std::shared_ptr<lane_type>> paused;
        while (home.running_ || home.workers_ != 0 || !home.unsettled_.empty()) {
            if (home.unsettled_.empty()) {
                alive.reset();
                if (!home.settler_.take_wake()) {
                    auto woken = home.settler_.park();
                    co_await std::move(woken); // NOLINT(performance-move-const-arg)
                }
                alive = home.owner_.shared_from_this();
                continue;
            }
            batch.clear();
            paused.clear();
            std::swap(batch, home.unsettled_);
            std::swap(paused, home.pausing_);
            bool const lets_claim = std::exchange(home.lets_claim_, false);
            auto const now = home.owner_.policies().now();
            for (auto& s : batch)
                s.time = now;
            auto const done =
                co_await home.owner_.guarded(home.owner_.policies().settle(std::span<settlement>(batch)));
            if (done) {
                home.settled(batch, paused, lets_claim);
                continue;
            }
            home.lets_claim_ = home.lets_claim_ || lets_claim;
            // The rows stay held by the lease; they are settled when the storage is back, or claimed again.
            home.unsettled_.insert(home.unsettled_.begin(), batch.begin(), batch.end());
            home.pausing_.insert(home.pausing_.begin(), paused.begin(), paused.end());
            if (!home.running_)
                break;
            home.settle_timer_->arm(home.owner_.policies().steady_now() + std::chrono::seconds(1),
                                    [weak = home.owner_.weak_from_this(), &home] {
                                        if (auto const still = weak.lock())
                                            home.settler_.wake();
                                    });
            alive.reset();
            if (!home.settler_.take_wake()) {
                auto woken = home.settler_.park();
                co_await std::move(woken); // NOLINT(performance-move-const-arg)
            }
            alive = home.owner_.shared_from_this();
        }
        home.settling_ = false;
        home.one_ended();
    }

    // A worker, or the settling.
    void one_ended() {
        if (!running_ && workers_ == 0 && !settling_)
            stopped_.store(true, std::memory_order_release);
        owner_.kick();
    }

    void settled(std::span<settlement const> batch, std::span<std::shared_ptr<lane_type> const> paused,
                 bool retries) {
        auto const now = owner_.policies().now();
        for (auto const& s : batch) {
            retries = retries || s.state == delivery_state::pending;
            if (s.state != delivery_state::pending && s.state != delivery_state::paused)
                owner_.policies().notify(settled_notice{s.id, s.state, s.attempts, s.error, s.lost, now});
        }
        owner_.add_unsettled(-static_cast<std::ptrdiff_t>(batch.size()));
        if (retries)
            owner_.kick();
        // A webhook that became active again or was removed meanwhile: its rows were moved before these were
        // paused.
        for (auto const& l : paused)
            if (l->removed)
                owner_.change_queue(l->id, queue_change::cancel);
            else if (l->active())
                owner_.change_queue(l->id, queue_change::resume);
    }

    Engine& owner_;
    boost::asio::any_io_executor executor_;
    std::unique_ptr<shard_transport> transport_;
    inbox<node> inbox_;
    lane_turns<key> turns_;
    std::vector<std::unique_ptr<worker>> slots_;
    std::vector<worker*> idle_;
    std::size_t workers_ = 0;
    std::size_t starting_ = 0;

    std::vector<settlement> unsettled_;
    // The lanes of those among them that are paused.
    std::vector<std::shared_ptr<lane_type>> pausing_;
    parking_spot settler_;
    std::unique_ptr<engine_timer> settle_timer_;
    std::unique_ptr<engine_timer> waiting_timer_;

    std::atomic<bool> stalled_{false};
    std::atomic<bool> stopped_{true};
    bool running_ = false;
    // Whether what is unsettled lets something be claimed when it is settled.
    bool lets_claim_ = false;
    bool settling_ = false;
    bool settler_called_ = false;
};

} // namespace posthorn::detail
