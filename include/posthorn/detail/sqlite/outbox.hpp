// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/config.hpp>
#include <posthorn/detail/sqlite/database.hpp>
#include <posthorn/detail/storage/queue_gate.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace posthorn {

struct delivery_counts;

} // namespace posthorn

namespace posthorn::detail {

// A lease's id as SQLite's signed integer keeps it.
[[nodiscard]] constexpr std::int64_t sqlite_lease(std::uint64_t id) noexcept {
    return static_cast<std::int64_t>(id);
}

// The delivery that a row tells of: its id, webhook, event and time in the first columns; from `at` on what
// posthorn_request has of it: method, target_end, headers_end, object, action, actor, text.
[[nodiscard]] POSTHORN_DECL delivery_ptr sqlite_delivery(sqlite_statement& row, int at);

// Stores new deliveries through a connection, in its open transaction: the library's own, or the host's.
class sqlite_inserter {
  public:
    explicit sqlite_inserter(sqlite3* connection) noexcept;

    [[nodiscard]] result<void> insert(std::span<outbox_row const> rows, lease const& hold);

  private:
    [[nodiscard]] result<void> insert(outbox_row const& row, lease const& hold);

    sqlite3* connection_;
    sqlite_statement hold_;
    sqlite_statement delivery_;
    sqlite_statement request_;
};

// What Outbox means, in SQL. Functions that change something need an open transaction.
class sqlite_outbox {
  public:
    explicit sqlite_outbox(sqlite3* connection) noexcept;

    [[nodiscard]] sqlite_inserter& inserter() noexcept { return inserter_; }

    // Whether a claim would find, or free, anything.
    [[nodiscard]] result<bool> has_work(wall_time now);
    [[nodiscard]] result<claim_end> claim(wall_time now, lease const& hold, claim_query const& query,
                                          std::vector<claimed_delivery>& out);
    [[nodiscard]] result<void> settle(std::span<settlement> batch);
    // False: the lease is gone.
    [[nodiscard]] result<bool> extend(lease const& hold, wall_time now);
    [[nodiscard]] result<void> release(std::uint64_t lease_id);
    [[nodiscard]] result<std::optional<wall_time>> next_due(wall_time now);
    [[nodiscard]] result<void> change(uuid const& webhook, queue_change what, wall_time now);

    // Whether anything ended before these instants.
    [[nodiscard]] result<bool> has_old(wall_time delivered_before, wall_time failed_before);
    // Forgets at most `limit` deliveries that were delivered, and as many that were not. Gives how many.
    [[nodiscard]] result<std::size_t> prune(wall_time delivered_before, wall_time failed_before,
                                            std::size_t limit);

    [[nodiscard]] result<delivery_counts> counts();
    [[nodiscard]] result<std::optional<delivery_state>> state_of(uuid const& id);

  private:
    [[nodiscard]] result<void> end_leases(wall_time now);
    [[nodiscard]] result<void> held_leases(std::vector<std::int64_t>& out);
    [[nodiscard]] result<bool> is_held(std::int64_t lease, wall_time now);
    // What a claim has found: `sequences` of what is in `out`.
    struct finding;
    [[nodiscard]] result<bool> next_in_order(uuid& webhook);
    [[nodiscard]] result<void> find_in_order(wall_time now, finding& found);
    [[nodiscard]] result<void> find_oldest(wall_time now, finding& found);
    [[nodiscard]] result<void> find_by_webhook(wall_time now, finding& found);
    // What the registry in the same file says of a webhook.
    [[nodiscard]] result<queue_gate> gate_of(uuid const& webhook);
    [[nodiscard]] result<queue_gate> gate_of(uuid const& webhook, finding& found);
    [[nodiscard]] result<bool> take_up(sqlite_statement& row, finding& found);
    [[nodiscard]] result<void> settle(settlement& s);
    [[nodiscard]] result<std::size_t> prune(delivery_state state, wall_time before, std::size_t limit);

    sqlite3* connection_;
    sqlite_inserter inserter_;
    sqlite_statement next_lease_;
    sqlite_statement lease_until_;
    sqlite_statement ended_lease_;
    sqlite_statement forget_leases_;
    sqlite_statement give_back_;
    sqlite_statement hold_;
    sqlite_statement next_in_order_;
    sqlite_statement due_;
    sqlite_statement next_webhook_;
    sqlite_statement due_of_;
    sqlite_statement first_of_;
    sqlite_statement take_;
    sqlite_statement take_one_;
    sqlite_statement gate_;
    sqlite_statement deliver_;
    sqlite_statement settle_;
    sqlite_statement attempt_;
    sqlite_statement extend_;
    sqlite_statement forget_lease_;
    sqlite_statement earliest_due_;
    sqlite_statement earliest_lease_;
    sqlite_statement move_;
    sqlite_statement cancel_;
    sqlite_statement old_;
    sqlite_statement old_rows_;
    sqlite_statement forget_request_;
    sqlite_statement forget_attempts_;
    sqlite_statement forget_delivery_;
    sqlite_statement counts_;
    sqlite_statement state_;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/sqlite/outbox.ipp>
#endif
