// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/exchange.hpp>

#include <cstddef>
#include <string_view>

namespace posthorn::detail {

// What stands in the place of a secret.
inline constexpr std::string_view secret_mask = "***";

// A shorter piece of a secret is no secret: any text may hold it by chance.
inline constexpr std::size_t shortest_masked = 8;

// Receivers repeat what they are sent: error pages that show the request, redirects that carry a token on.
// Puts the mask wherever the outcome's texts hold a value of `secret_headers`, whole, without its scheme or
// its cookie's name, or a run of its letters and digits, which other escaping leaves as it is; also where the
// text breaks off inside of one. A value that is encoded as a whole, as in base64, is not recognised.
//
// Allocates nothing.
POSTHORN_DECL void mask_secrets(exchange& outcome, std::string_view secret_headers) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/masking.ipp>
#endif
