// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/record_migration.hpp>
#include <posthorn/detail/sqlite/database.hpp>
#include <posthorn/detail/sqlite/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

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
    R"(
CREATE TABLE posthorn_registry (generation INTEGER NOT NULL
    CHECK (typeof(generation) = 'integer' AND generation BETWEEN 0 AND 1 << 62));
INSERT INTO posthorn_registry (generation) VALUES (0);
CREATE TABLE posthorn_record (
    kind INTEGER NOT NULL CHECK (typeof(kind) = 'integer' AND kind BETWEEN 0 AND 255),
    key TEXT NOT NULL CHECK (typeof(key) = 'text' AND key <> ''),
    revision INTEGER NOT NULL CHECK (typeof(revision) = 'integer' AND revision BETWEEN 1 AND 1 << 62),
    created INTEGER NOT NULL CHECK (typeof(created) = 'integer' AND created BETWEEN 1 AND 1 << 62),
    changed INTEGER NOT NULL CHECK (typeof(changed) = 'integer' AND changed BETWEEN 1 AND 1 << 62),
    active INTEGER NOT NULL CHECK (typeof(active) = 'integer' AND active IN (0, 1)),
    value TEXT CHECK (value IS NULL OR typeof(value) = 'text'),
    PRIMARY KEY (kind, key));
CREATE INDEX posthorn_record_changed ON posthorn_record (changed);
CREATE TRIGGER posthorn_registry_counts BEFORE UPDATE ON posthorn_registry
    WHEN NEW.generation NOT IN (OLD.generation, OLD.generation + 1)
    BEGIN SELECT RAISE(ABORT, 'the generation counts commits'); END;
CREATE TRIGGER posthorn_registry_stays BEFORE DELETE ON posthorn_registry
    BEGIN SELECT RAISE(ABORT, 'the registry has one generation'); END;
CREATE TRIGGER posthorn_registry_is_one BEFORE INSERT ON posthorn_registry
    BEGIN SELECT RAISE(ABORT, 'the registry has one generation'); END;
CREATE TRIGGER posthorn_record_counts BEFORE UPDATE ON posthorn_record
    WHEN NEW.kind <> OLD.kind OR NEW.key <> OLD.key OR NEW.revision NOT IN (OLD.revision, OLD.revision + 1)
        OR NEW.created NOT IN (OLD.created, NEW.changed)
        OR NEW.changed > (SELECT generation + 1 FROM posthorn_registry)
    BEGIN SELECT RAISE(ABORT, 'a record keeps its key and counts its changes'); END;
ALTER TABLE posthorn_history RENAME TO posthorn_history_1;
DROP INDEX posthorn_history_of;
CREATE TABLE posthorn_history (
    number INTEGER PRIMARY KEY CHECK (number <= 1 << 48),
    kind INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    seal TEXT);
CREATE INDEX posthorn_history_of ON posthorn_history (kind, key, number);
ALTER TABLE posthorn_delivery ADD COLUMN by_user INTEGER NOT NULL DEFAULT 0;
)",
};

// --- from version 1 to 2 ---

// Moves what was stored field by field into records. What cannot be read is moved as it is, so that it is
// listed as damaged.
class sqlite_record_mover {
  public:
    explicit sqlite_record_mover(sqlite3* connection) noexcept
        : connection_(connection),
          put_(connection,
               "INSERT INTO posthorn_record (kind, key, revision, created, changed, active, value) "
               "VALUES (?, ?, ?, ?, ?, ?, ?)"),
          count_(connection, "UPDATE posthorn_registry SET generation = ?"),
          find_(connection, "SELECT 1 FROM posthorn_record WHERE kind = ? AND key = ?"),
          append_(connection, "INSERT INTO posthorn_history (number, kind, key, value, seal) "
                              "VALUES (CASE WHEN ?1 <= 1 << 48 THEN ?1 END, ?2, ?3, ?4, ?5)") {}

    [[nodiscard]] result<void> run() {
        for (auto const step : {&sqlite_record_mover::move_webhooks, &sqlite_record_mover::move_filters,
                                &sqlite_record_mover::move_settings, &sqlite_record_mover::move_history})
            if (auto const done = (this->*step)(); !done)
                return done;
        return sqlite_execute(connection_,
                              "DROP TABLE posthorn_webhook; DROP TABLE posthorn_secret; DROP TABLE "
                              "posthorn_filter; DROP TABLE posthorn_setting; DROP TABLE posthorn_history_1;");
    }

  private:
    // What has the key of something before it, since one of the two was damaged, gets a key of its own.
    [[nodiscard]] result<void> put(record_kind kind, std::string_view key, std::int64_t revision, bool active,
                                   std::string_view value) {
        ++generation_;
        if (auto const counted = count_.run(generation_); !counted)
            return counted;
        auto const number = static_cast<std::int64_t>(kind);
        std::string own(key.empty() ? "damaged key" : key);
        if (auto const taken = is_taken(number, own); !taken)
            return taken.error();
        else if (*taken)
            own.append(" (").append(std::to_string(generation_)).append(1, ')');
        return put_.run(number, sqlite_text{own}, revision, generation_, generation_,
                        static_cast<std::int64_t>(active), sqlite_text{value});
    }

