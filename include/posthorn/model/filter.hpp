// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/uuid.hpp>

#include <string>
#include <string_view>

namespace posthorn {

/// A saved predicate on the objects of one type: which projects a webhook is about. A plain value; saving
/// checks it.
///
/// Webhooks name it by its id. One that webhooks still name cannot be deleted.
struct filter {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    filter() noexcept {}

    /// Nil until it is saved; set it to change a saved filter.
    uuid id{};
    /// Its name, for people. Required.
    std::string name;
    /// The catalog's name of the object type, which is the only name that the expression may use. Required.
    std::string object;
    /// What must be true, as canonical text; empty or `true`: all objects.
    std::string expression;
    /// The user who made it. Required when it is private.
    std::string owner;
    /// Whether all users see it; a private one is its owner's alone.
    bool is_public = false;

    /// Whether the user of this name may see it and choose it. Nobody's private filter is nobody's to see.
    [[nodiscard]] bool visible_to(std::string_view who) const noexcept {
        return is_public || (!owner.empty() && owner == who);
    }
};

} // namespace posthorn
