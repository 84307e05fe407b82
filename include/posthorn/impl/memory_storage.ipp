// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/decision.hpp>
#include <posthorn/detail/due_queue.hpp>
#include <posthorn/storage/memory.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

class memory_storage::state {
  public:
    explicit state(memory_limits limits) : limits_(limits) {}

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
            if (tally.room_of(r.what->webhook()) == 0) {
                end = claim_end::no_room;
                continue;
            }
            tally.take(r.what->webhook());
            move(it, delivery_state::delivering);
            r.lease = hold.id;
            out.push_back({r.what, r.attempts, r.past && r.past->once, r.in_order});
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
        if (!waiting_of_.contains(webhook))
            return;
        std::vector<uuid> concerned;
        for (auto const& [id, r] : rows_)
            if (r.what->webhook() == webhook &&
                (r.state == (what == queue_change::resume ? paused : pending) ||
                 (what == queue_change::cancel && r.state == paused)))
                concerned.push_back(id);
        auto const to = what == queue_change::pause    ? paused
                        : what == queue_change::resume ? pending
                                                       : cancelled;
        for (auto const& id : concerned) {
            auto const it = rows_.find(id);
            if (to == cancelled)
                past_of(it->second).ended = now;
            move(it, to);
        }
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
        return true;
    }

    void put(webhook const& w) {
        std::scoped_lock const lock(mutex_);
        webhooks_.put(w);
    }

    void erase(uuid const& id) {
        std::scoped_lock const lock(mutex_);
        webhooks_.erase(id);
    }

    void put(webhook const& w, history_entry const& e) {
        std::scoped_lock const lock(mutex_);
        note(e);
        webhooks_.put(w);
    }

    void erase(uuid const& id, history_entry const& e) {
        std::scoped_lock const lock(mutex_);
        note(e);
        webhooks_.erase(id);
    }

    void add(history_entry const& e) {
        std::scoped_lock const lock(mutex_);
        note(e);
    }

    [[nodiscard]] std::vector<history_entry> history(uuid const& webhook, std::uint64_t before,
                                                     std::size_t limit) const {
        std::scoped_lock const lock(mutex_);
        std::vector<history_entry> found;
        for (auto e = history_.rbegin(); e != history_.rend() && found.size() != limit; ++e)
            if (e->webhook == webhook && (before == 0 || e->number < before))
                found.push_back(*e);
        return found;
    }

    [[nodiscard]] std::vector<history_entry> history_after(std::uint64_t number, std::size_t limit) const {
        std::scoped_lock const lock(mutex_);
        auto const first = std::upper_bound(history_.begin(), history_.end(), number,
                                            [](auto n, auto const& e) { return n < e.number; });
        auto const rest = static_cast<std::size_t>(history_.end() - first);
        return {first, first + static_cast<std::ptrdiff_t>(std::min(rest, limit))};
    }

    void put_setting(std::string_view kind, std::string_view key, std::string_view value) {
        std::scoped_lock const lock(mutex_);
        settings_.insert_or_assign(setting_key(kind, key), value);
    }

    void erase_setting(std::string_view kind, std::string_view key) {
        std::scoped_lock const lock(mutex_);
        settings_.erase(setting_key(kind, key));
    }

    [[nodiscard]] std::optional<std::string> find_setting(std::string_view kind, std::string_view key) const {
        std::scoped_lock const lock(mutex_);
        auto const it = settings_.find(setting_key(kind, key));
        return it == settings_.end() ? std::nullopt : std::optional(it->second);
    }

    [[nodiscard]] std::vector<setting> settings(std::string_view kind, std::string_view after_key,
                                                std::size_t limit) const {
        std::scoped_lock const lock(mutex_);
        std::vector<setting> found;
        for (auto it = settings_.upper_bound(setting_key(kind, after_key));
             it != settings_.end() && it->first.first == kind && found.size() != limit; ++it)
            found.emplace_back(it->first.first, it->first.second, it->second);
        return found;
    }

    [[nodiscard]] std::vector<webhook> load() {
        std::scoped_lock const lock(mutex_);
        return webhooks_.all();
    }

    void put(filter const& f) {
        std::scoped_lock const lock(mutex_);
        filters_.put(f);
    }

    void erase_filter(uuid const& id) {
        std::scoped_lock const lock(mutex_);
        filters_.erase(id);
    }

    [[nodiscard]] std::vector<filter> load_filters() {
        std::scoped_lock const lock(mutex_);
        return filters_.all();
    }

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
    // Kind and key.
    using setting_key = std::pair<std::string, std::string>;

    // Under the lock. A lease that is known lasts no shorter than it did.
    void keep(lease const& hold) {
        auto const [known, is_new] = leases_.try_emplace(hold.id, hold.until);
        if (!is_new)
            known->second = std::max(known->second, hold.until);
    }

    // Under the lock.
    void note(history_entry e) {
        e.number = ++last_entry_;
        history_.push_back(std::move(e));
        if (history_.size() > limits_.history_kept)
            history_.pop_front();
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

    // Values in the order of their creation, found by id.
    template <class T>
    class registered {
      public:
        void put(T const& changed) {
            auto const [known, is_new] = numbers_.try_emplace(changed.id, last_);
            last_ += is_new;
            values_.insert_or_assign(known->second, changed);
        }

        void erase(uuid const& id) {
            auto const known = numbers_.find(id);
            if (known == numbers_.end())
                return;
            values_.erase(known->second);
            numbers_.erase(known);
        }

        [[nodiscard]] std::vector<T> all() const {
            std::vector<T> copies;
            copies.reserve(values_.size());
            for (auto const& [number, v] : values_)
                copies.push_back(v);
            return copies;
        }

      private:
        std::map<std::uint64_t, T> values_;
        boost::unordered_flat_map<uuid, std::uint64_t, uuid_hash> numbers_;
        std::uint64_t last_ = 0;
    };

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
    registered<webhook> webhooks_;
    registered<filter> filters_;
    std::deque<history_entry> history_;
    std::map<setting_key, std::string> settings_;
    std::uint64_t last_entry_ = 0;
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

POSTHORN_DECL result<void> memory_storage::put(webhook const& w) {
    state_->put(w);
    return {};
}

POSTHORN_DECL result<void> memory_storage::erase(uuid const& id) {
    state_->erase(id);
    return {};
}

POSTHORN_DECL result<std::vector<webhook>> memory_storage::load() {
    return state_->load();
}

POSTHORN_DECL result<void> memory_storage::put(webhook const& w, history_entry const& e) {
    state_->put(w, e);
    return {};
}

POSTHORN_DECL result<void> memory_storage::erase(uuid const& id, history_entry const& e) {
    state_->erase(id, e);
    return {};
}

POSTHORN_DECL result<void> memory_storage::note(history_entry const& e) {
    state_->add(e);
    return {};
}

POSTHORN_DECL result<std::vector<history_entry>>
memory_storage::history(uuid const& webhook, std::uint64_t before, std::size_t limit) const {
    return state_->history(webhook, before, limit);
}

POSTHORN_DECL result<std::vector<history_entry>> memory_storage::history_after(std::uint64_t number,
                                                                               std::size_t limit) const {
    return state_->history_after(number, limit);
}

POSTHORN_DECL result<void> memory_storage::put_setting(std::string_view kind, std::string_view key,
                                                       std::string_view value) {
    state_->put_setting(kind, key, value);
    return {};
}

POSTHORN_DECL result<void> memory_storage::erase_setting(std::string_view kind, std::string_view key) {
    state_->erase_setting(kind, key);
    return {};
}

POSTHORN_DECL result<std::optional<std::string>> memory_storage::find_setting(std::string_view kind,
                                                                              std::string_view key) const {
    return state_->find_setting(kind, key);
}

POSTHORN_DECL result<std::vector<setting>>
memory_storage::settings(std::string_view kind, std::string_view after_key, std::size_t limit) const {
    return state_->settings(kind, after_key, limit);
}

POSTHORN_DECL result<void> memory_storage::put(filter const& f) {
    state_->put(f);
    return {};
}

POSTHORN_DECL result<void> memory_storage::erase_filter(uuid const& id) {
    state_->erase_filter(id);
    return {};
}

POSTHORN_DECL result<std::vector<filter>> memory_storage::load_filters() {
    return state_->load_filters();
}

POSTHORN_DECL delivery_counts memory_storage::counts() const {
    return state_->counts();
}

POSTHORN_DECL std::optional<delivery_state> memory_storage::state_of(uuid const& id) const {
    return state_->state_of(id);
}

} // namespace posthorn
