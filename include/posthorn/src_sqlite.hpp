// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// The bodies of <posthorn/storage/sqlite.hpp>, for the one translation unit of a host that compiles them
/// once, beside <posthorn/src.hpp>. CMake users link posthorn::compiled_sqlite instead and never name this
/// file.

#if !defined(POSTHORN_SEPARATE_COMPILATION)
#error                                                                                                       \
    "posthorn: <posthorn/src_sqlite.hpp> needs POSTHORN_SEPARATE_COMPILATION, in this and in every other translation unit."
#endif

#include <posthorn/impl/detail/sqlite/database.ipp>
#include <posthorn/impl/detail/sqlite/deliveries.ipp>
#include <posthorn/impl/detail/sqlite/outbox.ipp>
#include <posthorn/impl/detail/sqlite/registry.ipp>
#include <posthorn/impl/detail/sqlite/schema.ipp>
#include <posthorn/impl/storage/sqlite.ipp>
#include <posthorn/impl/storage/sqlite_error.ipp>
#include <posthorn/impl/storage/sqlite_session.ipp>
#include <posthorn/impl/storage/sqlite_transaction.ipp>
