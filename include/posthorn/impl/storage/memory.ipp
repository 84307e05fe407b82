// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/memory_registry.hpp>
#include <posthorn/detail/retry/decision.hpp>
#include <posthorn/detail/storage/due_queue.hpp>
#include <posthorn/environment/system_random.hpp>
#include <posthorn/storage/memory.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace posthorn {

class memory_storage::state {
  public:
    explicit state(memory_limits limits) : limits_(limits), keys_(own_keys()) {}

    void append(std::span<outbox_row> rows, lease const& hold) {
        std::scoped_lock const lock(mutex_);
        if (hold.id != 0)
            keep(hold);
        for (auto& r : rows)
            if (r.error || has_room(r))
                insert(r, hold);
    }

    [[nodiscard]] claim_end claim(wall_time now, lease const& hold, claim_query const& query,
                                  std::vector<claimed_delivery>& out) {
        std::scoped_lock const lock(mutex_);
        end_leases(now);
        keep(hold);
        claim_tally tally(query);
        auto end = claim_end::complete;
        std::optional<detail::due_entry> last;
        while (!tally.is_full()) {
            auto const* const found = due_.next(last ? &*last : nullptr);
            if (found == nullptr || found->first.not_before > now)
                break;
            last.emplace(found->first);
            auto const it = rows_.find(last->id);
            auto& r = it->second;
            auto const gate = registry_.gate_of(r.what->webhook());
            if (!gate.open)
                continue;
            if (tally.room_of(r.what->webhook()) == 0) {
                end = claim_end::no_room;
                continue;
            }
            tally.take(r.what->webhook());
            move(it, delivery_state::delivering);
            r.lease = hold.id;
            out.push_back({r.what, r.attempts, r.past && r.past->once, r.in_order, gate.revision});
        }
        return end;
    }

    void settle(std::span<settlement> batch) {
        std::scoped_lock const lock(mutex_);
        for (auto& s : batch) {
            auto const it = rows_.find(s.id);
            s.lost = it == rows_.end() || it->second.state != delivery_state::delivering ||
                     it->second.lease != s.lease || !leases_.contains(s.lease);
            if (s.lost)
                continue;
            it->second.attempts = s.attempts;
            it->second.not_before = s.not_before;
            bool const tells = s.error || is_end(s.state) || it->second.past;
            if (tells && s.state != delivery_state::delivered)
                note(it->second, s);
            move(it, s.state);
            if (s.state == delivery_state::paused)
                it->second.by_user = s.by_user;
        }
    }

    [[nodiscard]] bool extend(lease const& hold, wall_time now) {
        std::scoped_lock const lock(mutex_);
        end_leases(now);
        auto const it = leases_.find(hold.id);
        if (it == leases_.end())
            return false;
        it->second = hold.until;
        return true;
    }

    void release(std::uint64_t id) {
        std::scoped_lock const lock(mutex_);
        leases_.erase(id);
        give_back([&](row const& r) { return r.lease == id; });
    }

    [[nodiscard]] std::optional<wall_time> next_due(wall_time now) {
        std::scoped_lock const lock(mutex_);
        auto earliest = due_.due_after(now);
        if (delivering_ != 0)
            for (auto const& [id, until] : leases_)
                earliest = earliest ? std::min(*earliest, until) : until;
        return earliest;
    }

    void change(uuid const& webhook, queue_change what, wall_time now) {
        using enum delivery_state;
        std::scoped_lock const lock(mutex_);
        if (!waiting_of_.contains(webhook) || !registry_.gate_of(webhook).agrees(what))
            return;
        if (what == queue_change::cancel)
            return cancel_waiting(webhook, now);
        bool const resumes = what == queue_change::resume;
        for (auto const& id : ids_of(webhook, [&](row const& r) {
                 return resumes ? r.state == paused && !r.by_user : r.state == pending;
             }))
            move(rows_.find(id), resumes ? pending : paused);
    }

    [[nodiscard]] delivery_page deliveries(delivery_query const& query) const {
        std::scoped_lock const lock(mutex_);
        std::vector<row const*> found;
        for (auto const& [id, r] : rows_)
            if (query.states.has(r.state) && (query.before == 0 || r.sequence < query.before) &&
                (!query.webhooks || contains(*query.webhooks, r.what->webhook())))
                found.push_back(&r);
        std::ranges::sort(found, std::greater(), [](row const* r) { return r->sequence; });
        delivery_page page;
        if (found.size() > query.limit) {
            found.resize(query.limit);
            page.next = found.empty() ? query.before : found.back()->sequence;
        }
        for (auto const* const r : found)
            page.found.push_back(stored(*r));
        return page;
    }

