// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sqlite/registry.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace posthorn::detail {

POSTHORN_DECL std::int64_t sqlite_count(std::uint64_t n) noexcept {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(n, std::numeric_limits<std::int64_t>::max()));
}

// The one number of a statement that was started.
[[nodiscard]] inline result<std::uint64_t> sqlite_answer(sqlite_statement& from, result<bool> const& row) {
    if (!row)
        return row.error();
    if (!*row)
        return error_code(errc::bad_record);
    return static_cast<std::uint64_t>(from.integer(0));
}

// --- commits ---

POSTHORN_DECL sqlite_registry_writer::sqlite_registry_writer(sqlite3* c) noexcept
    : connection_(c),
      generation_(c, sqlite_generation),
      set_generation_(c, "UPDATE posthorn_registry SET generation = ?"),
      revision_(c, "SELECT revision, value IS NOT NULL FROM posthorn_record WHERE kind = ? AND key = ?"),
      create_(c, "INSERT INTO posthorn_record (kind, key, revision, created, changed, active, value) "
                 "VALUES (?, ?, 1, ?, ?, ?, ?)"),
      put_(c, "UPDATE posthorn_record SET revision = revision + 1, created = CASE WHEN value IS NULL THEN ?1 "
              "ELSE created END, changed = ?1, active = ?2, value = ?3 WHERE kind = ?4 AND key = ?5"),
      cancel_(
          c, "UPDATE posthorn_delivery SET state = 4, ended = created WHERE webhook = ? AND state IN (0, 5)"),
      append_(c, "INSERT INTO posthorn_history (kind, key, value) VALUES (?, ?, ?)"),
      seal_(
          c,
          "UPDATE posthorn_history SET seal = ?1 WHERE number = ?2 AND (seal IS NULL OR seal IN ('', ?1))") {}

// A commit changes a record once.
[[nodiscard]] inline bool changes_twice(std::vector<record_change> const& changes) {
    std::vector<record_key const*> keys;
    for (auto const& c : changes)
        keys.push_back(&c);
    std::ranges::sort(keys, [](auto const* a, auto const* b) { return *a < *b; });
    return std::ranges::adjacent_find(keys, [](auto const* a, auto const* b) { return *a == *b; }) !=
           keys.end();
}

POSTHORN_DECL result<std::uint64_t> sqlite_registry_writer::commit(registry_commit const& c) {
    auto const row = generation_.start();
    auto const before = sqlite_answer(generation_, row);
    generation_.rewind();
    if (!before)
        return before.error();
    if (c.if_generation && *c.if_generation != *before)
        return error_code(errc::registry_conflict);
    if (changes_twice(c.changes))
        return error_code(errc::registry_conflict);
    auto const next = c.changes.empty() ? *before : *before + 1;
    for (auto const& one : c.changes)
        if (auto const done = change(one, sqlite_count(next)); !done)
            return done.error();
    // The numbers of new entries are not known before the commit, so they cannot be sealed in it.
    for (auto const& s : c.seals)
        if (auto const done = seal(s); !done)
            return done.error();
    for (auto const& e : c.entries)
        if (auto const done = append(e); !done)
            return done.error();
    if (next != *before)
        if (auto const done = set_generation_.run(sqlite_count(next)); !done)
            return done.error();
    return next;
}

POSTHORN_DECL result<void> sqlite_registry_writer::change(record_change const& c, std::int64_t generation) {
    auto const kind = static_cast<std::int64_t>(c.kind);
    bool known = false;
    std::uint64_t revision = 0;
    {
        rewinding const at_end(revision_);
        auto const row = revision_.start(kind, sqlite_text{c.key});
        if (!row)
            return row.error();
        known = *row;
        if (known && revision_.integer(1) != 0)
            revision = static_cast<std::uint64_t>(revision_.integer(0));
    }
    if (revision != c.if_revision)
        return error_code(errc::registry_conflict);
    std::int64_t const active = c.active ? 1 : 0;
    if (!known && !c.value)
        return create_.run(kind, sqlite_text{c.key}, generation, generation, active, nullptr);
    if (!known)
        return create_.run(kind, sqlite_text{c.key}, generation, generation, active, sqlite_text{*c.value});
    if (!c.value)
        return put_.run(generation, active, nullptr, kind, sqlite_text{c.key});
    if (revision == 0)
        if (auto const done = cancel_rows_of(c); !done)
            return done;
    return put_.run(generation, active, sqlite_text{*c.value}, kind, sqlite_text{c.key});
}

// The rows of a webhook that was removed are not those of one that is created again under its id. When they
// should have been cancelled is not known here.
POSTHORN_DECL result<void> sqlite_registry_writer::cancel_rows_of(record_key const& erased) {
    auto const id = erased.kind == record_kind::webhook ? parse_id(erased.key) : std::nullopt;
    return id ? cancel_.run(*id) : result<void>();
}

POSTHORN_DECL result<void> sqlite_registry_writer::append(history_record const& e) {
    return append_.run(static_cast<std::int64_t>(e.kind), sqlite_text{e.key}, sqlite_text{e.value});
}

POSTHORN_DECL result<void> sqlite_registry_writer::seal(history_seal_change const& s) {
    if (auto const done = seal_.run(sqlite_text{s.seal}, sqlite_count(s.number)); !done)
        return done;
    if (sqlite_changes(connection_) != 1)
        return error_code(errc::registry_conflict);
    return {};
}

