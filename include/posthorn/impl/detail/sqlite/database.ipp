// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sqlite/database.hpp>
#include <posthorn/storage/sqlite_error.hpp>

#include <cstring>
#include <sqlite3.h>

namespace posthorn::detail {

POSTHORN_DECL error_code sqlite_error_of(sqlite3* connection) noexcept {
    return error_code(sqlite3_extended_errcode(connection), sqlite_category());
}

POSTHORN_DECL result<void> sqlite_execute(sqlite3* connection, char const* sql) {
    if (sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return sqlite_error_of(connection);
    return {};
}

POSTHORN_DECL sqlite_statement::sqlite_statement(sqlite3* connection, char const* sql) noexcept
    : connection_(connection), sql_(sql) {}

POSTHORN_DECL sqlite_statement::~sqlite_statement() {
    sqlite3_finalize(statement_);
}

POSTHORN_DECL result<void> sqlite_statement::prepare() {
    if (statement_ != nullptr)
        return {};
    if (sqlite3_prepare_v3(connection_, sql_, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) !=
        SQLITE_OK)
        return sqlite_error_of(connection_);
    return {};
}

POSTHORN_DECL result<bool> sqlite_statement::step() {
    switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
        return true;
    case SQLITE_DONE:
        return false;
    default:
        return no_answer(sqlite_error_of(connection_));
    }
}

POSTHORN_DECL void sqlite_statement::rewind() noexcept {
    // The values stay bound, and are never looked at again: every execution has its own.
    if (statement_ != nullptr)
        sqlite3_reset(statement_);
}

POSTHORN_DECL bool sqlite_statement::is_null(int column) const noexcept {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

POSTHORN_DECL std::int64_t sqlite_statement::integer(int column) const noexcept {
    return sqlite3_column_int64(statement_, column);
}

POSTHORN_DECL std::string_view sqlite_statement::bytes(int column) const noexcept {
    auto const* const data = static_cast<char const*>(sqlite3_column_blob(statement_, column));
    auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string_view() : std::string_view(data, size);
}

POSTHORN_DECL uuid sqlite_statement::id(int column) const noexcept {
    uuid value{};
    auto const stored = bytes(column);
    if (stored.size() == sizeof value.data)
        std::memcpy(value.data, stored.data(), stored.size());
    return value;
}

POSTHORN_DECL bool sqlite_statement::bind(int index, std::int64_t value) noexcept {
    return sqlite3_bind_int64(statement_, index, value) == SQLITE_OK;
}

POSTHORN_DECL bool sqlite_statement::bind(int index, sqlite_blob value) noexcept {
    // A null pointer would make it NULL.
    auto const* const data = value.bytes.empty() ? "" : value.bytes.data();
    return sqlite3_bind_blob64(statement_, index, data, value.bytes.size(), SQLITE_STATIC) == SQLITE_OK;
}

POSTHORN_DECL bool sqlite_statement::bind(int index, sqlite_text value) noexcept {
    auto const* const data = value.text.empty() ? "" : value.text.data();
    return sqlite3_bind_text64(statement_, index, data, value.text.size(), SQLITE_STATIC, SQLITE_UTF8) ==
           SQLITE_OK;
}

POSTHORN_DECL bool sqlite_statement::bind(int index, std::nullptr_t) noexcept {
    return sqlite3_bind_null(statement_, index) == SQLITE_OK;
}

POSTHORN_DECL void sqlite_closer::operator()(sqlite3* connection) const noexcept {
    sqlite3_close(connection);
}

POSTHORN_DECL result<sqlite_handle> sqlite_open(std::string const& path) {
    sqlite3* raw = nullptr;
    auto const code = sqlite3_open_v2(
        path.c_str(), &raw,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    sqlite_handle connection(raw);
    if (code != SQLITE_OK)
        return error_code(code, sqlite_category());
    return connection;
}

POSTHORN_DECL std::int64_t sqlite_changes(sqlite3* connection) noexcept {
    return sqlite3_changes(connection);
}

POSTHORN_DECL std::int64_t sqlite_last_row(sqlite3* connection) noexcept {
    return sqlite3_last_insert_rowid(connection);
}

// Null: the connection has not opened it.
[[nodiscard]] inline sqlite3_file* sqlite_file_of(sqlite3* connection, int which) noexcept {
    sqlite3_file* file = nullptr;
    auto const code = sqlite3_file_control(connection, "main", which, &file);
    return code == SQLITE_OK && file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

POSTHORN_DECL result<void> sqlite_sync_log(sqlite3* connection) {
    auto* const log = sqlite_file_of(connection, SQLITE_FCNTL_JOURNAL_POINTER);
    if (log == nullptr)
        return error_code(SQLITE_IOERR_FSYNC, sqlite_category());
    if (auto const code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL); code != SQLITE_OK)
        return error_code(code, sqlite_category());
    return {};
}

POSTHORN_DECL bool sqlite_overwrites_safely(sqlite3* connection) noexcept {
    auto* const file = sqlite_file_of(connection, SQLITE_FCNTL_FILE_POINTER);
    return file != nullptr &&
           (file->pMethods->xDeviceCharacteristics(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
}

POSTHORN_DECL bool sqlite_in_transaction(sqlite3* connection) noexcept {
    return sqlite3_get_autocommit(connection) == 0;
}

} // namespace posthorn::detail
