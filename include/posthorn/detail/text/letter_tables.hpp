// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>

#include <cstdint>

// What Unicode says of single letters, for searches. Hangul, which decomposes by a rule, is not among them.
// Pure.
namespace posthorn::detail {

// A letter in two parts; the second is 0 if there is one only.
struct letter_pair {
    char32_t first;
    char32_t second;
};

// One to three letters; 0: there are no more.
struct letter_folding {
    char32_t letters[3];
};

// The canonical decomposition, by one step. Of a letter without one, itself.
[[nodiscard]] POSTHORN_DECL letter_pair decomposition_of(char32_t code) noexcept;

// Full case folding of a letter that does not decompose. Of a letter without one, itself.
[[nodiscard]] POSTHORN_DECL letter_folding folding_of(char32_t code) noexcept;

// Canonical combining class: 0 of all but marks.
[[nodiscard]] POSTHORN_DECL unsigned combining_class(char32_t code) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/text/letter_tables.ipp>
#endif