// --- loads ---

// A kind or key of another type is found by no query for its record: it is not read as what it looks like.
#define POSTHORN_HISTORY_COLUMNS                                                                             \
    "SELECT number, CASE typeof(kind) WHEN 'integer' THEN kind ELSE -1 END, "                                \
    "CASE typeof(key) WHEN 'text' THEN key ELSE '' END, value, seal FROM posthorn_history "

POSTHORN_DECL sqlite_registry_reader::sqlite_registry_reader(sqlite_handle connection) noexcept
    : connection_(std::move(connection)),
      generation_(connection_.get(), sqlite_generation),
      changed_(connection_.get(),
               "SELECT kind, key, revision, created, changed, active, value FROM posthorn_record "
               "WHERE changed > ? ORDER BY created, kind, key"),
      newest_(connection_.get(),
              POSTHORN_HISTORY_COLUMNS "WHERE number > ? AND number < ? ORDER BY number DESC LIMIT ?"),
      oldest_(connection_.get(),
              POSTHORN_HISTORY_COLUMNS "WHERE number > ? AND number < ? ORDER BY number LIMIT ?"),
      newest_of_(connection_.get(), POSTHORN_HISTORY_COLUMNS
                 "WHERE number > ? AND number < ? AND kind = ? AND key = ? ORDER BY number DESC LIMIT ?"),
      oldest_of_(connection_.get(), POSTHORN_HISTORY_COLUMNS
                 "WHERE number > ? AND number < ? AND kind = ? AND key = ? ORDER BY number LIMIT ?") {}

#undef POSTHORN_HISTORY_COLUMNS

POSTHORN_DECL result<std::uint64_t> sqlite_registry_reader::generation() {
    std::scoped_lock const lock(mutex_);
    return current();
}

POSTHORN_DECL result<std::uint64_t> sqlite_registry_reader::current() {
    rewinding const at_end(generation_);
    return sqlite_answer(generation_, generation_.start());
}

// One transaction, so that what is read is one state.
POSTHORN_DECL result<registry_load> sqlite_registry_reader::load(std::uint64_t after) {
    std::scoped_lock const lock(mutex_);
    if (auto const begun = sqlite_execute(connection_.get(), "BEGIN"); !begun)
        return begun.error();
    registry_load found;
    auto const done = read(after, found);
    auto const ended = sqlite_execute(connection_.get(), done ? "COMMIT" : "ROLLBACK");
    if (!done)
        return done.error();
    if (!ended)
        return ended.error();
    return found;
}

POSTHORN_DECL result<void> sqlite_registry_reader::read(std::uint64_t after, registry_load& into) {
    auto const now = current();
    if (!now)
        return now.error();
    into.generation = *now;
    // A file that was replaced by an older one has fewer.
    into.complete = after == 0 || after > *now;
    rewinding const at_end(changed_);
    auto row = changed_.start(sqlite_count(into.complete ? 0 : after));
    for (; row && *row; row = changed_.step()) {
        auto& r = into.records.emplace_back();
        r.kind = static_cast<record_kind>(changed_.integer(0));
        r.key = changed_.bytes(1);
        r.revision = static_cast<std::uint64_t>(changed_.integer(2));
        r.created = static_cast<std::uint64_t>(changed_.integer(3));
        r.changed = static_cast<std::uint64_t>(changed_.integer(4));
        r.active = changed_.integer(5) != 0;
        r.erased = changed_.is_null(6);
        r.value = changed_.bytes(6);
    }
    if (!row)
        return row.error();
    return {};
}

// The entries of a statement that was started.
[[nodiscard]] inline result<std::vector<history_record>> sqlite_entries(sqlite_statement& from,
                                                                        result<bool> row) {
    std::vector<history_record> all;
    for (; row && *row; row = from.step()) {
        auto& e = all.emplace_back();
        e.number = static_cast<std::uint64_t>(from.integer(0));
        auto const kind = from.integer(1);
        e.kind = kind < 0 || kind >= static_cast<std::int64_t>(record_kind_count)
                     ? record_kind::setting
                     : static_cast<record_kind>(kind);
        e.key = from.bytes(2);
        e.value = from.bytes(3);
        e.seal = from.bytes(4);
    }
    if (!row)
        return row.error();
    return all;
}

POSTHORN_DECL result<std::vector<history_record>> sqlite_registry_reader::history(history_query const& q) {
    auto const after = sqlite_count(q.after);
    auto const before = q.before == 0 ? std::numeric_limits<std::int64_t>::max() : sqlite_count(q.before);
    auto const limit = sqlite_count(q.limit);
    std::scoped_lock const lock(mutex_);
    if (!q.of) {
        auto& statement = q.oldest_first ? oldest_ : newest_;
        rewinding const at_end(statement);
        return sqlite_entries(statement, statement.start(after, before, limit));
    }
    auto& statement = q.oldest_first ? oldest_of_ : newest_of_;
    rewinding const at_end(statement);
    return sqlite_entries(statement, statement.start(after, before, static_cast<std::int64_t>(q.of->kind),
                                                     sqlite_text{q.of->key}, limit));
}

} // namespace posthorn::detail
