// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace posthorn::detail {

// A delivery that waits, and when it is due. Of those that are due at one time, the one that came first
// leaves first.
struct due_entry {
    due_entry(wall_time due, std::uint64_t number, uuid const& which) noexcept
        : not_before(due), sequence(number), id(which) {}

    [[nodiscard]] friend bool operator<(due_entry const& a, due_entry const& b) noexcept {
        return std::tie(a.not_before, a.sequence) < std::tie(b.not_before, b.sequence);
    }

    wall_time not_before;
    std::uint64_t sequence;
    uuid id;
};

// What waits, webhook by webhook, so that one with a backlog is passed over in one step. No two entries have
// one sequence. Not thread safe.
class due_queue {
  public:
    void insert(uuid const& webhook, due_entry const& e) {
        auto& mine = of_[webhook];
        bool const first = mine.empty() || e < *mine.begin();
        if (first && !mine.empty())
            heads_.erase(*mine.begin());
        // New ones are the last ones, mostly.
        mine.insert(mine.end(), e);
        if (first)
            heads_.emplace(e, webhook);
    }

    // Only what is there.
    void erase(uuid const& webhook, due_entry const& e) {
        auto const it = of_.find(webhook);
        auto& mine = it->second;
        auto const at = mine.find(e);
        if (at == mine.begin()) {
            heads_.erase(e);
            if (auto const next = std::next(at); next != mine.end())
                heads_.emplace(*next, webhook);
        }
        mine.erase(at);
        if (mine.empty())
            of_.erase(it);
    }

    // The first one of each webhook, earliest first, behind `after`; null: there is none. `after` need not be
    // there any more.
    [[nodiscard]] std::pair<due_entry const, uuid> const* next(due_entry const* after) const {
        auto const it = after == nullptr ? heads_.begin() : heads_.upper_bound(*after);
        return it == heads_.end() ? nullptr : &*it;
    }

    // When the first one after `now` is due.
    [[nodiscard]] std::optional<wall_time> due_after(wall_time now) const {
        std::optional<wall_time> earliest;
        for (auto const& [head, webhook] : heads_) {
            if (earliest && head.not_before >= *earliest)
                break;
            auto const& mine = of_.at(webhook);
            auto const it = mine.upper_bound(due_entry(now, UINT64_MAX, uuid()));
            if (it != mine.end() && (!earliest || it->not_before < *earliest))
                earliest = it->not_before;
        }
        return earliest;
    }

  private:
    boost::unordered_flat_map<uuid, std::set<due_entry>, uuid_hash> of_;
    std::map<due_entry, uuid> heads_;
};

} // namespace posthorn::detail
