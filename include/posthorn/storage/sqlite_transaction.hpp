// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/storage/sqlite_session.hpp>

#include <cstddef>

namespace posthorn {

/// A transaction on the host's own SQLite connection; models HostTransaction, with a connection and
/// savepoints.
///
/// The host keeps the connection, and the session, open until the transaction has ended. Errors are SQLite's
/// own, in `sqlite_category()`, unchanged: a BUSY, for example, is the host's to try again. Thread safety: as
/// the connection.
class sqlite_transaction {
  public:
    /// Begins, with BEGIN IMMEDIATE; where a transaction is open already, it is that one. Exceptions:
    /// boost::system::system_error, if SQLite refuses to begin.
    explicit sqlite_transaction(sqlite3* connection);
    /// The same with what is prepared on the connection.
    explicit sqlite_transaction(sqlite_session& session);

    /// Both without an exception.
    [[nodiscard]] static result<sqlite_transaction> begin(sqlite3* connection);
    [[nodiscard]] static result<sqlite_transaction> begin(sqlite_session& session);

    [[nodiscard]] result<void> commit();
    /// Harmless where nothing is open any more.
    [[nodiscard]] result<void> rollback();
    [[nodiscard]] sqlite_connection_ref connection() const noexcept { return connection_; }

    /// A savepoint of the database under this number.
    [[nodiscard]] result<void> savepoint(std::size_t number);
    /// Undoes what happened since; the savepoint stays.
    [[nodiscard]] result<void> rollback_to(std::size_t number);

  private:
    struct begun {};
    sqlite_transaction(sqlite_connection_ref connection, begun) noexcept : connection_(connection) {}

    [[nodiscard]] static result<sqlite_transaction> begin(sqlite_connection_ref connection);

    sqlite_connection_ref connection_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/storage/sqlite_transaction.ipp>
#endif