    [[nodiscard]] std::optional<stored_delivery> find(uuid const& id) const {
        std::scoped_lock const lock(mutex_);
        auto const it = rows_.find(id);
        return it == rows_.end() ? std::nullopt : std::optional(stored(it->second));
    }

    [[nodiscard]] std::vector<stored_attempt> attempts(uuid const& id) const {
        std::scoped_lock const lock(mutex_);
        auto const it = rows_.find(id);
        return it == rows_.end() || !it->second.past ? std::vector<stored_attempt>()
                                                     : it->second.past->attempts;
    }

    [[nodiscard]] std::size_t count(delivery_states states, std::size_t most) const {
        std::scoped_lock const lock(mutex_);
        std::size_t n = 0;
        for (auto it = rows_.begin(); it != rows_.end() && n != most; ++it)
            n += states.has(it->second.state);
        return n;
    }

    [[nodiscard]] bool change(uuid const& id, delivery_change what, wall_time now) {
        std::scoped_lock const lock(mutex_);
        auto const it = rows_.find(id);
        if (it == rows_.end() || !changeable(what).has(it->second.state))
            return false;
        auto& r = it->second;
        bool const had_ended = is_end(r.state);
        if (what == delivery_change::resume || what == delivery_change::redeliver)
            r.not_before = now;
        if (what == delivery_change::redeliver) {
            std::erase(failed_, id);
            ++waiting_of_[r.what->webhook()];
            auto& past = past_of(r);
            past.once = true;
            past.ended.reset();
            past.error.clear();
        } else if (what == delivery_change::cancel) {
            past_of(r).ended = now;
        }
        if (what == delivery_change::cancel && had_ended)
            r.state = delivery_state::cancelled;
        else
            move(it, changed_to(what));
        if (what == delivery_change::pause)
            r.by_user = true;
        return true;
    }

    [[nodiscard]] result<std::uint64_t> commit(registry_commit const& c) {
        std::unique_lock lock(mutex_);
        auto const before = registry_.generation();
        // Before anything is changed, since there may be no memory.
        auto const watching = watchers_;
        for (auto const& change : c.changes)
            cancel_rows_of_erased(change);
        auto const done = registry_.commit(c, limits_);
        if (!done || *done == before)
            return done;
        lock.unlock();
        for (auto const& weak : watching)
            if (auto const who = weak.lock())
                who->registry_changed(*done);
        return done;
    }

    [[nodiscard]] registry_load load(std::uint64_t after) const {
        std::scoped_lock const lock(mutex_);
        return registry_.load(after);
    }

    [[nodiscard]] std::uint64_t generation() const {
        std::scoped_lock const lock(mutex_);
        return registry_.generation();
    }

    [[nodiscard]] std::vector<history_record> history(history_query const& q) const {
        std::scoped_lock const lock(mutex_);
        return registry_.history(q);
    }

    void watch(std::weak_ptr<registry_watcher> who) {
        std::scoped_lock const lock(mutex_);
        std::erase_if(watchers_, [](auto const& w) { return w.expired(); });
        watchers_.push_back(std::move(who));
    }

    [[nodiscard]] encryption_keys keys() const { return keys_; }

    [[nodiscard]] delivery_counts counts() {
        std::scoped_lock const lock(mutex_);
        delivery_counts c;
        for (auto const& [id, r] : rows_) {
            using enum delivery_state;
            c.pending += r.state == pending;
            c.delivering += r.state == delivering;
            c.paused += r.state == paused;
            c.failed += r.state == failed;
            c.cancelled += r.state == cancelled;
        }
        return c;
    }

    [[nodiscard]] std::optional<delivery_state> state_of(uuid const& id) {
        std::scoped_lock const lock(mutex_);
        auto const it = rows_.find(id);
        return it == rows_.end() ? std::nullopt : std::optional(it->second.state);
    }

