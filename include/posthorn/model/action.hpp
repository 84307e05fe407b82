// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>
#include <string_view>

namespace posthorn {

/// What happened to an object of the host.
enum class action : std::uint8_t {
    /// It is new.
    created,
    /// It changed: there is a state before and a state after.
    modified,
    /// It is gone; what is known is its last state.
    deleted,
};

/// The wire name: "created", "modified", "deleted".
[[nodiscard]] constexpr std::string_view to_string(action a) noexcept {
    switch (a) {
    case action::created:
        return "created";
    case action::modified:
        return "modified";
    case action::deleted:
        return "deleted";
    }
    return "unknown";
}

} // namespace posthorn
