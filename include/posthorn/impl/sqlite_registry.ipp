// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sealing.hpp>
#include <posthorn/detail/sqlite_registry.hpp>

#include <algorithm>
#include <limits>
#include <string>
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
      history_(c, "SELECT number, time, user, action, changes FROM posthorn_history "
                  "WHERE webhook = ? AND number < ? ORDER BY number DESC LIMIT ?") {}

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

POSTHORN_DECL result<std::vector<history_entry>>
sqlite_registry::history(uuid const& webhook, std::uint64_t before, std::size_t limit) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    auto const below = before == 0 ? largest : static_cast<std::int64_t>(before);
    auto const most = static_cast<std::int64_t>(std::min<std::size_t>(limit, largest));
    std::vector<history_entry> all;
    rewinding const at_end(history_);
    auto row = history_.start(webhook, below, most);
    for (; row && *row; row = history_.step()) {
        auto changes = changes_of(history_.bytes(4));
        if (!changes)
            return changes.error();
        auto const what = history_.integer(3);
        if (what < 0 || what > static_cast<std::int64_t>(history_action::disabled))
            return error_code(errc::bad_record);
        auto& e = all.emplace_back();
        e.number = static_cast<std::uint64_t>(history_.integer(0));
        e.webhook = webhook;
        e.time = history_.time(1);
        e.user = history_.bytes(2);
        e.what = static_cast<history_action>(what);
        e.changes = *std::move(changes);
    }
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
