// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/value.hpp>

#include <optional>
#include <string_view>

// Texts that stand for times and durations.
namespace posthorn::detail {

/// `RFC 3339` text such as 2026-01-31T12:00:00Z or with an offset; nothing if it is none.
[[nodiscard]] POSTHORN_DECL std::optional<utc_time> parse_timestamp(std::string_view text) noexcept;

/// Such as 1h30m or -2.5s; units h, m, s, ms, us; nothing if it is none.
[[nodiscard]] POSTHORN_DECL std::optional<time_span> parse_duration(std::string_view text) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/literals.ipp>
#endif
