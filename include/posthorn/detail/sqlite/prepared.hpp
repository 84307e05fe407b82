// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sqlite/database.hpp>
#include <posthorn/detail/sqlite/outbox.hpp>
#include <posthorn/detail/sqlite/registry.hpp>

#include <cstdint>

namespace posthorn::detail {

// What a transaction of the host does on its connection, each prepared at its first use.
class sqlite_prepared {
  public:
    explicit sqlite_prepared(sqlite3* connection) noexcept
        : begin(connection, "BEGIN IMMEDIATE"),
          commit(connection, "COMMIT"),
          inserter(connection),
          synchronous_(connection, "PRAGMA main.synchronous"),
          generation_(connection, sqlite_generation) {}

    // The number that the connection promises with: 1 is NORMAL, 2 is FULL.
    [[nodiscard]] result<std::int64_t> synchronous() {
        rewinding const at_end(synchronous_);
        auto const row = synchronous_.start();
        if (!row)
            return row.error();
        return *row ? synchronous_.integer(0) : 0;
    }

    // Of the registry, as the open transaction sees it.
    [[nodiscard]] result<std::uint64_t> generation() {
        rewinding const at_end(generation_);
        auto const row = generation_.start();
        if (!row)
            return row.error();
        return *row ? static_cast<std::uint64_t>(generation_.integer(0)) : 0;
    }

    sqlite_statement begin;
    sqlite_statement commit;
    sqlite_inserter inserter;

  private:
    sqlite_statement synchronous_;
    sqlite_statement generation_;
};

} // namespace posthorn::detail