  private:
    // Under the lock. Those of a webhook's rows that `concerned` returns true for.
    template <class Predicate>
    [[nodiscard]] std::vector<uuid> ids_of(uuid const& webhook, Predicate concerned) const {
        std::vector<uuid> found;
        for (auto const& [id, r] : rows_)
            if (r.what->webhook() == webhook && concerned(r))
                found.push_back(id);
        return found;
    }

    // Under the lock. `now`: none if the time is not known; a row ends when it was created then.
    void cancel_waiting(uuid const& webhook, std::optional<wall_time> now) {
        using enum delivery_state;
        for (auto const& id :
             ids_of(webhook, [](row const& r) { return r.state == pending || r.state == paused; })) {
            auto const it = rows_.find(id);
            past_of(it->second).ended = now.value_or(it->second.what->created());
            move(it, cancelled);
        }
    }

    // Under the lock. The rows of a webhook that was removed are not those of one that is created again under
    // its id. Cancelling them is right also if the commit that creates it fails.
    void cancel_rows_of_erased(record_change const& c) {
        auto const id = c.kind == record_kind::webhook && c.value ? detail::parse_id(c.key) : std::nullopt;
        if (id && waiting_of_.contains(*id) && registry_.gate_of(*id).erased)
            cancel_waiting(*id, std::nullopt);
    }

    // Under the lock. A lease that is known lasts no shorter than it did.
    void keep(lease const& hold) {
        auto const [known, is_new] = leases_.try_emplace(hold.id, hold.until);
        if (!is_new)
            known->second = std::max(known->second, hold.until);
    }

    [[nodiscard]] static encryption_keys own_keys() {
        constexpr std::size_t words = 4;
        system_random const random;
        auto bytes = secret::of_size(words * sizeof(std::uint64_t), [&](char* out) {
            for (std::size_t i = 0; i != words; ++i) {
                auto const word = random();
                std::memcpy(out + i * sizeof word, &word, sizeof word);
            }
        });
        return static_keys::make(encryption_key("memory", std::move(bytes))).value();
    }

    // Of a delivery that did not end well at once.
    struct failings {
        std::vector<stored_attempt> attempts;
        std::string error;
        std::optional<wall_time> ended;
        bool once = false;
    };

    struct row {
        delivery_ptr what;
        delivery_state state;
        unsigned attempts;
        std::uint64_t lease;
        wall_time not_before;
        // Rows that are due at one time leave in the order in which they came.
        std::uint64_t sequence;
        bool in_order;
        // A user paused it, so that its webhook does not resume it.
        bool by_user = false;
        // Null: there is nothing to tell.
        std::unique_ptr<failings> past{};
    };

    [[nodiscard]] static failings& past_of(row& r) {
        if (!r.past)
            r.past = std::make_unique<failings>();
        return *r.past;
    }

    // Under the lock.
    static void note(row& r, settlement const& s) {
        auto& past = past_of(r);
        if (is_end(s.state))
            past.ended = s.time;
        if (s.started == wall_time())
            return;
        past.once = false;
        past.error = s.error ? s.error.message() : std::string();
        auto& a = past.attempts.emplace_back();
        a.number = s.attempts;
        a.started = s.started;
        a.ended = s.time;
        a.status = s.status;
        a.error = past.error;
        a.answer = s.answer;
    }

    // Under the lock.
    [[nodiscard]] static stored_delivery stored(row const& r) {
        stored_delivery s;
        s.number = r.sequence;
        s.what = r.what;
        s.state = r.state;
        s.attempts = r.attempts;
        s.lease = r.lease;
        s.not_before = r.not_before;
        if (r.past) {
            if (!r.past->attempts.empty())
                s.started = r.past->attempts.front().started;
            s.ended = r.past->ended;
            s.error = r.past->error;
        }
        return s;
    }

    [[nodiscard]] static bool contains(std::vector<uuid> const& sorted, uuid const& id) {
        return std::ranges::binary_search(sorted, id);
    }

    using row_map = boost::unordered_flat_map<uuid, row, uuid_hash>;

