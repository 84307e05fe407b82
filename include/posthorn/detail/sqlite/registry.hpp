// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/sqlite/database.hpp>
#include <posthorn/model/record.hpp>

#include <cstdint>
#include <mutex>
#include <vector>

namespace posthorn::detail {

inline constexpr char const* sqlite_generation = "SELECT generation FROM posthorn_registry";

// Makes the commits of a Registry, in an open transaction, which is rolled back if it fails.
class sqlite_registry_writer {
  public:
    explicit sqlite_registry_writer(sqlite3* connection) noexcept;

    [[nodiscard]] result<std::uint64_t> commit(registry_commit const& c);

  private:
    [[nodiscard]] result<void> change(record_change const& c, std::int64_t generation);
    [[nodiscard]] result<void> cancel_rows_of(record_key const& erased);
    [[nodiscard]] result<void> append(history_record const& e);
    [[nodiscard]] result<void> seal(history_seal_change const& s);

    sqlite3* connection_;
    sqlite_statement generation_;
    sqlite_statement set_generation_;
    sqlite_statement revision_;
    sqlite_statement create_;
    sqlite_statement put_;
    sqlite_statement cancel_;
    sqlite_statement append_;
    sqlite_statement seal_;
};

// What a Registry loads, on a connection of its own: in WAL mode it waits for nobody who writes. Safe from
// any thread.
class sqlite_registry_reader {
  public:
    explicit sqlite_registry_reader(sqlite_handle connection) noexcept;

    [[nodiscard]] result<std::uint64_t> generation();
    [[nodiscard]] result<registry_load> load(std::uint64_t after);
    [[nodiscard]] result<std::vector<history_record>> history(history_query const& q);

  private:
    [[nodiscard]] result<std::uint64_t> current();
    [[nodiscard]] result<void> read(std::uint64_t after, registry_load& into);

    std::mutex mutex_;
    sqlite_handle const connection_;
    sqlite_statement generation_;
    sqlite_statement changed_;
    sqlite_statement newest_;
    sqlite_statement oldest_;
    sqlite_statement newest_of_;
    sqlite_statement oldest_of_;
};

// SQLite's numbers are signed.
[[nodiscard]] std::int64_t sqlite_count(std::uint64_t n) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/sqlite/registry.ipp>
#endif
