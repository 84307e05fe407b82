// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/storage/sqlite_error.hpp>

#include <sqlite3.h>
#include <string>

namespace posthorn {

namespace detail {

class sqlite_category_type final : public boost::system::error_category {
  public:
    char const* name() const noexcept override { return "sqlite"; }
    std::string message(int code) const override { return sqlite3_errstr(code); }
};

} // namespace detail

POSTHORN_DECL boost::system::error_category const& sqlite_category() noexcept {
    static constexpr detail::sqlite_category_type instance;
    return instance;
}

} // namespace posthorn