    [[nodiscard]] bool has_room(outbox_row& r) {
        std::size_t const waiting = rows_.size() - failed_.size();
        auto const known = waiting_of_.find(r.what->webhook());
        std::size_t const mine = known == waiting_of_.end() ? 0 : known->second;
        if (waiting < limits_.deliveries && mine < limits_.per_webhook)
            return true;
        r.refused = errc::queue_full;
        r.refusal = mine >= limits_.per_webhook
                        ? "the storage holds " + std::to_string(mine) +
                              " deliveries of this webhook, its limit (memory_limits::per_webhook)"
                        : "the storage holds " + std::to_string(waiting) +
                              " deliveries, its limit (memory_limits::deliveries)";
        return false;
    }

    void insert(outbox_row const& r, lease const& hold) {
        using enum delivery_state;
        bool const held = r.is_held_by(hold);
        row fresh{r.what,      held ? delivering : pending, 0, held ? hold.id : 0, r.what->created(),
                  ++sequence_, r.in_order && !r.error};
        auto const [it, is_new] = rows_.try_emplace(r.what->id(), std::move(fresh));
        if (!is_new)
            return;
        ++waiting_of_[r.what->webhook()];
        delivering_ += held;
        if (r.error) {
            auto& past = past_of(it->second);
            past.error = r.error.message();
            past.ended = r.what->created();
            it->second.state = failed;
            end(it);
        } else if (!held) {
            open(it->second);
        }
    }

    [[nodiscard]] static detail::due_entry key(row const& r) {
        return {r.not_before, r.sequence, r.what->id()};
    }

    [[nodiscard]] static bool is_open(delivery_state s) noexcept {
        return s == delivery_state::pending || s == delivery_state::delivering;
    }

    // Of those that are told in order, only the one that came first can be claimed. `r` is pending.
    void open(row const& r) {
        auto const webhook = r.what->webhook();
        if (!r.in_order)
            return due_.insert(webhook, key(r));
        auto& mine = in_order_[webhook];
        auto const before = mine.empty() ? uuid() : mine.begin()->second;
        mine.emplace(r.sequence, r.what->id());
        if (mine.begin()->second != r.what->id())
            return;
        if (auto const it = rows_.find(before);
            it != rows_.end() && before != r.what->id() && it->second.state == delivery_state::pending)
            due_.erase(webhook, key(it->second));
        due_.insert(webhook, key(r));
    }

    // `r` is about to leave `pending`, or ends otherwise; `stays`: it is to be delivering.
    void close(row const& r, bool stays) {
        auto const webhook = r.what->webhook();
        auto const mine = r.in_order ? in_order_.find(webhook) : in_order_.end();
        bool const first = mine == in_order_.end() || mine->second.begin()->second == r.what->id();
        if (r.state == delivery_state::pending && first)
            due_.erase(webhook, key(r));
        if (mine == in_order_.end() || stays)
            return;
        mine->second.erase(r.sequence);
        if (mine->second.empty()) {
            in_order_.erase(mine);
            return;
        }
        auto const next = rows_.find(mine->second.begin()->second);
        if (first && next->second.state == delivery_state::pending)
            due_.insert(webhook, key(next->second));
    }

    // The one place where a row changes its state.
    void move(row_map::iterator it, delivery_state to) {
        using enum delivery_state;
        auto& r = it->second;
        if (is_open(r.state))
            close(r, is_open(to));
        delivering_ -= r.state == delivering;
        delivering_ += to == delivering;
        r.state = to;
        r.lease = 0;
        r.by_user = false;
        if (to == pending)
            open(r);
        if (is_end(to))
            end(it);
    }

    void end(row_map::iterator it) {
        auto const webhook = it->second.what->webhook();
        if (auto const mine = waiting_of_.find(webhook); --mine->second == 0)
            waiting_of_.erase(mine);
        if (it->second.state == delivery_state::delivered) {
            rows_.erase(it);
            return;
        }
        failed_.push_back(it->first);
        if (failed_.size() > limits_.failed_kept) {
            rows_.erase(failed_.front());
            failed_.pop_front();
        }
    }

    template <class Predicate>
    void give_back(Predicate concerned) {
        if (delivering_ == 0)
            return;
        for (auto it = rows_.begin(); it != rows_.end(); ++it)
            if (it->second.state == delivery_state::delivering && concerned(it->second))
                move(it, delivery_state::pending);
    }

    void end_leases(wall_time now) {
        auto const ended = boost::unordered::erase_if(leases_, [&](auto const& l) { return l.second < now; });
        if (ended != 0)
            give_back([&](row const& r) { return !leases_.contains(r.lease); });
    }

