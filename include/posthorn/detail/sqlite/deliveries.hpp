// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/sqlite/database.hpp>
#include <posthorn/model/stored_delivery.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace posthorn::detail {

// What people see of deliveries, and do with single ones, in SQL. No index serves it that is not there for
// the work itself, so it looks in three ways, and at no more rows than people wait for:
// - at the newest rows, which are those that are asked for, mostly;
// - at all rows of the states that are asked for, where these are few;
// - at all waiting rows of each webhook that is asked for.
class sqlite_deliveries {
  public:
    explicit sqlite_deliveries(sqlite3* connection) noexcept;

    [[nodiscard]] result<delivery_page> page(delivery_query const& query);
    [[nodiscard]] result<std::optional<stored_delivery>> find(uuid const& id);
    [[nodiscard]] result<std::vector<stored_attempt>> attempts(uuid const& id);
    [[nodiscard]] result<std::size_t> count(delivery_states states, std::size_t most);
    // Needs an open transaction.
    [[nodiscard]] result<bool> change(uuid const& id, delivery_change what, wall_time now);

  private:
    using numbers = std::vector<std::int64_t>;

    // Rows that were found, newest first, and how far the search came.
    struct findings {
        numbers found;
        // The smallest number that was looked at; 0: there are no more.
        std::int64_t reached = 0;
    };

    // At most `rows` of the newest.
    [[nodiscard]] result<void> scan(delivery_query const& query, std::int64_t rows, findings& into);
    // False: there are too many.
    [[nodiscard]] result<bool> gather(delivery_query const& query, numbers& into);
    [[nodiscard]] result<bool> gather_state(delivery_state state, delivery_query const& query, numbers& into);
    [[nodiscard]] result<bool> gather_waiting(delivery_state state, delivery_query const& query,
                                              numbers& into);
    [[nodiscard]] result<bool> is_of(std::vector<uuid> const& webhooks, std::int64_t number);
    [[nodiscard]] result<delivery_page> shown(delivery_query const& query, findings const& what);

    sqlite3* connection_;
    sqlite_statement newest_;
    sqlite_statement waiting_of_;
    sqlite_statement webhook_of_;
    // By state, each through an index that has all that is asked.
    std::array<sqlite_statement, 6> rows_;
    sqlite_statement row_;
    sqlite_statement find_;
    sqlite_statement attempts_;
    sqlite_statement cancel_;
    sqlite_statement pause_;
    sqlite_statement resume_;
    sqlite_statement redeliver_;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/sqlite/deliveries.ipp>
#endif
