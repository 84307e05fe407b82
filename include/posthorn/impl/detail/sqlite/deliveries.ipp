// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sqlite/deliveries.hpp>
#include <posthorn/detail/sqlite/outbox.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace posthorn::detail {

// What is looked at before people notice that they wait: of the newest rows, in the first place and after
// that; of the rows of one state; of webhooks.
inline constexpr std::int64_t sqlite_scan_first = 2'000;
inline constexpr std::int64_t sqlite_scan_most = 50'000;
inline constexpr std::int64_t sqlite_gather_most = 20'000;
inline constexpr std::size_t sqlite_seek_most = 2'000;

inline constexpr std::size_t sqlite_page_most = 1'000;

POSTHORN_DECL sqlite_deliveries::sqlite_deliveries(sqlite3* c) noexcept
    : connection_(c),
      newest_(c, "SELECT sequence, state, webhook FROM posthorn_delivery WHERE sequence < ? "
                 "ORDER BY sequence DESC LIMIT ?"),
      waiting_of_(c, "SELECT sequence FROM posthorn_delivery INDEXED BY posthorn_delivery_waiting "
                     "WHERE state IN (0, 5) AND state = ? AND webhook = ? LIMIT ?"),
      webhook_of_(c, "SELECT webhook FROM posthorn_delivery WHERE sequence = ?"),
      rows_{{{c, "SELECT sequence FROM posthorn_delivery INDEXED BY posthorn_delivery_open "
                 "WHERE state < 2 AND lease = 0 LIMIT ?"},
             {c, "SELECT sequence FROM posthorn_delivery INDEXED BY posthorn_delivery_open "
                 "WHERE state < 2 AND lease < 0 UNION ALL SELECT sequence FROM posthorn_delivery "
                 "INDEXED BY posthorn_delivery_open WHERE state < 2 AND lease > 0 LIMIT ?"},
             {c, "SELECT sequence FROM posthorn_delivery INDEXED BY posthorn_delivery_ended "
                 "WHERE ended IS NOT NULL AND state = 2 LIMIT ?"},
             {c, "SELECT sequence FROM posthorn_delivery INDEXED BY posthorn_delivery_ended "
                 "WHERE ended IS NOT NULL AND state = 3 LIMIT ?"},
             {c, "SELECT sequence FROM posthorn_delivery INDEXED BY posthorn_delivery_ended "
                 "WHERE ended IS NOT NULL AND state = 4 LIMIT ?"},
             {c, "SELECT sequence FROM posthorn_delivery INDEXED BY posthorn_delivery_waiting "
                 "WHERE state IN (0, 5) AND state = 5 LIMIT ?"}}},
      row_(c, "SELECT d.id, d.webhook, d.event, d.created, d.sequence, d.state, d.attempts, d.lease, "
              "d.not_before, d.ended, d.error, (SELECT started FROM posthorn_attempt WHERE delivery = d.id "
              "ORDER BY number LIMIT 1), r.method, 0, 0, r.object, r.action, r.actor, x'' "
              "FROM posthorn_delivery AS d LEFT JOIN posthorn_request AS r ON r.delivery = d.sequence "
              "WHERE d.sequence = ?"),
      find_(c,
            "SELECT d.id, d.webhook, d.event, d.created, d.sequence, d.state, d.attempts, d.lease, "
            "d.not_before, d.ended, d.error, (SELECT started FROM posthorn_attempt WHERE delivery = d.id "
            "ORDER BY number LIMIT 1), r.method, r.target_end, r.headers_end, r.object, r.action, r.actor, "
            "r.text FROM posthorn_delivery AS d LEFT JOIN posthorn_request AS r ON r.delivery = d.sequence "
            "WHERE d.id = ?"),
      attempts_(c, "SELECT number, started, ended, status, error, answer FROM posthorn_attempt "
                   "WHERE delivery = ? ORDER BY number"),
      cancel_(c, "UPDATE posthorn_delivery SET state = 4, ended = ? WHERE id = ? AND state IN (0, 3, 5)"),
      pause_(c, "UPDATE posthorn_delivery SET state = 5, by_user = 1 WHERE id = ? AND state = 0"),
      resume_(
          c,
          "UPDATE posthorn_delivery SET state = 0, by_user = 0, not_before = ? WHERE id = ? AND state = 5"),
      redeliver_(
          c, "UPDATE posthorn_delivery SET state = 0, not_before = ?, by_user = 0, once = 1, ended = NULL, "
             "error = NULL WHERE id = ? AND state IN (3, 4)") {}

