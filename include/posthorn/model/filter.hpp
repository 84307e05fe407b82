// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/translation.hpp>
#include <posthorn/model/uuid.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn {

/// A saved predicate on the objects of one type: which projects a webhook is about. A plain value; saving
/// checks it.
///
/// Webhooks name it by its id. One that webhooks still name cannot be deleted.
struct filter {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    filter() noexcept {}

    [[nodiscard]] friend bool operator==(filter const&, filter const&) = default;

    /// Nil until it is saved; set it to change a saved filter.
    uuid id{};
    /// Revision for optimistic locking; incremented with each change. Saving with a stale revision fails; 0
    /// skips the check.
    std::uint64_t revision = 0;
    /// Its name, for people, in the default language of the host. Required.
    std::string name;
    /// The same in the other languages of the host.
    std::vector<filter_translation> translations;
    /// The catalog's name of the object type, which is the only name that the expression may use. Required.
    std::string object;
    /// What must be true, as canonical text; empty or `true`: all objects.
    std::string expression;
    /// The user who made it. Required when it is private.
    std::string owner;
    /// Whether all users see it; a private one is its owner's alone.
    bool is_public = false;

    /// The name in the language of this tag, such as "fr-CA"; else in that of a shorter one, "fr"; else the
    /// default's.
    [[nodiscard]] std::string const& name_in(std::string_view tag) const noexcept {
        auto const* const translated = detail::text_in(tag, translations, &filter_translation::name);
        return translated != nullptr ? *translated : name;
    }

    /// Whether the user of this name may see it and choose it. Nobody's private filter is nobody's to see.
    [[nodiscard]] bool visible_to(std::string_view who) const noexcept {
        return is_public || (!owner.empty() && owner == who);
    }
};

} // namespace posthorn
