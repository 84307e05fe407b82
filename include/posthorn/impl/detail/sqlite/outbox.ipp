// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sqlite/outbox.hpp>
#include <posthorn/storage/delivery_counts.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace posthorn::detail {

// `state` holds the numbers of delivery_state. Rows that wait or are held have `state < 2`, and only they are
// in the index posthorn_delivery_open: those that wait under lease 0, by the time at which they are due.
static_assert(static_cast<int>(delivery_state::pending) == 0);
static_assert(static_cast<int>(delivery_state::delivering) == 1);
static_assert(static_cast<int>(delivery_state::delivered) == 2);
static_assert(static_cast<int>(delivery_state::failed) == 3);
static_assert(static_cast<int>(delivery_state::cancelled) == 4);
static_assert(static_cast<int>(delivery_state::paused) == 5);

[[nodiscard]] constexpr std::int64_t sqlite_number(delivery_state s) noexcept {
    return static_cast<std::int64_t>(s);
}

// No statement here has RETURNING: SQLite makes a temporary table for each execution of such a one, which
// costs more than the row does.

// Names a lease that rows are stored or claimed under; one that is known lasts no shorter than it did.
inline constexpr char const* sqlite_keep_lease =
    "INSERT INTO posthorn_lease (id, until) VALUES (?, ?) ON CONFLICT DO UPDATE "
    "SET until = excluded.until WHERE until < excluded.until";

// --- new deliveries ---

POSTHORN_DECL sqlite_inserter::sqlite_inserter(sqlite3* connection) noexcept
    : connection_(connection),
      hold_(connection, sqlite_keep_lease),
      delivery_(connection,
                "INSERT INTO posthorn_delivery (id, webhook, event, created, state, attempts, "
                "lease, not_before, in_order, ended, error) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING"),
      request_(connection, "INSERT INTO posthorn_request (delivery, method, target_end, headers_end, object, "
                           "action, actor, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)") {}

POSTHORN_DECL result<void> sqlite_inserter::insert(std::span<outbox_row const> rows, lease const& hold) {
    bool const holds = std::any_of(rows.begin(), rows.end(),
                                   [&](outbox_row const& r) { return r.is_held_by(hold) && !r.refused; });
    if (holds)
        if (auto const held = hold_.run(sqlite_lease(hold.id), hold.until); !held)
            return held;
    for (auto const& row : rows)
        if (!row.refused)
            if (auto const stored = insert(row, hold); !stored)
                return stored;
    return {};
}

POSTHORN_DECL result<void> sqlite_inserter::insert(outbox_row const& row, lease const& hold) {
    auto const& d = *row.what;
    bool const held = row.is_held_by(hold);
    auto const state = row.error ? delivery_state::failed
                       : held    ? delivery_state::delivering
                                 : delivery_state::pending;
    auto const lease_of_row = held ? sqlite_lease(hold.id) : 0;
    auto const number = sqlite_number(state);
    auto const message = row.error ? row.error.message() : std::string();
    std::int64_t const in_order = row.in_order ? 1 : 0;
    auto const stored = row.error
                            ? delivery_.run(d.id(), d.webhook(), d.event(), d.created(), number, lease_of_row,
                                            d.created(), in_order, d.created(), sqlite_text{message})
                            : delivery_.run(d.id(), d.webhook(), d.event(), d.created(), number, lease_of_row,
                                            d.created(), in_order, nullptr, nullptr);
    if (!stored)
        return stored;
    // A delivery that is there already is not stored twice.
    if (sqlite_changes(connection_) == 0)
        return {};
    auto const sequence = sqlite_last_row(connection_);
    auto const text = d.request();
    auto const target_end = static_cast<std::int64_t>(text.target().size());
    auto const headers_end = target_end + static_cast<std::int64_t>(text.headers().size());
    auto const about = d.summary();
    return request_.run(sequence, static_cast<std::int64_t>(d.method()), target_end, headers_end,
                        sqlite_text{about.object}, static_cast<std::int64_t>(about.what),
                        sqlite_text{about.actor}, sqlite_blob{text.whole()});
}

// --- the outbox ---

