// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sqlite_database.hpp>
#include <posthorn/detail/sqlite_schema.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace posthorn::detail {

// What leads from each version of the tables to the next; the first creates them. What was released is never
// changed: a new version is a new step.
//
// Requests are kept apart, so that a delivery that changes its state does not rewrite its text. Times are
// nanoseconds since 1970, in UTC; ids are 16 bytes.
inline constexpr char const* sqlite_steps[] = {
    R"(
CREATE TABLE posthorn_schema (version INTEGER NOT NULL);
INSERT INTO posthorn_schema (version) VALUES (0);
CREATE TABLE posthorn_webhook (
    sequence INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    record TEXT NOT NULL);
CREATE TABLE posthorn_secret (
    webhook BLOB NOT NULL,
    field TEXT NOT NULL,
    key TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (webhook, field)) WITHOUT ROWID;
CREATE TABLE posthorn_filter (
    sequence INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    record TEXT NOT NULL);
CREATE TABLE posthorn_history (
    number INTEGER PRIMARY KEY,
    webhook BLOB NOT NULL,
    time INTEGER NOT NULL,
    user TEXT NOT NULL,
    action INTEGER NOT NULL,
    changes TEXT NOT NULL);
CREATE INDEX posthorn_history_of ON posthorn_history (webhook, number);
CREATE TABLE posthorn_setting (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE posthorn_lease (
    id INTEGER PRIMARY KEY,
    until INTEGER NOT NULL);
CREATE TABLE posthorn_delivery (
    sequence INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    webhook BLOB NOT NULL,
    event BLOB NOT NULL,
    created INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    lease INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    once INTEGER NOT NULL DEFAULT 0,
    in_order INTEGER NOT NULL DEFAULT 0,
    ended INTEGER,
    error TEXT);
CREATE INDEX posthorn_delivery_open ON posthorn_delivery (lease, in_order, not_before) WHERE state < 2;
CREATE INDEX posthorn_delivery_waiting ON posthorn_delivery (state, webhook, in_order, not_before)
    WHERE state IN (0, 5);
CREATE INDEX posthorn_delivery_in_order ON posthorn_delivery (webhook) WHERE in_order AND state < 2;
CREATE INDEX posthorn_delivery_ended ON posthorn_delivery (state, ended) WHERE ended IS NOT NULL;
CREATE TABLE posthorn_request (
    delivery INTEGER PRIMARY KEY,
    method INTEGER NOT NULL,
    target_end INTEGER NOT NULL,
    headers_end INTEGER NOT NULL,
    object TEXT NOT NULL,
    action INTEGER NOT NULL,
    actor TEXT NOT NULL,
    text BLOB NOT NULL);
CREATE TABLE posthorn_attempt (
    delivery BLOB NOT NULL,
    number INTEGER NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (delivery, number)) WITHOUT ROWID;
)",
};

// 0: there are no tables.
[[nodiscard]] inline result<std::int64_t> sqlite_version(sqlite3* connection) {
    sqlite_statement exists(connection, "SELECT 1 FROM sqlite_master WHERE name = 'posthorn_schema'");
    auto const known = exists.start();
    if (!known)
        return known.error();
    if (!*known)
        return 0;
    sqlite_statement ask(connection, "SELECT version FROM posthorn_schema");
    auto const row = ask.start();
    if (!row)
        return row.error();
    return *row ? ask.integer(0) : 0;
}

[[nodiscard]] inline result<void> sqlite_step_up(sqlite3* connection) {
    auto const version = sqlite_version(connection);
    if (!version)
        return version.error();
    auto const newest = static_cast<std::int64_t>(std::size(sqlite_steps));
    if (*version < 0 || *version > newest)
        return error_code(errc::schema_too_new);
    for (auto at = *version; at != newest; ++at)
        if (auto const done = sqlite_execute(connection, sqlite_steps[at]); !done)
            return done;
    sqlite_statement remember(connection, "UPDATE posthorn_schema SET version = ?");
    return *version == newest ? result<void>() : remember.run(newest);
}

POSTHORN_DECL result<void> sqlite_migrate(sqlite3* connection) {
    if (auto const begun = sqlite_execute(connection, "BEGIN IMMEDIATE"); !begun)
        return begun;
    auto outcome = sqlite_step_up(connection);
    if (outcome)
        outcome = sqlite_execute(connection, "COMMIT");
    if (!outcome && sqlite_in_transaction(connection))
        (void)sqlite_execute(connection, "ROLLBACK");
    return outcome;
}

} // namespace posthorn::detail
