// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/routing/routing.hpp>
#include <posthorn/detail/util/block_cache.hpp>
#include <posthorn/dispatch_result.hpp>
#include <posthorn/model/time.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

namespace posthorn::detail {

using engine_key = std::unique_ptr<signing_key>;

// What the dispatch path carries from matching to hand-over.
struct rendered_event {
    using table = routing_table<engine_key>;

    // Keeps the routes of the matches.
    std::shared_ptr<table const> routes;
    matched_routes<engine_key> matches;
    // One for each match.
    std::vector<outbox_row, block_allocator<outbox_row>> rows;
    // How many of them are for synchronous calls.
    std::size_t calls = 0;
    // Whether a webhook that cannot be used has a say in the host's transaction.
    bool vetoed = false;
    lease hold;
    wall_time now;
    dispatch_result outcome;
    // Set atomically by whoever stores the rows: copies of a deferred operation share them.
    bool taken = false;
};

// What lets go of the rows that were stored under the lease.
[[nodiscard]] inline std::vector<settlement> settlements_back(rendered_event const& b) {
    std::vector<settlement> batch;
    for (auto const& row : b.rows) {
        if (!row.is_held_by(b.hold))
            continue;
        settlement s;
        s.id = row.what->id();
        s.lease = b.hold.id;
        s.state = delivery_state::pending;
        s.not_before = b.now;
        s.time = b.now;
        batch.push_back(s);
    }
    return batch;
}

// Before the rows of many events are stored: what a lane has no room for by now is left to the claim. `most`:
// as lanes are asked.
inline void leave_what_has_no_room(rendered_event& b, std::size_t most) {
    std::map<uuid, std::size_t> taken;
    for (std::size_t i = 0; i != b.rows.size(); ++i) {
        auto const& home = *b.matches[i]->home;
        b.rows[i].is_left = b.rows[i].is_left || ++taken[home.id] > home.room.free(most);
    }
}

} // namespace posthorn::detail