    mutable std::mutex mutex_;
    memory_limits const limits_;
    row_map rows_;
    detail::due_queue due_;
    // Of each webhook that is told in order, those that wait or are being delivered, by their sequence.
    boost::unordered_flat_map<uuid, std::map<std::uint64_t, uuid>, uuid_hash> in_order_;
    boost::unordered_flat_map<uuid, std::size_t, uuid_hash> waiting_of_;
    boost::unordered_flat_map<std::uint64_t, wall_time> leases_;
    std::deque<uuid> failed_;
    detail::memory_registry registry_;
    std::vector<std::weak_ptr<registry_watcher>> watchers_;
    encryption_keys const keys_;
    std::uint64_t sequence_ = 0;
    std::size_t delivering_ = 0;
};

POSTHORN_DECL memory_storage::memory_storage(memory_limits limits)
    : state_(std::make_shared<state>(limits)) {}

POSTHORN_DECL result<void> memory_storage::append_now(std::span<outbox_row> rows, lease const& hold) {
    state_->append(rows, hold);
    return {};
}

POSTHORN_DECL boost::asio::awaitable<result<void>> memory_storage::append(std::span<outbox_row> rows,
                                                                          lease const& hold) {
    state_->append(rows, hold);
    co_return result<void>();
}

POSTHORN_DECL boost::asio::awaitable<result<claim_end>>
memory_storage::claim(wall_time now, lease const& hold, claim_query const& query,
                      std::vector<claimed_delivery>& out) {
    co_return state_->claim(now, hold, query, out);
}

POSTHORN_DECL boost::asio::awaitable<result<void>> memory_storage::settle(std::span<settlement> batch) {
    state_->settle(batch);
    co_return result<void>();
}

POSTHORN_DECL boost::asio::awaitable<result<void>> memory_storage::extend(lease const& hold, wall_time now) {
    if (!state_->extend(hold, now))
        co_return error_code(errc::lease_lost);
    co_return result<void>();
}

POSTHORN_DECL boost::asio::awaitable<result<void>> memory_storage::release(std::uint64_t lease_id) {
    state_->release(lease_id);
    co_return result<void>();
}

POSTHORN_DECL boost::asio::awaitable<result<std::optional<wall_time>>>
memory_storage::next_due(wall_time now) {
    co_return state_->next_due(now);
}

POSTHORN_DECL boost::asio::awaitable<result<void>> memory_storage::change(uuid webhook, queue_change what,
                                                                          wall_time now) {
    state_->change(webhook, what, now);
    co_return result<void>();
}

POSTHORN_DECL result<delivery_page> memory_storage::deliveries(delivery_query const& query) const {
    return state_->deliveries(query);
}

POSTHORN_DECL result<std::optional<stored_delivery>> memory_storage::find(uuid const& id) const {
    return state_->find(id);
}

POSTHORN_DECL result<std::vector<stored_attempt>> memory_storage::attempts(uuid const& id) const {
    return state_->attempts(id);
}

POSTHORN_DECL result<std::size_t> memory_storage::count(delivery_states states, std::size_t most) const {
    return state_->count(states, most);
}

POSTHORN_DECL result<bool> memory_storage::change(uuid const& id, delivery_change what, wall_time now) {
    bool const moved = state_->change(id, what, now);
    return {boost::system::in_place_value, moved};
}

POSTHORN_DECL result<std::uint64_t> memory_storage::commit(registry_commit const& c) {
    return state_->commit(c);
}

POSTHORN_DECL result<registry_load> memory_storage::load(std::uint64_t after) const {
    return state_->load(after);
}

POSTHORN_DECL result<std::uint64_t> memory_storage::generation() const {
    return state_->generation();
}

POSTHORN_DECL result<std::vector<history_record>> memory_storage::history(history_query const& q) const {
    return state_->history(q);
}

POSTHORN_DECL void memory_storage::watch(std::weak_ptr<registry_watcher> who) {
    state_->watch(std::move(who));
}

POSTHORN_DECL encryption_keys memory_storage::keys() const {
    return state_->keys();
}

POSTHORN_DECL delivery_counts memory_storage::counts() const {
    return state_->counts();
}

POSTHORN_DECL std::optional<delivery_state> memory_storage::state_of(uuid const& id) const {
    return state_->state_of(id);
}

} // namespace posthorn
