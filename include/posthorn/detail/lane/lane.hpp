// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/lane/adaptive_limit.hpp>
#include <posthorn/detail/lane/breaker.hpp>
#include <posthorn/detail/lane/lane_room.hpp>
#include <posthorn/detail/lane/lane_rules.hpp>
#include <posthorn/detail/lane/token_bucket.hpp>
#include <posthorn/detail/retry/failure_period.hpp>
#include <posthorn/detail/text/masking.hpp>
#include <posthorn/detail/util/block_cache.hpp>
#include <posthorn/model/connection.hpp>
#include <posthorn/model/delivery.hpp>
#include <posthorn/model/exchange.hpp>
#include <posthorn/model/headers.hpp>
#include <posthorn/model/pacing.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/signing.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/url.hpp>
#include <posthorn/model/uuid.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace posthorn::detail {

template <class Key>
class lane;

template <class Key>
struct lane_settings;

// A delivery on its way to a lane, or waiting in it; or, without a delivery, new settings on their way: they
// travel together, so that what is dispatched after a change never overtakes it.
template <class Key>
struct queued_delivery {
    static void* operator new(std::size_t size) { return block_cache::take(size); }
    static void operator delete(void* p, std::size_t size) noexcept { block_cache::give_back(p, size); }

    delivery_ptr what;
    std::shared_ptr<lane<Key>> home;
    std::uint64_t lease;
    // Attempts made before.
    unsigned attempts;
    // No other attempt follows.
    bool once;
    // Its end lets the next one of its webhook be claimed.
    bool in_order = false;
    // Of a node without a delivery; null: the webhook was removed.
    std::shared_ptr<lane_settings<Key>> change{};
    queued_delivery* next = nullptr;
    // Of one that is being sent: what the breaker knows the attempt by, and whether its lane was sound.
    std::uint32_t begun = 0;
    bool was_sound = false;
};

// First in, first out, through the nodes' own links.
template <class Node>
class node_queue {
  public:
    node_queue() = default;
    node_queue(node_queue const&) = delete;
    node_queue& operator=(node_queue const&) = delete;
    ~node_queue() {
        while (pop()) {
        }
    }

    void push(std::unique_ptr<Node> node) noexcept {
        node->next = nullptr;
        auto* const raw = node.release();
        (last_ == nullptr ? first_ : last_->next) = raw;
        last_ = raw;
        ++size_;
    }

    [[nodiscard]] std::unique_ptr<Node> pop() noexcept {
        std::unique_ptr<Node> node(first_);
        if (node) {
            first_ = node->next;
            if (first_ == nullptr)
                last_ = nullptr;
            --size_;
        }
        return node;
    }

    // The first one that `wanted` says so of; null: none is.
    template <class Wanted>
    [[nodiscard]] std::unique_ptr<Node> take(Wanted wanted) noexcept {
        Node* before = nullptr;
        for (auto* n = first_; n != nullptr; before = std::exchange(n, n->next)) {
            if (!wanted(*n))
                continue;
            (before == nullptr ? first_ : before->next) = n->next;
            if (last_ == n)
                last_ = before;
            --size_;
            return std::unique_ptr<Node>(n);
        }
        return nullptr;
    }

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

  private:
    Node* first_ = nullptr;
    Node* last_ = nullptr;
    std::size_t size_ = 0;
};

// What people want to become of deliveries that are not in the queue yet, or in flight: a few at a time.
class asked_changes {
  public:
    // The last word counts.
    void put(uuid const& id, delivery_state to) {
        static_cast<void>(take(id));
        // An answer may have come just before it was asked; such a one is never taken.
        if (all_.size() == most)
            all_.erase(all_.begin());
        all_.emplace_back(id, to);
    }

    [[nodiscard]] std::optional<delivery_state> take(uuid const& id) noexcept {
        auto const it = std::ranges::find(all_, id, &std::pair<uuid, delivery_state>::first);
        if (it == all_.end())
            return std::nullopt;
        auto const to = it->second;
        all_.erase(it);
        return to;
    }

  private:
    static constexpr std::size_t most = 256;

    std::vector<std::pair<uuid, delivery_state>> all_;
};

// What a webhook's requests are sent with at send time, whatever they were rendered with.
template <class Key>
struct lane_settings {
    url endpoint;
    // "Name: value\r\n" of the secret header fields.
    secret headers;
    Key key;
    bool active;
    posthorn::pacing pace{};
    // Null: as the transport does for all.
    std::shared_ptr<connection_settings const> connection{};
    // What a proxy is told, in the same form.
    secret proxy_headers{};
    // Something of the webhook is other than before.
    bool anew = false;
    // Of a webhook that cannot be used, and not of one that a user made inactive.
    bool unusable = false;
    // Which state of the webhook these are of, and what stands for the URL that it had then.
    std::uint64_t created = 0;
    std::uint64_t revision = 0;
    std::size_t url_hash = 0;