// --- pages ---

POSTHORN_DECL result<delivery_page> sqlite_deliveries::page(delivery_query const& wanted) {
    auto query = wanted;
    query.limit = std::min(query.limit, sqlite_page_most);
    findings so_far;
    if (auto const scanned = scan(query, sqlite_scan_first, so_far); !scanned)
        return scanned.error();
    if (so_far.reached == 0 || so_far.found.size() > query.limit)
        return shown(query, so_far);
    numbers all;
    auto const complete = gather(query, all);
    if (!complete)
        return complete.error();
    if (*complete) {
        auto const kept = std::min(all.size(), query.limit + 1);
        auto const end = all.begin() + static_cast<std::ptrdiff_t>(kept);
        std::partial_sort(all.begin(), end, all.end(), std::greater());
        all.resize(kept);
        so_far = {std::move(all), 0};
        return shown(query, so_far);
    }
    auto rest = query;
    rest.before = static_cast<std::uint64_t>(so_far.reached);
    if (auto const scanned = scan(rest, sqlite_scan_most, so_far); !scanned)
        return scanned.error();
    return shown(query, so_far);
}

POSTHORN_DECL result<void> sqlite_deliveries::scan(delivery_query const& query, std::int64_t rows,
                                                   findings& into) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    auto const below = query.before == 0 ? largest : static_cast<std::int64_t>(query.before);
    into.reached = 0;
    rewinding const at_end(newest_);
    auto row = newest_.start(below, rows);
    for (std::int64_t seen = 0; row && *row; row = newest_.step()) {
        auto const number = newest_.integer(0);
        if (++seen == rows)
            into.reached = number;
        auto const state = static_cast<delivery_state>(newest_.integer(1));
        if (!query.states.has(state) ||
            (query.webhooks && !std::ranges::binary_search(*query.webhooks, newest_.id(2))))
            continue;
        into.found.push_back(number);
        if (into.found.size() > query.limit)
            return {};
    }
    if (!row)
        return row.error();
    return {};
}

POSTHORN_DECL result<bool> sqlite_deliveries::gather(delivery_query const& query, numbers& into) {
    using enum delivery_state;
    bool const seeks = query.webhooks && query.webhooks->size() <= sqlite_seek_most;
    for (auto const s : {failed, cancelled, delivering, paused, pending, delivered}) {
        if (!query.states.has(s))
            continue;
        auto const complete = seeks && (s == pending || s == paused) ? gather_waiting(s, query, into)
                                                                     : gather_state(s, query, into);
        if (!complete || !*complete)
            return complete;
    }
    return true;
}

POSTHORN_DECL result<bool> sqlite_deliveries::gather_state(delivery_state state, delivery_query const& query,
                                                           numbers& into) {
    auto& rows = rows_[static_cast<std::size_t>(state)];
    rewinding const at_end(rows);
    std::int64_t seen = 0;
    auto row = rows.start(sqlite_gather_most + 1);
    for (; row && *row; row = rows.step()) {
        if (++seen > sqlite_gather_most)
            return false;
        auto const number = rows.integer(0);
        if (query.before != 0 && number >= static_cast<std::int64_t>(query.before))
            continue;
        if (query.webhooks) {
            auto const mine = is_of(*query.webhooks, number);
            if (!mine)
                return mine;
            if (!*mine)
                continue;
        }
        into.push_back(number);
    }
    if (!row)
        return row;
    return true;
}

POSTHORN_DECL result<bool> sqlite_deliveries::gather_waiting(delivery_state state,
                                                             delivery_query const& query, numbers& into) {
    std::int64_t seen = 0;
    for (auto const& webhook : *query.webhooks) {
        rewinding const at_end(waiting_of_);
        auto row =
            waiting_of_.start(static_cast<std::int64_t>(state), webhook, sqlite_gather_most + 1 - seen);
        for (; row && *row; row = waiting_of_.step()) {
            if (++seen > sqlite_gather_most)
                return false;
            auto const number = waiting_of_.integer(0);
            if (query.before == 0 || number < static_cast<std::int64_t>(query.before))
                into.push_back(number);
        }
        if (!row)
            return row;
    }
    return true;
}

