// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>

#include <boost/system/error_category.hpp>

namespace posthorn {

/// The category of SQLite's own result codes, the extended ones, passed on unchanged. Thread-safe; the same
/// object for the whole program.
[[nodiscard]] POSTHORN_DECL boost::system::error_category const& sqlite_category() noexcept;

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/storage/sqlite_error.ipp>
#endif
