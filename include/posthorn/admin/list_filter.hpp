// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/record.hpp>
#include <posthorn/model/uuid.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace posthorn::admin {

// Not hidden by those of this namespace.
using posthorn::to_text;

/// A saved filter of the list of webhooks: those whose wording contains a text. A plain value.
struct list_filter {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    list_filter() noexcept {}

    [[nodiscard]] friend bool operator==(list_filter const&, list_filter const&) = default;

    /// Nil until it is saved; set it to change a saved one.
    uuid id{};
    /// Revision for optimistic locking; incremented with each change. Saving with a stale revision fails; 0
    /// skips the check.
    std::uint64_t revision = 0;
    /// Its name, for people. Required.
    std::string name;
    /// What a wording must contain, whatever its case. Required.
    std::string contains;
    /// The user who made it.
    std::string owner;
    /// Whether those see it who may view public filters; a private one is its owner's alone.
    bool is_public = false;
};

/// What a user has narrowed the list of webhooks to, until he deselects it.
struct active_filter {
    active_filter() noexcept {}

    [[nodiscard]] friend bool operator==(active_filter const&, active_filter const&) = default;

    /// A saved filter; none: `contains` was typed.
    std::optional<uuid> saved;
    /// What a wording must contain.
    std::string contains;
};

/// A list filter as the value of its record.
[[nodiscard]] POSTHORN_DECL std::string to_text(list_filter const& f);

/// Errors: `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL result<list_filter> parse_list_filter(record const& r);

/// What a user has chosen, as text that a setting holds, and back. Errors: `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL std::string to_text(active_filter const& f);
[[nodiscard]] POSTHORN_DECL result<active_filter> parse_active_filter(std::string_view text);

/// Whether `text` contains `part`, whatever the case of letters and the encoding of accents: Unicode full
/// case folding and canonical equivalence. A letter does not contain the same letter without its accent.
[[nodiscard]] POSTHORN_DECL bool contains_text(std::string_view text, std::string_view part);

} // namespace posthorn::admin

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/admin/list_filter.ipp>
#endif
