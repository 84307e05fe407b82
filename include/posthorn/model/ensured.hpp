// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/enum_name.hpp>
#include <posthorn/model/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace posthorn {

/// What `dispatcher::ensure` does with a webhook that was changed or removed since the host's code made it.
enum class on_user_change : std::uint8_t {
    /// The user's change stays.
    keep,
    /// The host's code overwrites it; a webhook that was removed is created again.
    overwrite,
};

/// What `dispatcher::ensure` did.
enum class ensure_outcome : std::uint8_t {
    /// The webhook is new.
    created,
    /// The host's code has changed since it made the webhook, and the webhook was changed with it.
    updated,
    /// There was nothing to do.
    unchanged,
    /// The webhook was changed or removed in the meantime, and stays as it is.
    kept,
};

/// "created", "updated", "unchanged", "kept".
[[nodiscard]] constexpr std::string_view to_string(ensure_outcome o) noexcept {
    constexpr std::string_view names[] = {"created", "updated", "unchanged", "kept"};
    return detail::enum_name(names, o);
}

/// A webhook that the host's code ensures.
struct ensured {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    ensured() noexcept {}

    /// The same for the same key, in every process.
    uuid id{};
    ensure_outcome outcome = ensure_outcome::unchanged;
};

} // namespace posthorn
