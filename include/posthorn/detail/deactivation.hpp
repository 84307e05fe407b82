// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>
#include <string_view>

namespace posthorn::detail {

// Why a webhook is deactivated by nobody.
enum class deactivation : std::uint8_t {
    // Its receiver said 410.
    gone,
    // It has failed for too long.
    failing,
};

[[nodiscard]] constexpr std::string_view reason_of(deactivation d) noexcept {
    return d == deactivation::gone ? "its receiver answered 410 Gone"
                                   : "it has failed for as long as the option allows";
}

} // namespace posthorn::detail
