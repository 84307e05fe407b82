// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sqlite_database.hpp>
#include <posthorn/storage/sqlite_transaction.hpp>

#include <string>

namespace posthorn {

POSTHORN_DECL result<sqlite_transaction> sqlite_transaction::begin(sqlite3* connection) {
    if (!detail::sqlite_in_transaction(connection))
        if (auto const done = detail::sqlite_execute(connection, "BEGIN IMMEDIATE"); !done)
            return done.error();
    return sqlite_transaction(connection, begun());
}

POSTHORN_DECL sqlite_transaction::sqlite_transaction(sqlite3* connection)
    : sqlite_transaction(begin(connection).value()) {}

POSTHORN_DECL result<void> sqlite_transaction::commit() {
    return detail::sqlite_execute(connection_, "COMMIT");
}

POSTHORN_DECL result<void> sqlite_transaction::rollback() {
    // SQLite has rolled back by itself after some errors.
    if (!detail::sqlite_in_transaction(connection_))
        return {};
    return detail::sqlite_execute(connection_, "ROLLBACK");
}

POSTHORN_DECL result<void> sqlite_transaction::savepoint(std::size_t number) {
    return detail::sqlite_execute(connection_, ("SAVEPOINT posthorn_" + std::to_string(number)).c_str());
}

POSTHORN_DECL result<void> sqlite_transaction::rollback_to(std::size_t number) {
    return detail::sqlite_execute(connection_, ("ROLLBACK TO posthorn_" + std::to_string(number)).c_str());
}

} // namespace posthorn
