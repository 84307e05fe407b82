// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/detail/lane/lane.hpp>
#include <posthorn/model/claim_query.hpp>
#include <posthorn/options.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace posthorn::detail {

// What one lane may have in memory, where there are so many deliveries in all: less where there are many.
[[nodiscard]] inline std::size_t lane_bound(std::ptrdiff_t all, options const& o) noexcept {
    bool const many = all > 0 && static_cast<std::size_t>(all) >= o.queued;
    return many ? 2 * o.in_flight_per_webhook : o.queued_per_webhook;
}

// What a claim may bring: up to where each lane may have little, and then whatever that allows.
[[nodiscard]] inline std::size_t claim_bound(std::ptrdiff_t all, options const& o) noexcept {
    auto const most = std::max<std::size_t>(o.claim_batch, 1);
    auto const there = static_cast<std::size_t>(std::max<std::ptrdiff_t>(all, 0));
    return there < o.queued ? std::min(most, o.queued - there) : most;
}

// What a claim asks for: as much of each webhook as its lane has room for. Used again and again, for one
// claim at a time.
class claim_plan {
  public:
    // `most`: of one webhook, however much room it has.
    void begin(std::size_t limit, std::size_t most) {
        query_.limit = limit;
        query_.per_webhook = most;
        rooms_.clear();
        is_complete_ = may_get_room_ = false;
    }

    // In the order of their ids.
    template <class Key>
    void add(lane<Key> const& l) {
        if (auto const free = l.room.free(query_.per_webhook); free < query_.per_webhook) {
            rooms_.emplace_back(l.id, free);
            may_get_room_ = may_get_room_ || !l.calls.is_unusable();
        }
    }

    // Valid until the next `begin`.
    [[nodiscard]] claim_query const& query() noexcept {
        query_.rooms = rooms_;
        return query_;
    }

    // What came of it.
    void end(std::vector<claimed_delivery> const& claimed) {
        is_complete_ = claimed.size() < query_.limit;
        tally_.emplace(query_);
        for (auto const& c : claimed)
            tally_->take(c.what->webhook());
    }

    // Whether what was passed over may find room by itself: a webhook that cannot be used waits for a user.
    [[nodiscard]] bool may_get_room() const noexcept { return may_get_room_; }

    // Whether something that is due may be left for this webhook.
    [[nodiscard]] bool may_be_behind(uuid const& webhook) const {
        return !is_complete_ || tally_->room_of(webhook) == 0;
    }

  private:
    claim_query query_;
    std::vector<claim_room> rooms_;
    std::optional<claim_tally> tally_;
    bool is_complete_ = false;
    bool may_get_room_ = false;
};

} // namespace posthorn::detail
