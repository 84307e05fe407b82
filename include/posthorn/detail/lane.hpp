// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/block_cache.hpp>
#include <posthorn/detail/masking.hpp>
#include <posthorn/model/connection.hpp>
#include <posthorn/model/delivery.hpp>
#include <posthorn/model/exchange.hpp>
#include <posthorn/model/headers.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/signing.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/url.hpp>
#include <posthorn/model/uuid.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
    // Of a node without a delivery; null: the webhook was removed.
    std::shared_ptr<lane_settings<Key>> change{};
    queued_delivery* next = nullptr;
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
    // Null: as the transport does for all.
    std::shared_ptr<connection_settings const> connection{};
    // What a proxy is told, and what that stands for, in the same form.
    secret proxy_headers{};

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

// What synchronous calls of one webhook are made with, from any thread.
template <class Key>
class call_settings {
  public:
    using settings = lane_settings<Key>;

    // Null: the webhook is called no more.
    void set(std::shared_ptr<settings> next) {
        std::scoped_lock const lock(mutex_);
        current_ = std::move(next);
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
};

// All that shares one webhook's endpoint. Everything but `id`, `shard` and `calls` belongs to its shard's
// executor.
template <class Key>
class lane {
  public:
    using node = queued_delivery<Key>;
    using settings = lane_settings<Key>;

    lane(uuid const& webhook, std::size_t home) noexcept : id(webhook), shard(home) {}

    // Whether a worker may take a delivery now. Strict order is a limit of one; a breaker or a rate says no
    // here.
    [[nodiscard]] bool may_start(std::size_t limit) const noexcept {
        return !queue.empty() && in_flight < limit;
    }

    // Whether its webhook is told anything.
    [[nodiscard]] bool active() const noexcept { return current && current->active; }

    uuid const id;
    std::size_t const shard;
    call_settings<Key> calls;

    // Null while the webhook is wrong, and after it was removed. Shared, since a worker uses
    // the settings that it started with.
    std::shared_ptr<settings> current;
    bool removed = false;
    // In the shard's list of lanes that can start, and the one behind it there.
    bool listed = false;
    std::shared_ptr<lane> next_listed;
    std::size_t in_flight = 0;
    node_queue<node> queue;
    asked_changes asked;
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

    void clear() noexcept {
        while (!empty())
            static_cast<void>(pop());
    }

    [[nodiscard]] bool empty() const noexcept { return !first_; }

    template <class Visit>
    void for_each(Visit visit) const {
        for (auto const* l = first_.get(); l != nullptr; l = l->next_listed.get())
            visit(*l);
    }

  private:
    pointer first_;
    lane<Key>* last_ = nullptr;
};

} // namespace posthorn::detail
