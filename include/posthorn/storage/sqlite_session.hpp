// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>

#include <memory>

struct sqlite3;

namespace posthorn {

namespace detail {

class sqlite_prepared;

} // namespace detail

/// What stays prepared on a connection of the host from one transaction to the next, for hosts that commit
/// often: a transaction of one event costs about a quarter less.
///
/// The host makes it after the connection and destroys it before it closes the connection, which SQLite
/// would else refuse. Neither copied nor moved. Thread safety: as the connection.
class sqlite_session {
  public:
    /// Prepares nothing yet.
    explicit sqlite_session(sqlite3* connection);
    sqlite_session(sqlite_session const&) = delete;
    sqlite_session& operator=(sqlite_session const&) = delete;
    ~sqlite_session();

    [[nodiscard]] sqlite3& connection() const noexcept { return *connection_; }

    /// For the storage.
    [[nodiscard]] detail::sqlite_prepared& prepared() const noexcept { return *prepared_; }

  private:
    sqlite3* connection_;
    std::unique_ptr<detail::sqlite_prepared> prepared_;
};

/// A connection of the host, with what is prepared on it or without.
class sqlite_connection_ref {
  public:
    /// Both are conversions, so that either can be given where deliveries are enlisted.
    sqlite_connection_ref(sqlite3& connection) noexcept : connection_(&connection) {}
    sqlite_connection_ref(sqlite_session& session) noexcept
        : connection_(&session.connection()), session_(&session) {}

    [[nodiscard]] sqlite3& get() const noexcept { return *connection_; }
    operator sqlite3&() const noexcept { return *connection_; }

    /// Null: nothing stays prepared.
    [[nodiscard]] sqlite_session* session() const noexcept { return session_; }

  private:
    sqlite3* connection_;
    sqlite_session* session_ = nullptr;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/storage/sqlite_session.ipp>
#endif
