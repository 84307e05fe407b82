// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/records.hpp>
#include <posthorn/detail/sqlite_database.hpp>
#include <posthorn/model/setting.hpp>
#include <posthorn/storage/encryption_keys.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::detail {

// What Registry means, in SQL; secrets encrypted, in a table of their own. Functions that change something
// need an open transaction.
class sqlite_registry {
  public:
    // `random` draws nonces.
    sqlite_registry(sqlite3* connection, encryption_keys keys, std::function<std::uint64_t()> random);

    [[nodiscard]] result<void> put(webhook const& w);
    [[nodiscard]] result<void> erase(uuid const& id);
    [[nodiscard]] result<std::vector<webhook>> load();
    [[nodiscard]] result<void> put(filter const& f);
    [[nodiscard]] result<void> erase_filter(uuid const& id);
    [[nodiscard]] result<std::vector<filter>> load_filters();

    // Adds an entry to the history, and numbers it.
    [[nodiscard]] result<void> note(history_entry const& e);
    [[nodiscard]] result<std::vector<history_entry>> history(uuid const& webhook, std::uint64_t before,
                                                             std::size_t limit);
    [[nodiscard]] result<std::vector<history_entry>> history_after(std::uint64_t number, std::size_t limit);

    [[nodiscard]] result<void> put_setting(std::string_view kind, std::string_view key,
                                           std::string_view value);
    [[nodiscard]] result<void> erase_setting(std::string_view kind, std::string_view key);
    [[nodiscard]] result<std::optional<std::string>> find_setting(std::string_view kind,
                                                                  std::string_view key);
    [[nodiscard]] result<std::vector<setting>> settings(std::string_view kind, std::string_view after_key,
                                                        std::size_t limit);

    // Encrypts with the current key what an older one encrypted, at most `limit` secrets. Gives how many.
    [[nodiscard]] result<std::size_t> rotate(std::size_t limit);

  private:
    struct sealed_row {
        uuid webhook;
        std::string field;
        std::string key;
        std::string sealed;
    };

    [[nodiscard]] result<void> put_secret(uuid const& webhook, secret_field const& s,
                                          encryption_key const& with);
    [[nodiscard]] result<secret> open(sealed_row const& row) const;
    [[nodiscard]] result<std::vector<secret_field>> secrets(uuid const& webhook);
    [[nodiscard]] result<std::vector<sealed_row>> rows_of_older_keys(std::string const& current,
                                                                     std::size_t limit);

    encryption_keys keys_;
    std::function<std::uint64_t()> random_;
    sqlite_statement put_webhook_;
    sqlite_statement erase_webhook_;
    sqlite_statement load_webhooks_;
    sqlite_statement put_secret_;
    sqlite_statement erase_secrets_;
    sqlite_statement load_secrets_;
    sqlite_statement older_keys_;
    sqlite_statement put_filter_;
    sqlite_statement erase_filter_;
    sqlite_statement load_filters_;
    sqlite_statement note_;
    sqlite_statement history_;
    sqlite_statement history_after_;
    sqlite_statement put_setting_;
    sqlite_statement erase_setting_;
    sqlite_statement find_setting_;
    sqlite_statement settings_;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/sqlite_registry.ipp>
#endif
