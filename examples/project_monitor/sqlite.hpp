// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>
#include <sqlite3.h>
#include <string>
#include <string_view>

namespace monitor {

// The server's own connection to its SQLite file. What fails throws std::runtime_error with SQLite's words.
class database {
  public:
    // Creates the file where it is missing.
    explicit database(std::string const& file);
    database(database const&) = delete;
    database& operator=(database const&) = delete;
    ~database() { sqlite3_close(connection_); }

    void run(std::string const& sql);

    [[nodiscard]] sqlite3* get() const noexcept { return connection_; }

  private:
    sqlite3* connection_ = nullptr;
};

// A prepared statement; it ends before its database. Parameters are counted from 1, columns from 0.
class statement {
  public:
    statement(database& in, std::string const& sql);
    statement(statement const&) = delete;
    statement& operator=(statement const&) = delete;
    ~statement() { sqlite3_finalize(prepared_); }

    void bind(int at, std::int64_t value) { check(sqlite3_bind_int64(prepared_, at, value)); }
    void bind(int at, double value) { check(sqlite3_bind_double(prepared_, at, value)); }
    void bind_text(int at, std::string_view value);
    void bind_null(int at) { check(sqlite3_bind_null(prepared_, at)); }

    // False: there is no other row, and the statement can be used again.
    [[nodiscard]] bool next();
    // For statements that give no rows.
    void execute();

    [[nodiscard]] bool is_null(int at) const { return sqlite3_column_type(prepared_, at) == SQLITE_NULL; }
    [[nodiscard]] std::int64_t integer(int at) const { return sqlite3_column_int64(prepared_, at); }
    [[nodiscard]] double real(int at) const { return sqlite3_column_double(prepared_, at); }
    // Of a text or a blob.
    [[nodiscard]] std::string bytes(int at) const;

  private:
    void check(int result) const;

    sqlite3* connection_;
    sqlite3_stmt* prepared_ = nullptr;
};

} // namespace monitor
