// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>

struct sqlite3;

namespace posthorn::detail {

// Creates the tables, or brings those of an older version up to date, in one transaction. Errors:
// `errc::schema_too_new`, or SQLite's own.
[[nodiscard]] POSTHORN_DECL result<void> sqlite_migrate(sqlite3* connection);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/sqlite/schema.ipp>
#endif