POSTHORN_DECL sqlite_outbox::sqlite_outbox(sqlite3* c) noexcept
    : connection_(c),
      inserter_(c),
      next_lease_(c,
                  "SELECT lease FROM posthorn_delivery WHERE state < 2 AND lease > ? ORDER BY lease LIMIT 1"),
      lease_until_(c, "SELECT until FROM posthorn_lease WHERE id = ?"),
      ended_lease_(c, "SELECT 1 FROM posthorn_lease WHERE until < ? LIMIT 1"),
      forget_leases_(c, "DELETE FROM posthorn_lease WHERE until < ?"),
      give_back_(c, "UPDATE posthorn_delivery SET state = 0, lease = 0 WHERE state < 2 AND lease = ?"),
      hold_(c, sqlite_keep_lease),
      next_in_order_(c, "SELECT webhook FROM posthorn_delivery WHERE in_order AND state < 2 AND webhook > ? "
                        "ORDER BY webhook LIMIT 1"),
      due_(
          c,
          "SELECT d.id, d.webhook, d.event, d.created, d.attempts, d.once, r.method, r.target_end, "
          "r.headers_end, r.object, r.action, r.actor, r.text, d.sequence, d.in_order FROM posthorn_delivery "
          "AS d JOIN posthorn_request AS r ON r.delivery = d.sequence WHERE d.state < 2 AND d.lease = 0 "
          "AND d.in_order = 0 AND d.not_before <= ? ORDER BY d.not_before, d.sequence"),
      next_webhook_(
          c, "SELECT webhook FROM posthorn_delivery WHERE state IN (0, 5) AND state = 0 AND webhook > ? "
             "ORDER BY webhook LIMIT 1"),
      due_of_(
          c,
          "SELECT d.id, d.webhook, d.event, d.created, d.attempts, d.once, r.method, r.target_end, "
          "r.headers_end, r.object, r.action, r.actor, r.text, d.sequence, d.in_order FROM posthorn_delivery "
          "AS d INDEXED BY posthorn_delivery_waiting JOIN posthorn_request AS r ON r.delivery = d.sequence "
          "WHERE d.state IN (0, 5) AND d.state = 0 AND d.webhook = ? AND d.in_order = 0 AND d.not_before <= "
          "? "
          "ORDER BY d.not_before, d.sequence"),
      first_of_(
          c, "SELECT d.id, d.webhook, d.event, d.created, d.attempts, d.once, r.method, r.target_end, "
             "r.headers_end, r.object, r.action, r.actor, r.text, d.sequence, d.in_order FROM "
             "posthorn_delivery AS d JOIN posthorn_request AS r ON r.delivery = d.sequence WHERE d.sequence "
             "= (SELECT sequence FROM posthorn_delivery WHERE in_order AND state < 2 AND webhook = ? "
             "ORDER BY sequence LIMIT 1) AND d.state = 0 AND d.not_before <= ?"),
      take_(c, "UPDATE posthorn_delivery SET state = 1, lease = ?1 WHERE sequence IN (SELECT d.sequence "
               "FROM posthorn_delivery AS d JOIN posthorn_request AS r ON r.delivery = d.sequence "
               "WHERE d.state < 2 AND d.lease = 0 AND d.in_order = 0 AND d.not_before <= ?2 "
               "ORDER BY d.not_before, d.sequence LIMIT ?3)"),
      take_one_(c, "UPDATE posthorn_delivery SET state = 1, lease = ? WHERE sequence = ?"),
      gate_(c, "SELECT revision, active AND value IS NOT NULL, value IS NULL FROM posthorn_record "
               "WHERE kind = 0 AND key = ?"),
      deliver_(c, "UPDATE posthorn_delivery SET state = 2, attempts = ?, lease = 0, once = 0, ended = ?, "
                  "error = NULL WHERE id = ? AND lease = ? AND state = 1"),
      settle_(c, "UPDATE posthorn_delivery SET state = ?1, attempts = ?2, lease = 0, not_before = ?3, "
                 "once = once AND ?4, ended = ?5, error = CASE WHEN ?4 THEN error ELSE ?6 END, by_user = ?9 "
                 "WHERE id = ?7 AND lease = ?8 AND state = 1"),
      attempt_(c, "INSERT INTO posthorn_attempt (delivery, number, started, ended, status, error, answer) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
      extend_(c, "UPDATE posthorn_lease SET until = ? WHERE id = ? AND until >= ?"),
      forget_lease_(c, "DELETE FROM posthorn_lease WHERE id = ?"),
      earliest_due_(c,
                    "SELECT not_before FROM posthorn_delivery WHERE state < 2 AND lease = 0 AND in_order = ? "
                    "AND not_before > ? ORDER BY not_before LIMIT 1"),
      earliest_lease_(c, "SELECT min(until) FROM posthorn_lease"),
      move_(c, "UPDATE posthorn_delivery SET state = ? WHERE webhook = ? AND state IN (0, 5) AND state = ? "
               "AND by_user = 0"),
      cancel_(c, "UPDATE posthorn_delivery SET state = 4, ended = ? WHERE webhook = ? AND state IN (0, 5)"),
      old_(c,
           "SELECT 1 FROM posthorn_delivery WHERE ended IS NOT NULL AND state = ? AND ended < ? AND sequence "
           "<> (SELECT max(sequence) FROM posthorn_delivery) LIMIT 1"),
      old_rows_(
          c, "SELECT sequence FROM posthorn_delivery WHERE ended IS NOT NULL AND state = ? AND ended < ? AND "
             "sequence <> (SELECT max(sequence) FROM posthorn_delivery) ORDER BY ended LIMIT ?"),
      forget_request_(c, "DELETE FROM posthorn_request WHERE delivery = ?"),
      forget_attempts_(c, "DELETE FROM posthorn_attempt WHERE delivery = "
                          "(SELECT id FROM posthorn_delivery WHERE sequence = ?)"),
      forget_delivery_(c, "DELETE FROM posthorn_delivery WHERE sequence = ?"),
      counts_(c, "SELECT state, count(*) FROM posthorn_delivery GROUP BY state"),
      state_(c, "SELECT state FROM posthorn_delivery WHERE id = ?") {}

POSTHORN_DECL result<bool> sqlite_outbox::has_work(wall_time now) {
    constexpr auto always = std::numeric_limits<std::int64_t>::min();
    {
        rewinding const at_end(earliest_due_);
        auto const row = earliest_due_.start(std::int64_t{0}, always);
        if (!row || (*row && earliest_due_.time(0) <= now))
            return row;
    }
    for (uuid webhook{};;) {
        auto const next = next_in_order(webhook);
        if (!next)
            return no_answer(next.error());
        if (!*next)
            break;
        rewinding const at_end(first_of_);
        auto const row = first_of_.start(webhook, now);
        if (!row || *row)
            return row;
    }
    {
        rewinding const at_end(ended_lease_);
        auto const row = ended_lease_.start(now);
        if (!row || *row)
            return row;
    }
    // A row may be held by a lease that is no longer there: the host's transaction took longer than it
    // lasted.
    std::vector<std::int64_t> held;
    if (auto const found = held_leases(held); !found)
        return no_answer(found.error());
    for (auto const id : held) {
        auto const known = is_held(id, now);
        if (!known)
            return known;
        if (!*known)
            return true;
    }
    return false;
}

struct sqlite_outbox::finding {
    finding(claim_query const& query, std::vector<claimed_delivery>& into) noexcept
        : tally(query), out(into) {}

    claim_tally tally;
    std::vector<claimed_delivery>& out;
    std::vector<std::int64_t> sequences;
    // Those among them that are met once more.
    std::set<std::int64_t> known;
    // What the registry says of the webhooks that were met.
    boost::unordered_flat_map<uuid, queue_gate, uuid_hash> gates;
    // Whether what was found is what comes first, without a gap.
    bool is_run = true;
    claim_end end = claim_end::complete;
};

POSTHORN_DECL result<claim_end> sqlite_outbox::claim(wall_time now, lease const& hold,
                                                     claim_query const& query,
                                                     std::vector<claimed_delivery>& out) {
    if (auto const ended = end_leases(now); !ended)
        return ended.error();
    finding found(query, out);
    if (auto const done = find_in_order(now, found); !done)
        return done.error();
    auto const in_order = found.sequences.size();
    if (auto const done = find_oldest(now, found); !done)
        return done.error();
    if (found.sequences.empty())
        return found.end;
    if (auto const held = hold_.run(sqlite_lease(hold.id), hold.until); !held)
        return held.error();
    auto const under = sqlite_lease(hold.id);
    auto const singly = found.is_run ? in_order : found.sequences.size();
    for (std::size_t i = 0; i != singly; ++i)
        if (auto const taken = take_one_.run(under, found.sequences[i]); !taken)
            return taken.error();
    // The rows that were read, found once more by what found them: one statement for all of them.
    auto const count = static_cast<std::int64_t>(found.sequences.size() - singly);
    if (count == 0)
        return found.end;
    if (auto const taken = take_.run(under, now, count); !taken)
        return taken.error();
    if (sqlite_changes(connection_) != count)
        return error_code(errc::storage_failed);
    return found.end;
}

POSTHORN_DECL delivery_ptr sqlite_delivery(sqlite_statement& row, int at) {
    auto const text = row.bytes(at + 6);
    auto const headers_end = std::min(static_cast<std::size_t>(row.integer(at + 2)), text.size());
    auto const target_end = std::min(static_cast<std::size_t>(row.integer(at + 1)), headers_end);
    event_summary const about(row.bytes(at + 3), static_cast<action>(row.integer(at + 4) & 3),
                              row.bytes(at + 5));
    return delivery::make(row.id(0), row.id(1), row.id(2), row.time(3), static_cast<verb>(row.integer(at)),
                          request_view(text, target_end, headers_end), about);
}

// The next webhook after this one that is told in order, and has something to be told. False: there is none.
POSTHORN_DECL result<bool> sqlite_outbox::next_in_order(uuid& webhook) {
    rewinding const at_end(next_in_order_);
    auto const row = next_in_order_.start(webhook);
    if (row && *row)
        webhook = next_in_order_.id(0);
    return row;
}

// Of each webhook that is told in order, the first one, if it is due and in nobody's hands.
POSTHORN_DECL result<void> sqlite_outbox::find_in_order(wall_time now, finding& found) {
    for (uuid webhook{}; !found.tally.is_full();) {
        auto const next = next_in_order(webhook);
        if (!next)
            return next.error();
        if (!*next)
            return {};
        rewinding const at_end(first_of_);
        auto const row = first_of_.start(webhook, now);
        if (!row)
            return row.error();
        if (*row)
            if (auto const taken = take_up(first_of_, found); !taken)
                return taken.error();
    }
    return {};
}

// Whatever else is due, oldest first. What has no room is passed over; where that is much, a backlog is in
// the way, and the rest is asked for webhook by webhook.
POSTHORN_DECL result<void> sqlite_outbox::find_oldest(wall_time now, finding& found) {
    constexpr std::size_t passed_over_most = 1024;
    std::size_t passed_over = 0;
    rewinding const at_end(due_);
    for (auto row = due_.start(now); !found.tally.is_full(); row = due_.step()) {
        if (!row)
            return row.error();
        if (!*row)
            return {};
        auto const taken = take_up(due_, found);
        if (!taken)
            return taken.error();
        if (*taken)
            continue;
        found.is_run = false;
        if (++passed_over == passed_over_most)
            return find_by_webhook(now, found);
    }
    return {};
}

POSTHORN_DECL result<void> sqlite_outbox::find_by_webhook(wall_time now, finding& found) {
    found.known.insert(found.sequences.begin(), found.sequences.end());
    for (uuid last{}; !found.tally.is_full();) {
        {
            rewinding const at_end(next_webhook_);
            auto const row = next_webhook_.start(last);
            if (!row)
                return row.error();
            if (!*row)
                return {};
            last = next_webhook_.id(0);
        }
        auto const known = gate_of(last, found);
        if (!known)
            return known.error();
        if (!known->open || found.tally.room_of(last) == 0)
            continue;
        rewinding const at_end(due_of_);
        for (auto row = due_of_.start(last, now); found.tally.room_of(last) != 0; row = due_of_.step()) {
            if (!row)
                return row.error();
            if (!*row)
                break;
            if (auto const taken = take_up(due_of_, found); !taken)
                return taken.error();
        }
    }
    return {};
}

POSTHORN_DECL result<queue_gate> sqlite_outbox::gate_of(uuid const& webhook) {
    rewinding const at_end(gate_);
    uuid_text const key(webhook);
    auto const row = gate_.start(sqlite_text{key.view()});
    if (!row)
        return row.error();
    if (!*row)
        return queue_gate();
    return queue_gate{gate_.integer(1) != 0, gate_.integer(2) != 0,
                      static_cast<std::uint64_t>(gate_.integer(0))};
}

// The same, asked once in each claim.
POSTHORN_DECL result<queue_gate> sqlite_outbox::gate_of(uuid const& webhook, finding& found) {
    if (auto const known = found.gates.find(webhook); known != found.gates.end())
        return known->second;
    auto const asked = gate_of(webhook);
    if (asked)
        found.gates.emplace(webhook, *asked);
    return asked;
}

// False: there is no room for it, or its webhook is not to be called.
POSTHORN_DECL result<bool> sqlite_outbox::take_up(sqlite_statement& row, finding& found) {
    auto const webhook = row.id(1);
    auto const sequence = row.integer(13);
    if (found.known.contains(sequence))
        return true;
    auto const known = gate_of(webhook, found);
    if (!known)
        return no_answer(known.error());
    if (!known->open)
        return false;
    if (found.tally.room_of(webhook) == 0) {
        found.end = claim_end::no_room;
        return false;
    }
    claimed_delivery claimed;
    claimed.what = sqlite_delivery(row, 6);
    claimed.attempts = static_cast<unsigned>(row.integer(4));
    claimed.once = row.integer(5) != 0;
    claimed.in_order = row.integer(14) != 0;
    claimed.webhook_revision = known->revision;
    found.out.push_back(std::move(claimed));
    found.sequences.push_back(sequence);
    found.tally.take(webhook);
    return true;
}

POSTHORN_DECL result<void> sqlite_outbox::settle(std::span<settlement> batch) {
    for (auto& s : batch)
        if (auto const done = settle(s); !done)
            return done;
    return {};
}

POSTHORN_DECL result<void> sqlite_outbox::settle(settlement& s) {
    auto const message = s.error ? s.error.message() : std::string();
    auto const attempts = static_cast<std::int64_t>(s.attempts);
    auto const state = sqlite_number(s.state);
    auto const under = sqlite_lease(s.lease);
    // Without an attempt, the one that a person asked for is still to be made, and the last error stays.
    std::int64_t const unspent = s.started == wall_time() ? 1 : 0;
    std::int64_t const by_user = s.state == delivery_state::paused && s.by_user ? 1 : 0;
    // Most end well, and then there is less to write.
    auto const settled = s.state == delivery_state::delivered ? deliver_.run(attempts, s.time, s.id, under)
                         : is_end(s.state) ? settle_.run(state, attempts, s.not_before, unspent, s.time,
                                                         sqlite_text{message}, s.id, under, by_user)
                                           : settle_.run(state, attempts, s.not_before, unspent, nullptr,
                                                         sqlite_text{message}, s.id, under, by_user);
    if (!settled)
        return settled;
    s.lost = sqlite_changes(connection_) == 0;
    if (s.lost || s.started == wall_time())
        return {};
    return attempt_.run(s.id, attempts, s.started, s.time, static_cast<std::int64_t>(s.status),
                        sqlite_text{message}, sqlite_text{s.answer});
}

// --- leases ---

// Gives back what no living lease holds.
POSTHORN_DECL result<void> sqlite_outbox::end_leases(wall_time now) {
    std::vector<std::int64_t> held;
    if (auto const found = held_leases(held); !found)
        return found;
    for (auto const id : held) {
        auto const known = is_held(id, now);
        if (!known)
            return known.error();
        if (!*known)
            if (auto const given = give_back_.run(id); !given)
                return given;
    }
    return forget_leases_.run(now);
}

// The leases that rows name; there are few, whatever the number of rows.
POSTHORN_DECL result<void> sqlite_outbox::held_leases(std::vector<std::int64_t>& out) {
    auto last = std::numeric_limits<std::int64_t>::min();
    for (;;) {
        rewinding const at_end(next_lease_);
        auto const row = next_lease_.start(last);
        if (!row)
            return row.error();
        if (!*row)
            return {};
        last = next_lease_.integer(0);
        if (last != 0)
            out.push_back(last);
    }
}

POSTHORN_DECL result<bool> sqlite_outbox::is_held(std::int64_t id, wall_time now) {
    rewinding const at_end(lease_until_);
    auto const row = lease_until_.start(id);
    if (!row)
        return row;
    return *row && lease_until_.time(0) >= now;
}

POSTHORN_DECL result<bool> sqlite_outbox::extend(lease const& hold, wall_time now) {
    if (auto const done = extend_.run(hold.until, sqlite_lease(hold.id), now); !done)
        return no_answer(done.error());
    return sqlite_changes(connection_) == 1;
}

POSTHORN_DECL result<void> sqlite_outbox::release(std::uint64_t lease_id) {
    if (auto const given = give_back_.run(sqlite_lease(lease_id)); !given)
        return given;
    return forget_lease_.run(sqlite_lease(lease_id));
}

POSTHORN_DECL result<std::optional<wall_time>> sqlite_outbox::next_due(wall_time now) {
    std::optional<wall_time> earliest;
    for (std::int64_t const in_order : {0, 1}) {
        rewinding const at_end(earliest_due_);
        auto const row = earliest_due_.start(in_order, now);
        if (!row)
            return row.error();
        if (*row)
            earliest = earliest ? std::min(*earliest, earliest_due_.time(0)) : earliest_due_.time(0);
    }
    std::vector<std::int64_t> held;
    if (auto const found = held_leases(held); !found)
        return found.error();
    if (held.empty())
        return earliest;
    rewinding const at_end(earliest_lease_);
    auto const row = earliest_lease_.start();
    if (!row)
        return row.error();
    if (*row && !earliest_lease_.is_null(0))
        earliest = earliest ? std::min(*earliest, earliest_lease_.time(0)) : earliest_lease_.time(0);
    return earliest;
}

// --- queues ---

POSTHORN_DECL result<void> sqlite_outbox::change(uuid const& webhook, queue_change what, wall_time now) {
    auto const pending = sqlite_number(delivery_state::pending);
    auto const paused = sqlite_number(delivery_state::paused);
    auto const gate = gate_of(webhook);
    if (!gate)
        return gate.error();
    if (!gate->agrees(what))
        return {};
    switch (what) {
    case queue_change::pause:
        return move_.run(paused, webhook, pending);
    case queue_change::resume:
        return move_.run(pending, webhook, paused);
    default:
        return cancel_.run(now, webhook);
    }
}

// --- what has ended ---

POSTHORN_DECL result<bool> sqlite_outbox::has_old(wall_time delivered_before, wall_time failed_before) {
    for (auto const state : {delivery_state::delivered, delivery_state::failed, delivery_state::cancelled}) {
        rewinding const at_end(old_);
        auto const before = state == delivery_state::delivered ? delivered_before : failed_before;
        auto const row = old_.start(sqlite_number(state), before);
        if (!row || *row)
            return row;
    }
    return false;
}

POSTHORN_DECL result<std::size_t> sqlite_outbox::prune(wall_time delivered_before, wall_time failed_before,
                                                       std::size_t limit) {
    std::size_t gone = 0;
    for (auto const state : {delivery_state::delivered, delivery_state::failed, delivery_state::cancelled}) {
        auto const before = state == delivery_state::delivered ? delivered_before : failed_before;
        auto const pruned = prune(state, before, limit);
        if (!pruned)
            return pruned;
        gone += *pruned;
    }
    return gone;
}

POSTHORN_DECL result<std::size_t> sqlite_outbox::prune(delivery_state state, wall_time before,
                                                       std::size_t limit) {
    std::vector<std::int64_t> old;
    {
        rewinding const at_end(old_rows_);
        auto row = old_rows_.start(sqlite_number(state), before, static_cast<std::int64_t>(limit));
        for (; row && *row; row = old_rows_.step())
            old.push_back(old_rows_.integer(0));
        if (!row)
            return row.error();
    }
    for (auto const sequence : old)
        for (auto* const forget : {&forget_request_, &forget_attempts_, &forget_delivery_})
            if (auto const done = forget->run(sequence); !done)
                return done.error();
    return old.size();
}

POSTHORN_DECL result<delivery_counts> sqlite_outbox::counts() {
    delivery_counts c;
    rewinding const at_end(counts_);
    auto row = counts_.start();
    for (; row && *row; row = counts_.step()) {
        auto const n = static_cast<std::size_t>(counts_.integer(1));
        switch (static_cast<delivery_state>(counts_.integer(0))) {
        case delivery_state::pending:
            c.pending = n;
            break;
        case delivery_state::delivering:
            c.delivering = n;
            break;
        case delivery_state::paused:
            c.paused = n;
            break;
        case delivery_state::delivered:
            c.delivered = n;
            break;
        case delivery_state::failed:
            c.failed = n;
            break;
        case delivery_state::cancelled:
            c.cancelled = n;
            break;
        }
    }
    if (!row)
        return row.error();
    return c;
}

POSTHORN_DECL result<std::optional<delivery_state>> sqlite_outbox::state_of(uuid const& id) {
    rewinding const at_end(state_);
    auto const row = state_.start(id);
    if (!row)
        return row.error();
    if (!*row)
        return std::optional<delivery_state>();
    return std::optional(static_cast<delivery_state>(state_.integer(0)));
}

} // namespace posthorn::detail