    [[nodiscard]] result<bool> is_taken(std::int64_t kind, std::string_view key) {
        rewinding const at_end(find_);
        return find_.start(kind, sqlite_text{key});
    }

    // An id as `to_text` writes it. Of one that is not 16 bytes: what it is, so that it is listed.
    [[nodiscard]] static std::string key_of(sqlite_statement const& row, int column) {
        auto const bytes = row.bytes(column);
        if (bytes.size() == sizeof(uuid))
            return to_text(row.id(column));
        constexpr char digits[] = "0123456789abcdef";
        std::string text("damaged id ");
        for (char const c : bytes) {
            auto const byte = static_cast<unsigned char>(c);
            (text += digits[byte >> 4]) += digits[byte & 15];
        }
        return text;
    }

    [[nodiscard]] result<void> move_webhooks() {
        sqlite_statement from(connection_, "SELECT id, record FROM posthorn_webhook ORDER BY sequence");
        auto row = from.start();
        for (; row && *row; row = from.step()) {
            auto const id = from.id(0);
            auto const secrets = secrets_of_webhook(id);
            if (!secrets)
                return secrets.error();
            std::string text(from.bytes(1));
            std::int64_t revision = 1;
            bool active = true;
            if (auto const moved = moved_webhook(text, *secrets)) {
                text = moved->text;
                revision = moved->revision;
                active = moved->active;
            }
            if (auto const done = put(record_kind::webhook, key_of(from, 0), revision, active, text); !done)
                return done;
        }
        return row ? result<void>() : result<void>(row.error());
    }

    [[nodiscard]] result<std::vector<sealed_secret>> secrets_of_webhook(uuid const& id) {
        sqlite_statement from(connection_,
                              "SELECT field, key, sealed FROM posthorn_secret WHERE webhook = ?");
        std::vector<sealed_secret> all;
        auto row = from.start(id);
        for (; row && *row; row = from.step())
            all.push_back(
                {std::string(from.bytes(0)), std::string(from.bytes(1)), std::string(from.bytes(2))});
        if (!row)
            return row.error();
        return all;
    }

    [[nodiscard]] result<void> move_filters() {
        sqlite_statement from(connection_, "SELECT id, record FROM posthorn_filter ORDER BY sequence");
        auto row = from.start();
        for (; row && *row; row = from.step())
            if (auto const done = put(record_kind::filter, key_of(from, 0), 1, true, from.bytes(1)); !done)
                return done;
        return row ? result<void>() : result<void>(row.error());
    }

    // Seals go where their entries are.
    [[nodiscard]] result<void> move_settings() {
        sqlite_statement from(connection_, "SELECT kind, key, value FROM posthorn_setting "
                                           "WHERE kind <> 'history_seal' ORDER BY kind, key");
        auto row = from.start();
        for (; row && *row; row = from.step()) {
            bool const is_list = from.bytes(0) == "list_filter";
            auto const key = is_list ? std::string(from.bytes(1)) : setting_key(from.bytes(0), from.bytes(1));
            auto const kind = is_list ? record_kind::list_filter : record_kind::setting;
            if (auto const done =
                    put(kind, key, 1, true, is_list ? from.bytes(2) : record_of_text(from.bytes(2)));
                !done)
                return done;
        }
        return row ? result<void>() : result<void>(row.error());
    }

    // An entry whose number is damaged, so that no number could follow it, comes last.
    [[nodiscard]] result<void> move_history() {
        sqlite_statement from(
            connection_, "SELECT number, webhook, time, user, action, changes, (SELECT value FROM "
                         "posthorn_setting WHERE kind = 'history_seal' AND key = printf('%020d', number)) "
                         "FROM posthorn_history_1 ORDER BY number");
        auto row = from.start();
        for (; row && *row; row = from.step()) {
            auto const value = moved_entry(from.time(2), from.bytes(3), from.integer(4), from.bytes(5));
            auto const key = key_of(from, 1);
            auto const kind = static_cast<std::int64_t>(record_kind::webhook);
            auto const done = from.is_null(6) ? append_.run(from.integer(0), kind, sqlite_text{key},
                                                            sqlite_text{value}, nullptr)
                                              : append_.run(from.integer(0), kind, sqlite_text{key},
                                                            sqlite_text{value}, sqlite_text{from.bytes(6)});
            if (!done)
                return done;
        }
        return row ? result<void>() : result<void>(row.error());
    }

    sqlite3* connection_;
    sqlite_statement put_;
    sqlite_statement count_;
    sqlite_statement find_;
    sqlite_statement append_;
    std::int64_t generation_ = 0;
};

// What a step does beside its SQL; null: nothing.
using sqlite_step_function = result<void> (*)(sqlite3*);
inline constexpr sqlite_step_function sqlite_step_functions[] = {
    nullptr, [](sqlite3* connection) { return sqlite_record_mover(connection).run(); }};
static_assert(std::size(sqlite_steps) == std::size(sqlite_step_functions));

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
    for (auto at = *version; at != newest; ++at) {
        if (auto const done = sqlite_execute(connection, sqlite_steps[at]); !done)
            return done;
        if (auto const also = sqlite_step_functions[at])
            if (auto const done = also(connection); !done)
                return done;
    }
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
