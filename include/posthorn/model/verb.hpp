// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>
#include <string_view>

namespace posthorn {

/// The HTTP method of a webhook.
enum class verb : std::uint8_t {
    /// Sends no body.
    get,
    /// Needs a body.
    post,
    /// Needs a body.
    put,
    /// Needs a body.
    patch,
    /// May carry a body.
    delete_,
};

/// The method as it stands on the wire.
[[nodiscard]] constexpr std::string_view to_string(verb v) noexcept {
    switch (v) {
    case verb::get:
        return "GET";
    case verb::post:
        return "POST";
    case verb::put:
        return "PUT";
    case verb::patch:
        return "PATCH";
    case verb::delete_:
        return "DELETE";
    }
    return "POST";
}

/// Whether a webhook of this method is refused without a body.
[[nodiscard]] constexpr bool needs_body(verb v) noexcept {
    return v == verb::post || v == verb::put || v == verb::patch;
}

} // namespace posthorn
