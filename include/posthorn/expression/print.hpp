// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/value.hpp>

#include <string>
#include <string_view>

namespace posthorn {

/// Appends a value as JSON: null, true, 42, "text", [..], {..}.
///
/// A real that is not finite is null. Text that is not UTF-8 has each wrong byte replaced by U+FFFD, since
/// JSON can hold nothing else. Records nested deeper than 32 levels are null. Allocates only to grow `out`.
/// Stops inside a list or a record once `out` is longer than `longest`; then it is no whole JSON.
POSTHORN_DECL void append_json(std::string& out, value const& v, std::size_t longest = std::string::npos);

/// Appends the inside of a JSON string literal: the text with what must be escaped escaped.
POSTHORN_DECL void append_json_escaped(std::string& out, std::string_view text);

/// Appends a scalar as plain text; null and a real that is not finite are nothing, a timestamp is RFC 3339,
/// a duration is in seconds.
/// The value is neither list nor record.
POSTHORN_DECL void append_plain(std::string& out, value const& v);

/// Appends a point in time as RFC 3339 in UTC, with as many of 3 or 6 decimals as it needs.
POSTHORN_DECL void append_timestamp(std::string& out, utc_time t);

/// Appends a duration in seconds, such as 90s or -0.25s, as protobuf's JSON writes it.
POSTHORN_DECL void append_duration(std::string& out, time_span d);

namespace detail {

/// Length of the well-formed UTF-8 sequence at the start of `s`, or 0.
[[nodiscard]] POSTHORN_DECL std::size_t utf8_length(std::string_view s) noexcept;

} // namespace detail

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/print.ipp>
#endif
