// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace posthorn::detail {

// Why a webhook is deactivated by the library.
enum class deactivation_reason : std::uint8_t {
    // Its receiver answered 410.
    gone,
    // It has failed for too long.
    failing,
};

// What deactivates a webhook, and the settings that it was seen with: a user who changed the URL or activated
// the webhook since, or removed it and created it again, is not overruled.
struct deactivation {
    deactivation_reason why = deactivation_reason::gone;
    // Of the webhook's record; see `record`.
    std::uint64_t created = 0;
    std::uint64_t revision = 0;
    std::size_t url_hash = 0;
};

[[nodiscard]] constexpr std::string_view reason_of(deactivation_reason d) noexcept {
    return d == deactivation_reason::gone ? "its receiver answered 410 Gone"
                                          : "it has failed for as long as the option allows";
}

} // namespace posthorn::detail