    // Takes our secrets out of what a receiver, or a proxy in its place, has repeated.
    void mask(exchange& outcome) const noexcept {
        mask_secrets(outcome, headers.reveal());
        mask_secrets(outcome, proxy_headers.reveal());
    }
};

// A delivery as it is sent now, signed: with its own text, and with the webhook's settings of this moment.
// `signature` keeps the signature fields.
template <class Key>
[[nodiscard]] request request_of(delivery const& what, lane_settings<Key>& with, uuid const& lane,
                                 wall_time now, header_block& signature) {
    signature.clear();
    uuid_text const id(what.id());
    auto const text = what.request();
    with.key->sign(signed_message{id.view(), now, text.body()}, signature);
    request r;
    r.endpoint = &with.endpoint;
    r.method = what.method();
    r.target = text.target();
    r.headers = text.headers();
    r.secret_headers = with.headers.reveal();
    r.signature_headers = signature.text();
    r.body = text.body();
    r.lane = lane;
    r.connection = with.connection;
    return r;
}

// The same; what a signer throws is an error of the attempt, like any other.
template <class Key>
[[nodiscard]] request request_of(delivery const& what, lane_settings<Key>& with, uuid const& lane,
                                 wall_time now, header_block& signature, exchange& outcome) {
    try {
        return request_of(what, with, lane, now, signature);
    } catch (std::exception const& e) {
        outcome.detail = e.what();
    } catch (...) { // NOLINT(bugprone-empty-catch): the outcome says it
    }
    outcome.error = errc::policy_threw;
    return request();
}

// What synchronous calls of one webhook are made with, from any thread.
template <class Key>
class call_settings {
  public:
    using settings = lane_settings<Key>;

    // Null: the webhook is called no more.
    void set(std::shared_ptr<settings> next) {
        std::scoped_lock const lock(mutex_);
        current_ = std::move(next);
        unusable_ = false;
    }

    // It should be called, and cannot be.
    void set_unusable() {
        std::scoped_lock const lock(mutex_);
        current_ = nullptr;
        unusable_ = true;
    }

    [[nodiscard]] bool is_unusable() const {
        std::scoped_lock const lock(mutex_);
        return unusable_;
    }

    // Calls `use(settings&)` under the lock, since a key signs for one caller at a time. Null: there is
    // nothing to call with.
    template <class Use>
    [[nodiscard]] std::shared_ptr<settings const> with(Use use) const {
        std::scoped_lock const lock(mutex_);
        if (current_ && current_->active)
            use(*current_);
        return current_ && current_->active ? current_ : nullptr;
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<settings> current_;
    bool unusable_ = false;
};

// What is known of a lane's receiver, the best first.
enum class lane_trust : std::uint8_t {
    // It answered of late, and soon.
    sound,
    // It was not tried yet.
    unknown,
    // It failed of late, took long, or is being tried for the first time.
    doubtful,
};

// All that shares one webhook's endpoint. Everything but `id`, `shard`, `room` and `calls` belongs to its
// shard's executor.
template <class Key>
class lane {
  public:
    using node = queued_delivery<Key>;
    using settings = lane_settings<Key>;

    lane(uuid const& webhook, std::size_t home, lane_rules const& with = lane_rules()) noexcept
        : id(webhook), shard(home), rules_(with), limit_(with.in_flight_at_start, with.in_flight) {
        static_cast<void>(room.resize(with.queued));
    }

    // Null: the webhook was removed. What is known of the receiver is forgotten, since it may be another one.
    void configure(std::shared_ptr<settings> next) {
        current = std::move(next);
        pacing const none;
        auto const& pace = current ? current->pace : none;
        auto const most = pace.in_order ? 1 : pace.in_flight != 0 ? pace.in_flight : rules_.in_flight;
        limit_ = adaptive_limit(rules_.in_flight_at_start, std::min<std::size_t>(most, rules_.in_flight));
        bucket_ = token_bucket(pace);
        breaker_.reset();
        quick_.reset();
        fit_room();
    }

    // Whether a worker has something to do for it, were it time.
    [[nodiscard]] bool may_start() const noexcept {
        return !queue.empty() && in_flight < (is_closed() ? limit_.limit() : 1);
    }

    // How many could begin now.
    [[nodiscard]] std::size_t startable() const noexcept {
        auto const limit = is_closed() ? limit_.limit() : 1;
        return std::min(limit - std::min(limit, in_flight), queue.size());
    }

    // Whether `ready_at` says when.
    [[nodiscard]] bool must_wait() const noexcept { return bucket_.limits() || !is_closed(); }

    // When the next attempt may begin.
    [[nodiscard]] steady_time ready_at() const noexcept {
        auto const at = bucket_.limits() ? bucket_.ready_at() : steady_time::min();
        return is_closed() ? at : std::max(at, breaker_.ready_at());
    }

    // An attempt begins; `now` counts only if it `must_wait`.
    void begin(node& n, steady_time now) noexcept {
        n.was_sound = trust() == lane_trust::sound;
        ++in_flight;
        if (bucket_.limits())
            bucket_.take(now);
        n.begun = breaker_.begin();
    }

