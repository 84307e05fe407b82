// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sqlite/database.hpp>
#include <posthorn/detail/sqlite/prepared.hpp>
#include <posthorn/storage/sqlite_transaction.hpp>

#include <string>

namespace posthorn {

POSTHORN_DECL result<sqlite_transaction> sqlite_transaction::begin(sqlite_connection_ref connection) {
    if (!detail::sqlite_in_transaction(&connection.get())) {
        auto* const session = connection.session();
        auto const done = session == nullptr ? detail::sqlite_execute(&connection.get(), "BEGIN IMMEDIATE")
                                             : session->prepared().begin.run();
        if (!done)
            return done.error();
    }
    return sqlite_transaction(connection, begun());
}

POSTHORN_DECL result<sqlite_transaction> sqlite_transaction::begin(sqlite3* connection) {
    return begin(sqlite_connection_ref(*connection));
}

POSTHORN_DECL result<sqlite_transaction> sqlite_transaction::begin(sqlite_session& session) {
    return begin(sqlite_connection_ref(session));
}

POSTHORN_DECL sqlite_transaction::sqlite_transaction(sqlite3* connection)
    : sqlite_transaction(begin(connection).value()) {}

POSTHORN_DECL sqlite_transaction::sqlite_transaction(sqlite_session& session)
    : sqlite_transaction(begin(session).value()) {}

POSTHORN_DECL result<void> sqlite_transaction::commit() {
    auto* const session = connection_.session();
    return session == nullptr ? detail::sqlite_execute(&connection_.get(), "COMMIT")
                              : session->prepared().commit.run();
}

POSTHORN_DECL result<void> sqlite_transaction::rollback() {
    // SQLite has rolled back by itself after some errors.
    if (!detail::sqlite_in_transaction(&connection_.get()))
        return {};
    return detail::sqlite_execute(&connection_.get(), "ROLLBACK");
}

POSTHORN_DECL result<void> sqlite_transaction::savepoint(std::size_t number) {
    return detail::sqlite_execute(&connection_.get(),
                                  ("SAVEPOINT posthorn_" + std::to_string(number)).c_str());
}

POSTHORN_DECL result<void> sqlite_transaction::rollback_to(std::size_t number) {
    return detail::sqlite_execute(&connection_.get(),
                                  ("ROLLBACK TO posthorn_" + std::to_string(number)).c_str());
}

} // namespace posthorn
