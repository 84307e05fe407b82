// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>

#include <string_view>

// Letters of UTF-8 text, as expressions and searches see them. Pure.
namespace posthorn::detail {

// The text in upper or lower case. Latin, Greek and Cyrillic letters that keep their length change; `out` has
// room for as many bytes as the text has.
POSTHORN_DECL void change_case(std::string_view text, bool upper, char* out) noexcept;

// In time linear in the text.
[[nodiscard]] POSTHORN_DECL bool contains_text(std::string_view text, std::string_view part) noexcept;

// The character of a well-formed sequence of UTF-8.
[[nodiscard]] POSTHORN_DECL char32_t code_point(std::string_view sequence) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/text/letters.ipp>
#endif
