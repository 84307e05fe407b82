// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "sqlite.hpp"

#include <stdexcept>

namespace monitor {

namespace {

[[noreturn]] void fail(sqlite3* connection) {
    throw std::runtime_error(std::string("the database: ") + sqlite3_errmsg(connection));
}

// How long a change waits for the write lock, which settlements of deliveries hold for moments: as long as a
// slow disk takes.
constexpr int patience_ms = 30'000;

} // namespace

database::database(std::string const& file) {
    if (sqlite3_open(file.c_str(), &connection_) != SQLITE_OK) {
        std::string const why = sqlite3_errmsg(connection_);
        sqlite3_close(connection_);
        throw std::runtime_error(file + ": " + why);
    }
    sqlite3_busy_timeout(connection_, patience_ms);
}

void database::run(std::string const& sql) {
    if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        fail(connection_);
}

statement::statement(database& in, std::string const& sql) : connection_(in.get()) {
    check(sqlite3_prepare_v2(connection_, sql.c_str(), -1, &prepared_, nullptr));
}

void statement::bind_text(int at, std::string_view value) {
    // A view of nothing has no address, which SQLite would take for NULL.
    auto const* const text = value.empty() ? "" : value.data();
    check(sqlite3_bind_text64(prepared_, at, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

bool statement::next() {
    auto const step = sqlite3_step(prepared_);
    if (step == SQLITE_ROW)
        return true;
    check(sqlite3_reset(prepared_));
    return false;
}

void statement::execute() {
    if (next())
        sqlite3_reset(prepared_);
}

std::string statement::bytes(int at) const {
    auto const* const text = static_cast<char const*>(sqlite3_column_blob(prepared_, at));
    return {text, text + sqlite3_column_bytes(prepared_, at)};
}

void statement::check(int result) const {
    if (result != SQLITE_OK)
        fail(connection_);
}

} // namespace monitor
