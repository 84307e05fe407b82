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

// A run of a secret's letters and digits that is shorter is no secret by itself: any text may hold it by
// chance.
inline constexpr std::size_t shortest_run = 8;

// Receivers repeat what they are sent: error pages that show the request, redirects that carry a token on.
// Puts the mask wherever the outcome's texts hold a value of `secret_headers`, whatever its length:
//
// - whole, without its scheme, without its cookies' names; of Basic, also user and password, and the
// password;
// - each of these as it is, percent-decoded once, or escaped for a URL, for JSON or for HTML;
// - a long run of its letters and digits, which other escaping leaves as it is;
// - the beginning of any of these where the text breaks off.
//
// A part of one to three bytes, such as the value of a cookie, is masked where it stands alone. The mask is
// never longer than what it replaces. Allocates nothing.
POSTHORN_DECL void mask_secrets(exchange& outcome, std::string_view secret_headers) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/text/masking.ipp>
#endif
