// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/uuid.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>

namespace posthorn {

/// How many deliveries of one webhook a claim may take.
struct claim_room {
    claim_room() noexcept {}
    claim_room(uuid const& of, std::size_t free) noexcept : webhook(of), room(free) {}

    uuid webhook{};
    std::size_t room = 0;
};

/// How much a claim may take, so that one webhook with a backlog leaves room for the others, and one that
/// nothing can be sent to keeps what it has where it is stored.
struct claim_query {
    claim_query() noexcept {}
    explicit claim_query(std::size_t most) noexcept : limit(most) {}

    /// Deliveries in all.
    std::size_t limit = 100;
    /// Of one webhook.
    std::size_t per_webhook = std::numeric_limits<std::size_t>::max();
    /// Webhooks that have less room than that, or none, in the order of their ids.
    std::span<claim_room const> rooms;

    /// How many of this webhook may be taken.
    [[nodiscard]] std::size_t room_of(uuid const& webhook) const noexcept {
        auto const it = std::ranges::lower_bound(rooms, webhook, {}, &claim_room::webhook);
        return it != rooms.end() && it->webhook == webhook ? std::min(it->room, per_webhook) : per_webhook;
    }
};

/// What a claim left behind.
enum class claim_end : std::uint8_t {
    /// Nothing that is due, unless the limit was reached.
    complete,
    /// Something that is due, for want of room.
    no_room,
};

/// Counts what a claim takes, for the storage that carries it out. Not thread safe.
class claim_tally {
  public:
    explicit claim_tally(claim_query const& q) noexcept : query_(q) {}

    [[nodiscard]] bool is_full() const noexcept { return taken_ == query_.limit; }

    /// How many more of this webhook may be taken.
    [[nodiscard]] std::size_t room_of(uuid const& webhook) const {
        auto const known = of_.find(webhook);
        auto const room = query_.room_of(webhook);
        auto const left = query_.limit - taken_;
        return std::min(left, known == of_.end() ? room : room - std::min(room, known->second));
    }

    /// One is taken; only if there is room.
    void take(uuid const& webhook) {
        ++of_[webhook];
        ++taken_;
    }

  private:
    claim_query const& query_;
    std::size_t taken_ = 0;
    std::map<uuid, std::size_t> of_;
};

} // namespace posthorn