    // It ended. True: the breaker has opened.
    [[nodiscard]] bool end(node const& n, health h, bool slow, steady_time now,
                           std::uint64_t random) noexcept {
        limit_.note(h, in_flight);
        --in_flight;
        if (h != health::unknown)
            quick_ = !slow;
        auto const before = breaker_.state();
        bool const opened = breaker_.end(n.begun, h, now, random, rules_.breaking);
        is_due_ = is_due_ && !opened;
        if (breaker_.state() == breaker_state::closed && before != breaker_state::closed)
            limit_.restart();
        if (breaker_.state() != before)
            fit_room();
        return opened;
    }

    // The breaker's time has come, or nobody will say when it does: one delivery may come in, to be tried.
    void half_open() noexcept {
        if (breaker_.state() == breaker_state::open)
            is_due_ = true;
        fit_room();
    }

    [[nodiscard]] lane_trust trust() const noexcept {
        if (!breaker_.is_sound())
            return lane_trust::doubtful;
        if (quick_)
            return *quick_ ? lane_trust::sound : lane_trust::doubtful;
        return in_flight == 0 ? lane_trust::unknown : lane_trust::doubtful;
    }

    [[nodiscard]] breaker_state state() const noexcept { return breaker_.state(); }

    // Whether its webhook is told anything.
    [[nodiscard]] bool active() const noexcept { return current && current->active; }

    // Whether it would be, if it could be used. What waits for it stays as it is: others may be able to.
    [[nodiscard]] bool unusable() const noexcept { return !removed && (!current || current->unusable); }

    uuid const id;
    std::size_t const shard;
    call_settings<Key> calls;
    lane_room room;

    // Null while the webhook is wrong, and after it was removed. Shared, since a worker uses
    // the settings that it started with.
    std::shared_ptr<settings> current;
    bool removed = false;
    // In one of the shard's lists, and the one behind it there.
    bool listed = false;
    std::shared_ptr<lane> next_listed;
    // In that of those that are held back, for this reason; sound: in none.
    lane_trust held_back = lane_trust::sound;
    // Among those that wait for their time.
    bool waits = false;
    std::size_t in_flight = 0;
    node_queue<node> queue;
    asked_changes asked;
    failure_period failing;
    // Whether the registry is asked what it knows of that.
    bool asking = false;

  private:
    [[nodiscard]] bool is_closed() const noexcept { return breaker_.state() == breaker_state::closed; }

    // Nothing comes in while its webhook is not to be called, nor while the breaker is open; what there was
    // went back to the storage.
    void fit_room() noexcept {
        if (breaker_.state() != breaker_state::open)
            is_due_ = false;
        auto const size = !active()                                                 ? 0
                          : is_closed()                                             ? rules_.queued
                          : breaker_.state() == breaker_state::half_open || is_due_ ? 1
                                                                                    : 0;
        static_cast<void>(room.resize(size));
    }

    lane_rules const rules_;
    adaptive_limit limit_;
    breaker breaker_;
    token_bucket bucket_;
    // Whether the last attempt did not take long.
    std::optional<bool> quick_;
    bool is_due_ = false;
};

// Lanes in turn, first in, first out, through their own links.
template <class Key>
class lane_list {
  public:
    using pointer = std::shared_ptr<lane<Key>>;

    lane_list() = default;
    lane_list(lane_list const&) = delete;
    lane_list& operator=(lane_list const&) = delete;
    ~lane_list() { clear(); }

    void push(pointer l) noexcept {
        l->listed = true;
        auto* const raw = l.get();
        (last_ == nullptr ? first_ : last_->next_listed) = std::move(l);
        last_ = raw;
    }

    // Only if it is not empty.
    [[nodiscard]] pointer pop() noexcept {
        auto l = std::move(first_);
        first_ = std::move(l->next_listed);
        if (!first_)
            last_ = nullptr;
        l->listed = false;
        return l;
    }

    // Only one that is there.
    void erase(lane<Key> const& l) noexcept {
        if (first_.get() == &l) {
            static_cast<void>(pop());
            return;
        }
        auto* before = first_.get();
        while (before->next_listed.get() != &l)
            before = before->next_listed.get();
        auto const taken = std::move(before->next_listed);
        before->next_listed = std::move(taken->next_listed);
        if (last_ == &l)
            last_ = before;
        taken->listed = false;
    }

    void clear() noexcept {
        while (!empty())
            static_cast<void>(pop());
    }

    [[nodiscard]] bool empty() const noexcept { return !first_; }

    // How many deliveries could begin; counted up to `enough`.
    [[nodiscard]] std::size_t startable(std::size_t enough) const noexcept {
        std::size_t all = 0;
        for (auto const* l = first_.get(); l != nullptr && all < enough; l = l->next_listed.get())
            all += l->startable();
        return std::min(all, enough);
    }

  private:
    pointer first_;
    lane<Key>* last_ = nullptr;
};

} // namespace posthorn::detail
