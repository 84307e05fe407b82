// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

// SQLite in the types of this library: results for codes, owners for handles. Everything here belongs to one
// thread at a time.
namespace posthorn::detail {

// A value for a parameter of a statement; what it views lives until the statement was executed.
struct sqlite_blob {
    std::string_view bytes;
};
struct sqlite_text {
    std::string_view text;
};

// What SQLite says about the last call on a connection.
[[nodiscard]] POSTHORN_DECL error_code sqlite_error_of(sqlite3* connection) noexcept;

// The error of a question: an error_code could be a bool as well, so it has to be said.
[[nodiscard]] inline result<bool> no_answer(error_code const& why) {
    return {boost::system::in_place_error, why};
}

// SQL without parameters and without rows, or several of it.
[[nodiscard]] POSTHORN_DECL result<void> sqlite_execute(sqlite3* connection, char const* sql);

// One statement, prepared at its first use and kept.
class sqlite_statement {
  public:
    sqlite_statement(sqlite3* connection, char const* sql) noexcept;
    sqlite_statement(sqlite_statement const&) = delete;
    sqlite_statement& operator=(sqlite_statement const&) = delete;
    ~sqlite_statement();

    // Executes with these values up to the first row. True: there is one.
    template <class... Values>
    [[nodiscard]] result<bool> start(Values const&... values) {
        if (auto const ready = prepare(); !ready)
            return no_answer(ready.error());
        [[maybe_unused]] int index = 0;
        if (!(bind(++index, values) && ...))
            return no_answer(sqlite_error_of(connection_));
        return step();
    }

    // Executes with these values; rows are not looked at.
    template <class... Values>
    [[nodiscard]] result<void> run(Values const&... values) {
        auto const done = start(values...);
        rewind();
        if (!done)
            return done.error();
        return {};
    }

    // Goes on to the next row. True: there is one.
    [[nodiscard]] result<bool> step();

    // Ends the execution, and with it what it locks; what columns gave is gone.
    void rewind() noexcept;

    // The values of the current row, until the next step.
    [[nodiscard]] bool is_null(int column) const noexcept;
    [[nodiscard]] std::int64_t integer(int column) const noexcept;
    [[nodiscard]] std::string_view bytes(int column) const noexcept;
    // Nil if the column does not hold 16 bytes.
    [[nodiscard]] uuid id(int column) const noexcept;
    [[nodiscard]] wall_time time(int column) const noexcept {
        return wall_time(std::chrono::nanoseconds(integer(column)));
    }

  private:
    [[nodiscard]] result<void> prepare();
    [[nodiscard]] bool bind(int index, std::int64_t value) noexcept;
    [[nodiscard]] bool bind(int index, sqlite_blob value) noexcept;
    [[nodiscard]] bool bind(int index, sqlite_text value) noexcept;
    [[nodiscard]] bool bind(int index, std::nullptr_t) noexcept;
    [[nodiscard]] bool bind(int index, uuid const& value) noexcept {
        return bind(index, sqlite_blob{{reinterpret_cast<char const*>(value.begin()), value.size()}});
    }
    [[nodiscard]] bool bind(int index, wall_time value) noexcept {
        return bind(index, static_cast<std::int64_t>(value.time_since_epoch().count()));
    }

    sqlite3* connection_;
    char const* sql_;
    sqlite3_stmt* statement_ = nullptr;
};

// Ends a statement's execution at the end of a scope.
class rewinding {
  public:
    explicit rewinding(sqlite_statement& statement) noexcept : statement_(statement) {}
    rewinding(rewinding const&) = delete;
    rewinding& operator=(rewinding const&) = delete;
    ~rewinding() { statement_.rewind(); }

  private:
    sqlite_statement& statement_;
};

struct sqlite_closer {
    void operator()(sqlite3* connection) const noexcept;
};
using sqlite_handle = std::unique_ptr<sqlite3, sqlite_closer>;

// Opens or creates a file.
[[nodiscard]] POSTHORN_DECL result<sqlite_handle> sqlite_open(std::string const& path);

// How many rows the last statement changed.
[[nodiscard]] POSTHORN_DECL std::int64_t sqlite_changes(sqlite3* connection) noexcept;

// The number of the row that was inserted last.
[[nodiscard]] POSTHORN_DECL std::int64_t sqlite_last_row(sqlite3* connection) noexcept;

// Makes the last commits survive a loss of power as `synchronous=FULL` does, but without the write lock.
[[nodiscard]] POSTHORN_DECL result<void> sqlite_sync_log(sqlite3* connection);

// Whether a write that a loss of power breaks off harms nothing beside it. Where it might, only a commit with
// `synchronous=FULL` keeps away from what the one before has written.
[[nodiscard]] POSTHORN_DECL bool sqlite_overwrites_safely(sqlite3* connection) noexcept;

// Whether a transaction is open.
[[nodiscard]] POSTHORN_DECL bool sqlite_in_transaction(sqlite3* connection) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/sqlite/database.ipp>
#endif
