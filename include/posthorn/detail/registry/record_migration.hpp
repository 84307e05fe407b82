// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/registry/records.hpp>
#include <posthorn/model/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Records as the first version of the tables had them, made into those of today. Pure.
namespace posthorn::detail {

// A webhook whose revision stood in its text, and whose secrets stood beside it.
struct migrated_webhook {
    std::string text;
    std::int64_t revision = 1;
    bool active = true;
};

// None: the text cannot be read.
[[nodiscard]] POSTHORN_DECL std::optional<migrated_webhook>
moved_webhook(std::string_view text, std::vector<sealed_secret> const& secrets);

// An entry of the history; `changes`: their JSON text, which is kept as it is where it cannot be read.
[[nodiscard]] POSTHORN_DECL std::string moved_entry(wall_time time, std::string_view user,
                                                    std::int64_t action, std::string_view changes);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/registry/record_migration.ipp>
#endif
