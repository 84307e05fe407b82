// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sealing.hpp>
#include <posthorn/detail/sqlite_registry.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace posthorn::detail {

POSTHORN_DECL sqlite_registry::sqlite_registry(sqlite3* c, encryption_keys keys,
                                               std::function<std::uint64_t()> random)
    : keys_(std::move(keys)),
      random_(std::move(random)),
      put_webhook_(c, "INSERT INTO posthorn_webhook (id, record) VALUES (?, ?) "
                      "ON CONFLICT (id) DO UPDATE SET record = excluded.record"),
      erase_webhook_(c, "DELETE FROM posthorn_webhook WHERE id = ?"),
      load_webhooks_(c, "SELECT id, record FROM posthorn_webhook ORDER BY sequence"),
      put_secret_(c,
                  "INSERT OR REPLACE INTO posthorn_secret (webhook, field, key, sealed) VALUES (?, ?, ?, ?)"),
      erase_secrets_(c, "DELETE FROM posthorn_secret WHERE webhook = ?"),
      load_secrets_(c, "SELECT field, key, sealed FROM posthorn_secret WHERE webhook = ?"),
      older_keys_(c, "SELECT webhook, field, key, sealed FROM posthorn_secret WHERE key <> ? LIMIT ?"),
      put_filter_(c, "INSERT INTO posthorn_filter (id, record) VALUES (?, ?) "
                     "ON CONFLICT (id) DO UPDATE SET record = excluded.record"),
      erase_filter_(c, "DELETE FROM posthorn_filter WHERE id = ?"),
      load_filters_(c, "SELECT id, record FROM posthorn_filter ORDER BY sequence"),
      note_(c, "INSERT INTO posthorn_history (webhook, time, user, action, changes) VALUES (?, ?, ?, ?, ?)"),
      history_(c, "SELECT number, webhook, time, user, action, changes FROM posthorn_history "
                  "WHERE webhook = ? AND number > 0 AND number < ? ORDER BY number DESC LIMIT ?"),
      history_after_(c, "SELECT number, webhook, time, user, action, changes FROM posthorn_history "
                        "WHERE number > ? ORDER BY number LIMIT ?"),
      put_setting_(c, "INSERT INTO posthorn_setting (kind, key, value) VALUES (?, ?, ?) "
                      "ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value"),
      erase_setting_(c, "DELETE FROM posthorn_setting WHERE kind = ? AND key = ?"),
      find_setting_(c, "SELECT value FROM posthorn_setting WHERE kind = ? AND key = ?"),
      settings_(c,
                "SELECT key, value FROM posthorn_setting WHERE kind = ? AND key > ? ORDER BY key LIMIT ?") {}

// --- webhooks ---

POSTHORN_DECL result<void> sqlite_registry::put(webhook const& w) {
    auto const record = record_of(w);
    if (auto const stored = put_webhook_.run(w.id, sqlite_text{record}); !stored)
        return stored;
    if (auto const erased = erase_secrets_.run(w.id); !erased)
        return erased;
    auto const secrets = secrets_of(w);
    if (secrets.empty())
        return {};
    if (!keys_)
        return error_code(errc::no_encryption_key);
    auto const with = keys_.current();
    if (!with)
        return with.error();
    for (auto const& s : secrets)
        if (auto const stored = put_secret(w.id, s, *with); !stored)
            return stored;
    return {};
}

POSTHORN_DECL result<void> sqlite_registry::erase(uuid const& id) {
    if (auto const erased = erase_secrets_.run(id); !erased)
        return erased;
    return erase_webhook_.run(id);
}

POSTHORN_DECL result<std::vector<webhook>> sqlite_registry::load() {
    std::vector<webhook> all;
    rewinding const at_end(load_webhooks_);
    auto row = load_webhooks_.start();
    for (; row && *row; row = load_webhooks_.step()) {
        auto const id = load_webhooks_.id(0);
        auto kept_apart = secrets(id);
        if (!kept_apart)
            return kept_apart.error();
        auto w = webhook_of(id, load_webhooks_.bytes(1), *std::move(kept_apart));
        if (!w)
            return w.error();
        all.push_back(*std::move(w));
    }
    if (!row)
        return row.error();
    return all;
}

// --- secrets ---

POSTHORN_DECL result<void> sqlite_registry::put_secret(uuid const& webhook, secret_field const& s,
                                                       encryption_key const& with) {
    auto const first = random_();
    auto const second = random_();
    auto const sealed = seal(s.value, seal_place{webhook, s.field}, with, first, second);
    if (!sealed)
        return sealed.error();
    return put_secret_.run(webhook, sqlite_text{s.field}, sqlite_text{with.id}, sqlite_blob{*sealed});
}

POSTHORN_DECL result<secret> sqlite_registry::open(sealed_row const& row) const {
    if (!keys_)
        return error_code(errc::no_encryption_key);
    auto const with = keys_.find(row.key);
    if (!with)
        return with.error();
    return unseal(row.sealed, seal_place{row.webhook, row.field}, *with);
}

POSTHORN_DECL result<std::vector<secret_field>> sqlite_registry::secrets(uuid const& webhook) {
    std::vector<secret_field> all;
    rewinding const at_end(load_secrets_);
    auto row = load_secrets_.start(webhook);
    for (; row && *row; row = load_secrets_.step()) {
        sealed_row const sealed{webhook, std::string(load_secrets_.bytes(0)),
                                std::string(load_secrets_.bytes(1)), std::string(load_secrets_.bytes(2))};
        auto opened = open(sealed);
        if (!opened)
            return opened.error();
        all.push_back({sealed.field, *std::move(opened)});
    }
    if (!row)
        return row.error();
    return all;
}