POSTHORN_DECL result<bool> sqlite_deliveries::is_of(std::vector<uuid> const& webhooks, std::int64_t number) {
    rewinding const at_end(webhook_of_);
    auto const row = webhook_of_.start(number);
    if (!row || !*row)
        return row;
    return std::ranges::binary_search(webhooks, webhook_of_.id(0));
}

// --- rows ---

[[nodiscard]] inline stored_delivery sqlite_stored(sqlite_statement& row) {
    stored_delivery s;
    s.what = sqlite_delivery(row, 12);
    s.number = static_cast<std::uint64_t>(row.integer(4));
    s.state = static_cast<delivery_state>(row.integer(5));
    s.attempts = static_cast<unsigned>(row.integer(6));
    s.lease = static_cast<std::uint64_t>(row.integer(7));
    s.not_before = row.time(8);
    if (!row.is_null(9))
        s.ended = row.time(9);
    s.error = row.bytes(10);
    if (!row.is_null(11))
        s.started = row.time(11);
    return s;
}

POSTHORN_DECL result<delivery_page> sqlite_deliveries::shown(delivery_query const& query,
                                                             findings const& what) {
    delivery_page page;
    auto const more = what.found.size() > query.limit;
    page.next = more ? static_cast<std::uint64_t>(query.limit == 0 ? 0 : what.found[query.limit - 1])
                     : static_cast<std::uint64_t>(what.reached);
    for (std::size_t i = 0; i != std::min(what.found.size(), query.limit); ++i) {
        rewinding const at_end(row_);
        auto const row = row_.start(what.found[i]);
        if (!row)
            return row.error();
        if (*row)
            page.found.push_back(sqlite_stored(row_));
    }
    return page;
}

POSTHORN_DECL result<std::optional<stored_delivery>> sqlite_deliveries::find(uuid const& id) {
    rewinding const at_end(find_);
    auto const row = find_.start(id);
    if (!row)
        return row.error();
    return *row ? std::optional(sqlite_stored(find_)) : std::optional<stored_delivery>();
}

POSTHORN_DECL result<std::vector<stored_attempt>> sqlite_deliveries::attempts(uuid const& id) {
    std::vector<stored_attempt> all;
    rewinding const at_end(attempts_);
    auto row = attempts_.start(id);
    for (; row && *row; row = attempts_.step()) {
        auto& a = all.emplace_back();
        a.number = static_cast<unsigned>(attempts_.integer(0));
        a.started = attempts_.time(1);
        a.ended = attempts_.time(2);
        a.status = static_cast<int>(attempts_.integer(3));
        a.error = attempts_.bytes(4);
        a.answer = attempts_.bytes(5);
    }
    if (!row)
        return row.error();
    return all;
}

POSTHORN_DECL result<std::size_t> sqlite_deliveries::count(delivery_states states, std::size_t most) {
    std::size_t n = 0;
    for (std::size_t i = 0; i != rows_.size() && n != most; ++i) {
        if (!states.has(static_cast<delivery_state>(i)))
            continue;
        rewinding const at_end(rows_[i]);
        auto row = rows_[i].start(static_cast<std::int64_t>(most - n));
        for (; row && *row; row = rows_[i].step())
            ++n;
        if (!row)
            return row.error();
    }
    return n;
}

// --- single ones ---

POSTHORN_DECL result<bool> sqlite_deliveries::change(uuid const& id, delivery_change what, wall_time now) {
    auto const done = what == delivery_change::cancel   ? cancel_.run(now, id)
                      : what == delivery_change::pause  ? pause_.run(id)
                      : what == delivery_change::resume ? resume_.run(now, id)
                                                        : redeliver_.run(now, id);
    if (!done)
        return no_answer(done.error());
    return sqlite_changes(connection_) == 1;
}

} // namespace posthorn::detail
