// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/dispatch/event_renderer.hpp>
#include <posthorn/detail/dispatch/handlers.hpp>
#include <posthorn/detail/dispatch/rendered_event.hpp>
#include <posthorn/detail/engine/claim_plan.hpp>
#include <posthorn/detail/engine/deactivations.hpp>
#include <posthorn/detail/engine/drain_list.hpp>
#include <posthorn/detail/engine/guarded.hpp>
#include <posthorn/detail/engine/held_lease.hpp>
#include <posthorn/detail/engine/option_rules.hpp>
#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/engine/queue_moves.hpp>
#include <posthorn/detail/engine/shard.hpp>
#include <posthorn/detail/registry/registry_watch.hpp>
#include <posthorn/detail/registry/webhook_directory.hpp>
#include <posthorn/detail/retry/failing_watch.hpp>
#include <posthorn/detail/routing/routing.hpp>
#include <posthorn/dispatch_result.hpp>
#include <posthorn/options.hpp>
#include <posthorn/shards.hpp>
#include <posthorn/transport/resolver_pool.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace posthorn::detail {

// What the dispatcher is a handle of: routes, shards, and the keeper that holds the lease and claims what is
// due.
class engine final : public std::enable_shared_from_this<engine>,
                     public directory_owner,
                     public registry_watch_owner,
                     public registry_watcher {
  public:
    using key = engine_key;
    using node = queued_delivery<key>;
    using lane_type = lane<key>;
    using table = routing_table<key>;

    engine(catalog_schema catalog, posthorn::shards const& where, std::unique_ptr<policy_table> with,
           options const& settings)
        : policies_(std::move(with)),
          options_(checked(settings)),
          catalog_(catalog),
          resolver_(std::make_shared<resolver_pool>(options_.resolver_threads, options_.resolver_queue,
                                                    policies_->steady_source())),
          failing_(*this),
          deactivations_(*this),
          moves_(*this),
          registry_(*this, *policies_, options_, catalog, where.executors().size()),
          renderer_(*policies_, options_, catalog, unsettled_),
          watch_(*this, *policies_, options_, registry_, where.executors().front()),
          keeper_timer_(policies_->make_timer(where.executors().front())) {
        for (auto const& executor : where.executors())
            shards_.push_back(std::make_unique<shard<engine>>(*this, executor));
    }

    engine(engine const&) = delete;
    engine& operator=(engine const&) = delete;

    // A look-up that ends later must not reach for the blocking transport's contexts, which go now.
    ~engine() { resolver_->forget(); }

    // Once, after construction: what needs the shared pointer, and the webhooks that the registry has.
    void begin() {
        transport_context context;
        context.limits = options_.exchange;
        // The transports live in the shards, which go before the policies.
        context.allows_address = [p = policies_.get()](auto const& address, std::uint16_t port) {
            return p->allows_address(address, port);
        };
        context.allows_endpoint = [p = policies_.get()](url const& u) { return p->allows_endpoint(u); };
        context.resolver = resolver_;
        for (auto const& s : shards_)
            s->bind(context);
        policies_->bind_calls(context);
        if (policies_->watch(std::weak_ptr<registry_watcher>(weak_from_this().lock())))
            registry_.set_watched();
        // If it fails, the next call tries again.
        (void)registry_.sync();
    }

    // --- events ---

    [[nodiscard]] bool accepts() const noexcept { return accepting_.load(std::memory_order_acquire); }

    // Any thread: why no event is accepted right now; no error: it is. While the webhooks are not known, none
    // is.
    [[nodiscard]] error_code refusal_of_all() {
        if (!accepts())
            return errc::stopping;
        return registry_.freshen() ? error_code() : make_error_code(errc::registry_unavailable);
    }

    // The same without waiting for a registry that can be awaited: it is loaded behind this call.
    [[nodiscard]] error_code refusal_of_all_now() {
        if (!accepts() || registry_.loaded() || !policies_->awaits_registry())
            return refusal_of_all();
        watch_.load_soon(shared_from_this());
        return errc::registry_unavailable;
    }

    // Whether everything is to end.
    [[nodiscard]] bool stopped() const noexcept { return stop_requested_.load(std::memory_order_acquire); }

    // Any thread, as what follows.
    [[nodiscard]] bool runs() const noexcept { return running_; }
    // Under what rows are stored right now.
    [[nodiscard]] lease hold() const noexcept { return lease_.current(); }

    // Any thread. Matches and renders; no row: nobody asked.
    void render(event_view& e, std::optional<wall_time> time, std::optional<uuid> id, rendered_event& b) {
        b.routes = registry_.routes();
        renderer_.render(e, time, id, b);
    }

    // Any thread: takes out what only those who wait can have.
    void refuse_calls(rendered_event& b) { renderer_.refuse_calls(b); }

    // Any thread: stores through the awaitable way, then tells the handler.
    void append(std::shared_ptr<rendered_event> what, append_handler handler) {
        boost::asio::co_spawn(keeper_executor(), append_rows(shared_from_this(), what),
                              [what, handler = std::move(handler)](std::exception_ptr) mutable {
                                  auto const ec = what->outcome.error();
                                  std::move(handler)(ec, std::move(what->outcome));
                              });
    }

    // Any thread, after the storage was asked: counts, tells, and gives this process's lanes what it holds.
    void accept(rendered_event& b, result<void> const& stored) {
        registry_.cancel_orphans(b, stored);
        if (stored && std::ranges::any_of(b.rows, [&](auto const& r) { return r.is_held_by(b.hold); }))
            lease_.use(b.hold.id);
        for (std::size_t i = 0; i != b.rows.size(); ++i) {
            auto& row = b.rows[i];
            auto const& match = *b.matches[i];
            if (!stored || row.refused) {
                auto const ec = stored ? row.refused : stored.error();
                renderer_.refuse(
                    b, match, *row.what,
                    refusal(match.webhook, ec, row.refusal.empty() ? ec.message() : std::move(row.refusal)));
                continue;
            }
            b.outcome.add_accepted();
            policies_->notify(accepted_notice{*row.what, row.error, b.now});
            if (row.is_held_by(b.hold))
                hand_over(match.home, {std::move(row.what)}, b.hold.id);
            else if (b.hold.id != 0 && !row.error)
                leave_to_claim(*match.home);
        }
        // Rows stored without a lease are left to the claim, also when the run began meanwhile.
        if (b.hold.id == 0 && lease_.current().id != 0)
            kick();
    }

    // Any thread: rows that were stored with a transaction of the host whose commit failed, or seemed to.
    // Those that are there all the same are left to the claim.
    void give_back(rendered_event const& b) {
        if (b.hold.id == 0)
            return;
        boost::asio::co_spawn(keeper_executor(), settle_back(shared_from_this(), settlements_back(b)),
                              boost::asio::detached);
    }

    // --- running ---

    // Any thread.
    void run(run_handler handler) {
        if (running_.exchange(true))
            return std::move(handler)(errc::already_running);
        stop_requested_ = false;
        accepting_ = true;
        // A deferred operation may be started when the dispatcher is gone.
        if (closed_) {
            accepting_ = running_ = false;
            return std::move(handler)(errc::stopping);
        }
        // Here and not in the keeper: a context that got no work before somebody runs it would end at once.
        for (auto const& s : shards_) {
            s->announce_start();
            boost::asio::post(s->executor(), [self = shared_from_this(), &s] { s->start(); });
        }
        watch_.run(shared_from_this());
        failing_.tell_news(shared_from_this());
        boost::asio::co_spawn(
            keeper_executor(), keep(shared_from_this()),
            [handler = std::move(handler)](std::exception_ptr) mutable { std::move(handler)(error_code()); });
    }

    // Any thread.
    void drain(duration timeout, run_handler handler) {
        if (!running_) {
            std::move(handler)(errc::not_running);
            return;
        }
        accepting_ = false;
        boost::asio::post(keeper_executor(),
                          [self = shared_from_this(), timeout, handler = std::move(handler)]() mutable {
                              // The run may have ended meanwhile, and nobody would look at the drains again.
                              if (!self->running_)
                                  return std::move(handler)(errc::not_running);
                              self->drains_.add(self->policies_->steady_now() + timeout, std::move(handler));
                              self->keeper_spot_.wake();
                          });
    }

    // Any thread.
    void stop() {
        accepting_ = false;
        stop_requested_ = true;
        policies_->cancel_calls();
        // A look-up that ends later must not reach for an executor that is gone.
        resolver_->forget();
        // Without a run nothing is left on the executors, where it would outlive the dispatcher.
        if (running_)
            kick();
    }

    [[nodiscard]] webhook_directory& registry() noexcept { return registry_; }
    [[nodiscard]] failing_watch<engine>& failing() noexcept { return failing_; }
    [[nodiscard]] queue_moves<engine>& moves() noexcept { return moves_; }
    [[nodiscard]] deactivations<engine>& deactivating() noexcept { return deactivations_; }
    [[nodiscard]] catalog_schema catalog() const noexcept { return catalog_; }
    [[nodiscard]] shard<engine>& first_shard() noexcept { return *shards_.front(); }

    // The same for good: what still runs on the executors begins no look-up, which would end while they go.
    void close() {
        closed_ = true;
        stop();
        resolver_->close();
    }

    // Any thread: makes the keeper look around.
    void kick() {
        if (kicked_.exchange(true))
            return;
        try {
            boost::asio::post(keeper_executor(), [self = shared_from_this()] {
                self->kicked_ = false;
                self->keeper_spot_.wake();
            });
        } catch (...) {
            // The keeper looks around by itself, later.
            kicked_ = false;
        }
    }

    // What one lane may have in memory.
    [[nodiscard]] std::size_t most_queued() const noexcept { return lane_bound(unsettled_.load(), options_); }

    // --- for the shards ---
    [[nodiscard]] policy_table& policies() const noexcept { return *policies_; }
    [[nodiscard]] options const& settings() const noexcept { return options_; }
    [[nodiscard]] boost::asio::any_io_executor const& keeper_executor() const noexcept {
        return shards_.front()->executor();
    }

    [[nodiscard]] decision decide(exchange const& outcome, unsigned attempts, delivery const& what) {
        // Most deliveries need neither the time nor chance.
        if (!outcome.error)
            return {delivery_state::delivered};
        return in_time(detail::decide(outcome, attempts, policies_->now(), policies_->random(), *policies_,
                                      options_.longest_retry_after),
                       latest(what));
    }

    // When a delivery may be tried for the last time.
    [[nodiscard]] wall_time latest(delivery const& what) const noexcept {
        return latest_attempt(what.created(), options_.delivery_deadline);
    }

    // Any thread; the webhook's calls are made where its deliveries are. To be awaited on that executor.
    [[nodiscard]] shard<engine>& shard_of(lane_type const& l) noexcept { return *shards_[l.shard]; }

    // Any thread; null: the webhook is gone.
    void configure(std::shared_ptr<lane_type> const& home,
                   std::shared_ptr<lane_settings<key>> next) override {
        shards_[home->shard]->configure(home, std::move(next));
    }

    void resume_failing(lane_type& home, std::optional<failing_record> const& known) override {
        failing_.resume(home, known);
    }

    void failing_changed(std::shared_ptr<lane_type> const& home,
                         std::optional<failing_record> const& known) override {
        failing_.add_news(home, known);
        if (running_)
            failing_.tell_news(shared_from_this());
    }

    // Any thread: deactivates a webhook, as soon as the registry can.
    void deactivate(uuid const& id, deactivation const& why) {
        boost::asio::co_spawn(keeper_executor(), deactivations<engine>::make(shared_from_this(), id, why),
                              boost::asio::detached);
    }

    // Any thread: moves a webhook's rows that no lane holds; its lane sees to the others. Posted, since the
    // caller holds locks that an observer may want.
    void change_queue(uuid const& id, queue_change what) override {
        boost::asio::post(keeper_executor(), [self = shared_from_this(), id, what] {
            boost::asio::co_spawn(self->keeper_executor(), queue_moves<engine>::make(self, id, what),
                                  boost::asio::detached);
        });
    }

    // Whether this process may still send what was stored under a lease.
    [[nodiscard]] bool holds(std::uint64_t id, wall_time now) const noexcept {
        return lease_.covers(id, now);
    }

    // How many deliveries are between a lane and their settlement; a drain waits for zero.
    void add_unsettled(std::ptrdiff_t n) {
        if (unsettled_.fetch_add(n, std::memory_order_acq_rel) + n == 0 && !accepting_)
            kick();
    }

    void problem(error_code ec, std::string_view message) override {
        policies_->notify(problem_notice{ec, message, policies_->now()});
    }

    // Awaits a storage operation; what it throws is an error like any other.
    template <class T>
    [[nodiscard]] boost::asio::awaitable<result<T>> guarded(boost::asio::awaitable<result<T>> operation) {
        return detail::guarded(*this, std::move(operation));
    }

  private:
    static boost::asio::awaitable<void> append_rows(std::shared_ptr<engine> self,
                                                    std::shared_ptr<rendered_event> what) {
        if (what->rows.empty())
            co_return;
        auto const stored = co_await self->guarded(self->policies_->append(what->rows, what->hold));
        self->accept(*what, stored);
    }

    static boost::asio::awaitable<void> settle_back(std::shared_ptr<engine> self, std::vector<settlement> s) {
        (void)co_await self->guarded(self->policies_->settle(s));
        self->kick();
    }

    // Something is stored for it, or may be, that is not handed over.
    void leave_to_claim(lane_type& home) {
        home.room.set_behind(true);
        if (home.room.is_low(most_queued()))
            kick();
    }

    void hand_over(std::shared_ptr<lane_type> const& home, claimed_delivery what, std::uint64_t lease_id) {
        std::unique_ptr<node> n(
            new node{std::move(what.what), home, lease_id, what.attempts, what.once, what.in_order});
        unsettled_.fetch_add(1, std::memory_order_acq_rel);
        home->room.enter();
        shards_[home->shard]->hand_over(std::move(n));
    }

    // --- the keeper: one coroutine on the first shard's executor ---

    static boost::asio::awaitable<void> keep(std::shared_ptr<engine> alive) {
        auto& e = *alive;
        e.lease_.take_new();
        e.next_prune_ = e.policies_->steady_now();
        while (!e.stop_requested_) {
            auto const wake_at = co_await e.look_around();
            if (e.stop_requested_)
                break;
            e.keeper_timer_->arm(wake_at, [weak = e.weak_from_this()] {
                if (auto const self = weak.lock())
                    self->keeper_spot_.wake();
            });
            // Parked without owning the engine, which owns the parking spot.
            alive.reset();
            if (!e.keeper_spot_.take_wake()) {
                auto woken = e.keeper_spot_.park();
                co_await std::move(woken); // NOLINT(performance-move-const-arg)
            }
            alive = e.shared_from_this();
        }
        e.keeper_timer_->cancel();
        e.stop_shards();
        // Every end on a shard kicks. Parked without owning the engine here too.
        while (!e.shards_stopped() || e.watch_.is_running()) {
            alive.reset();
            if (!e.keeper_spot_.take_wake()) {
                auto woken = e.keeper_spot_.park();
                co_await std::move(woken); // NOLINT(performance-move-const-arg)
            }
            alive = e.shared_from_this();
        }
        co_await e.failing_.write_rest();
        (void)co_await e.deactivations_.make_late();
        auto const held = e.lease_.let_go();
        (void)co_await e.guarded(e.policies_->release(held));
        e.running_ = false;
        e.drains_.finish();
    }

    // All that there is to do now. When there is something again.
    boost::asio::awaitable<steady_time> look_around() {
        for (auto const& s : shards_)
            s->wake_if_stalled();
        // Before the claim, which finds what is resumed.
        bool const unmoved = co_await moves_.make_late();
        bool const extended = co_await lease_.keep();
        // Nothing is claimed under a lease that may have ended.
        bool claimed = false;
        again_ = settled_at_claim_ = false;
        if (extended)
            claimed = co_await claim_due();
        co_await prune_old();
        bool const more = co_await failing_.write(false);
        again_ = again_ || more;
        bool const unmade = co_await deactivations_.make_late();
        auto const wake = co_await next_wake();
        // A storage is not asked again without a pause; one that fails is asked again soon.
        auto const now = policies_->steady_now();
        duration const pause = claimed ? std::chrono::milliseconds(1) : std::chrono::milliseconds(1000);
        auto const soon = now + pause;
        if (!claimed || again_)
            co_return soon;
        co_return std::max(unmoved || unmade ? std::min(wake, now + std::chrono::seconds(1)) : wake, soon);
    }

    void registry_changed(std::uint64_t generation) noexcept override {
        registry_.note_newer(generation);
        if (running_)
            watch_.look_soon(weak_from_this());
    }

    void registry_loaded() override {
        boost::asio::co_spawn(keeper_executor(),
                              detail::move_all_queues(shared_from_this(), registry_.queues()),
                              boost::asio::detached);
        kick();
    }

    void registry_watch_ended() override { kick(); }

    // False: the storage failed. Before the webhooks are known, their rows stay where they are.
    boost::asio::awaitable<bool> claim_due() {
        if (!registry_.loaded())
            co_return false;
        std::vector<claimed_delivery> claimed;
        claim_plan plan;
        do {
            claimed.clear();
            claimed_at_ = policies_->now();
            lease const held = hold();
            settled_at_claim_ = unsettled_.load(std::memory_order_acquire) == 0;
            plan.begin(claim_bound(unsettled_.load(), options_), most_queued());
            // Whoever finds no room from here on says so again.
            registry_.visit_lanes([&](auto const& l) {
                plan.add(*l);
                l->room.set_behind(false);
            });
            auto const done = co_await guarded(policies_->claim(claimed_at_, held, plan.query(), claimed));
            if (!done) {
                registry_.visit_lanes([](auto const& l) { l->room.set_behind(true); });
                co_return false;
            }
            if (!claimed.empty())
                lease_.use(held.id);
            plan.end(claimed);
            passed_over_ = *done == claim_end::no_room && plan.may_get_room();
            // A webhook that others have saved is loaded before anything is decided about its deliveries.
            auto knowing = registry_.async_know(claimed);
            bool const known = co_await std::move(knowing);
            if (auto back = spread(claimed, held.id, known); !back.empty())
                (void)co_await guarded(policies_->settle(back));
            registry_.visit_lanes([&](auto const& l) {
                if (plan.may_be_behind(l->id))
                    leave_to_claim(*l);
            });
            again_ = claimed.size() == plan.query().limit;
            // The lease is prolonged in time, however much there is.
        } while (again_ && !stop_requested_ && policies_->steady_now() < lease_.due());
        co_return true;
    }

    // Once a minute; a storage that fails is asked again in the next.
    boost::asio::awaitable<void> prune_old() {
        auto const now = policies_->steady_now();
        if (now < next_prune_)
            co_return;
        auto const gone = co_await guarded(policies_->prune(policies_->now()));
        // A step at a time: what is due goes before.
        bool const more = gone && *gone != 0;
        next_prune_ = more ? now : now + std::chrono::minutes(1);
        again_ = again_ || more;
    }

    // Gives each delivery to its lane. `known`: whether the registry was asked about those that have none.
    // What comes back is not this process's to send: the webhook was removed, or is not known here.
    [[nodiscard]] std::vector<settlement> spread(std::vector<claimed_delivery>& claimed,
                                                 std::uint64_t lease_id, bool known) {
        std::vector<settlement> back;
        auto const homes = registry_.lanes_of(claimed);
        auto const now = policies_->now();
        for (std::size_t i = 0; i != claimed.size(); ++i) {
            auto& c = claimed[i];
            if (homes[i]) {
                hand_over(homes[i], std::move(c), lease_id);
                continue;
            }
            // What is only not there may be damaged; the outbox that keeps webhooks may have this one.
            bool const removed = c.webhook_revision == 0 && registry_.is_removed(c.what->webhook());
            auto const what = !known                             ? unsent::not_asked
                              : removed                          ? unsent::removed
                              : !c.once && now > latest(*c.what) ? unsent::expired
                                                                 : unsent::unknown;
            back.push_back(settlement_unsent(c, lease_id, what, now));
        }
        return back;
    }

    // When the keeper has something to do, unless it is kicked; requests the stop when a drain is done.
    boost::asio::awaitable<steady_time> next_wake() {
        auto const now = policies_->steady_now();
        auto wake = lease_.due();
        auto const due = co_await guarded(policies_->next_due(claimed_at_));
        std::optional<steady_time> due_at;
        if (due && *due)
            due_at = now + std::max<duration>(**due - policies_->now(), duration::zero());
        else if (!due)
            due_at = now + std::chrono::seconds(1);
        if (due_at)
            wake = std::min(wake, *due_at);
        // What is settled while the storage is asked may be due, and in none of its answers.
        bool const idle =
            settled_at_claim_ && unsettled_.load(std::memory_order_acquire) == 0 && !again_ && !passed_over_;
        if (drains_.judge(now, idle, due_at))
            stop_requested_ = true;
        if (auto const end = drains_.earliest())
            wake = std::min(wake, *end);
        co_return wake;
    }

    void stop_shards() {
        watch_.stop();
        std::vector<std::vector<std::shared_ptr<lane_type>>> lanes(shards_.size());
        registry_.visit_lanes([&](auto const& l) { lanes[l->shard].push_back(l); });
        for (std::size_t i = 0; i != shards_.size(); ++i)
            boost::asio::post(shards_[i]->executor(), [self = shared_from_this(), i, mine = lanes[i]] {
                self->shards_[i]->stop(mine);
            });
    }

    [[nodiscard]] bool shards_stopped() const noexcept {
        return std::all_of(shards_.begin(), shards_.end(), [](auto const& s) { return s->stopped(); });
    }

    std::unique_ptr<policy_table> const policies_;
    options const options_;
    catalog_schema const catalog_;
    std::shared_ptr<resolver_pool> const resolver_;
    failing_watch<engine> failing_;
    deactivations<engine> deactivations_;
    queue_moves<engine> moves_;
    webhook_directory registry_;
    std::vector<std::unique_ptr<shard<engine>>> shards_;
    event_renderer renderer_;

    registry_watch watch_;

    std::atomic<bool> accepting_{true};
    std::atomic<bool> running_{false};
    std::atomic<bool> stop_requested_{false};
    std::atomic<bool> closed_{false};
    std::atomic<bool> kicked_{false};
    lease_keeper<engine> lease_{*this};
    std::atomic<std::ptrdiff_t> unsettled_{0};

    // The keeper's own.
    parking_spot keeper_spot_;
    std::unique_ptr<engine_timer> keeper_timer_;
    // The last claim: when, and whether it left something that was due.
    wall_time claimed_at_{};
    bool passed_over_ = false;
    // Whether nothing was between a lane and its settlement then.
    bool settled_at_claim_ = false;
    // There is more to do at once.
    bool again_ = false;
    steady_time next_prune_{};
    drain_list drains_;
};

} // namespace posthorn::detail
