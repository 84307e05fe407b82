// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/sqlite/prepared.hpp>
#include <posthorn/storage/sqlite_session.hpp>

namespace posthorn {

POSTHORN_DECL sqlite_session::sqlite_session(sqlite3* connection)
    : connection_(connection), prepared_(std::make_unique<detail::sqlite_prepared>(connection)) {}

POSTHORN_DECL sqlite_session::~sqlite_session() = default;

} // namespace posthorn