POSTHORN_DECL result<std::size_t> sqlite_registry::rotate(std::size_t limit) {
    if (!keys_)
        return error_code(errc::no_encryption_key);
    auto const with = keys_.current();
    if (!with)
        return with.error();
    auto const rows = rows_of_older_keys(with->id, limit);
    if (!rows)
        return rows.error();
    for (auto const& row : *rows) {
        auto opened = open(row);
        if (!opened)
            return opened.error();
        auto const stored = put_secret(row.webhook, {row.field, *std::move(opened)}, *with);
        if (!stored)
            return stored.error();
    }
    return rows->size();
}

POSTHORN_DECL result<std::vector<sqlite_registry::sealed_row>>
sqlite_registry::rows_of_older_keys(std::string const& current, std::size_t limit) {
    std::vector<sealed_row> all;
    rewinding const at_end(older_keys_);
    auto row = older_keys_.start(sqlite_text{current}, static_cast<std::int64_t>(limit));
    for (; row && *row; row = older_keys_.step())
        all.push_back({older_keys_.id(0), std::string(older_keys_.bytes(1)),
                       std::string(older_keys_.bytes(2)), std::string(older_keys_.bytes(3))});
    if (!row)
        return row.error();
    return all;
}

// --- history ---

POSTHORN_DECL result<void> sqlite_registry::note(history_entry const& e) {
    auto const changes = record_of(e.changes);
    return note_.run(e.webhook, e.time, sqlite_text{e.user}, static_cast<std::int64_t>(e.what),
                     sqlite_text{changes});
}

// SQLite's numbers are signed.
[[nodiscard]] inline std::int64_t sqlite_number(std::uint64_t n) noexcept {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(n, std::numeric_limits<std::int64_t>::max()));
}

// The entries of a statement that was started.
[[nodiscard]] inline result<std::vector<history_entry>> entries_of(sqlite_statement& from, result<bool> row) {
    std::vector<history_entry> all;
    for (; row && *row; row = from.step()) {
        auto changes = changes_of(from.bytes(5));
        if (!changes)
            return changes.error();
        auto const what = from.integer(4);
        if (what < 0 || what > static_cast<std::int64_t>(history_action::redelivered))
            return error_code(errc::bad_record);
        auto& e = all.emplace_back();
        e.number = static_cast<std::uint64_t>(from.integer(0));
        e.webhook = from.id(1);
        e.time = from.time(2);
        e.user = from.bytes(3);
        e.what = static_cast<history_action>(what);
        e.changes = *std::move(changes);
    }
    if (!row)
        return row.error();
    return all;
}

POSTHORN_DECL result<std::vector<history_entry>>
sqlite_registry::history(uuid const& webhook, std::uint64_t before, std::size_t limit) {
    auto const below = before == 0 ? std::numeric_limits<std::uint64_t>::max() : before;
    rewinding const at_end(history_);
    return entries_of(history_, history_.start(webhook, sqlite_number(below), sqlite_number(limit)));
}

POSTHORN_DECL result<std::vector<history_entry>> sqlite_registry::history_after(std::uint64_t number,
                                                                                std::size_t limit) {
    rewinding const at_end(history_after_);
    return entries_of(history_after_, history_after_.start(sqlite_number(number), sqlite_number(limit)));
}

// --- settings ---

POSTHORN_DECL result<void> sqlite_registry::put_setting(std::string_view kind, std::string_view key,
                                                        std::string_view value) {
    return put_setting_.run(sqlite_text{kind}, sqlite_text{key}, sqlite_text{value});
}

POSTHORN_DECL result<void> sqlite_registry::erase_setting(std::string_view kind, std::string_view key) {
    return erase_setting_.run(sqlite_text{kind}, sqlite_text{key});
}

POSTHORN_DECL result<std::optional<std::string>> sqlite_registry::find_setting(std::string_view kind,
                                                                               std::string_view key) {
    rewinding const at_end(find_setting_);
    auto const row = find_setting_.start(sqlite_text{kind}, sqlite_text{key});
    if (!row)
        return row.error();
    if (!*row)
        return std::optional<std::string>();
    return std::optional(std::string(find_setting_.bytes(0)));
}

POSTHORN_DECL result<std::vector<setting>>
sqlite_registry::settings(std::string_view kind, std::string_view after_key, std::size_t limit) {
    std::vector<setting> all;
    rewinding const at_end(settings_);
    auto row = settings_.start(sqlite_text{kind}, sqlite_text{after_key}, sqlite_number(limit));
    for (; row && *row; row = settings_.step())
        all.emplace_back(std::string(kind), std::string(settings_.bytes(0)), std::string(settings_.bytes(1)));
    if (!row)
        return row.error();
    return all;
}

// --- filters ---

POSTHORN_DECL result<void> sqlite_registry::put(filter const& f) {
    auto const record = record_of(f);
    return put_filter_.run(f.id, sqlite_text{record});
}

POSTHORN_DECL result<void> sqlite_registry::erase_filter(uuid const& id) {
    return erase_filter_.run(id);
}

POSTHORN_DECL result<std::vector<filter>> sqlite_registry::load_filters() {
    std::vector<filter> all;
    rewinding const at_end(load_filters_);
    auto row = load_filters_.start();
    for (; row && *row; row = load_filters_.step()) {
        auto f = filter_of(load_filters_.id(0), load_filters_.bytes(1));
        if (!f)
            return f.error();
        all.push_back(*std::move(f));
    }
    if (!row)
        return row.error();
    return all;
}

} // namespace posthorn::detail
