// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/time.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace posthorn {

/// The longest wait that `parse_retry_after` returns; longer ones are cut to it.
inline constexpr duration max_retry_after = std::chrono::hours{24 * 3650};

/// Reads the value of a Retry-After field without blanks around it: how long to wait, counted from `now`.
///
/// Seconds (digits only, at most 64) or an HTTP date in one of the three forms of RFC 9110: `Sun, 06 Nov 1994
/// 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`. The weekday must be the
/// date's. A year of two digits is the last one that is at most 50 years ahead. A date that has passed gives
/// zero. Everything else gives nullopt: the field is ignored.
[[nodiscard]] POSTHORN_DECL std::optional<duration> parse_retry_after(std::string_view value,
                                                                      wall_time now) noexcept;

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/retry/retry_after.ipp>
#endif
