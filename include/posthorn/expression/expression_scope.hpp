// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/action.hpp>
#include <posthorn/model/catalog.hpp>

#include <cstddef>
#include <optional>

namespace posthorn::detail {

// What names mean where an expression stands: the objects of one (object type, action) of the catalog.
struct expression_scope {
    catalog_schema catalog;
    std::size_t object = no_index;
    // Empty: any action, so that `previous` may be missing.
    std::optional<action> what;
    // A saved filter speaks of the object alone, which is an event's object or its scope.
    bool is_filter = false;
};

} // namespace posthorn::detail
