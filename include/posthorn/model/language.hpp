// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <string_view>

namespace posthorn {

/// The languages that people are told something in.
enum class language : unsigned char {
    english,
    french,
};

/// The language that somebody is told things in whose language has this tag: French for "fr" and "fr-CA".
[[nodiscard]] constexpr language language_of(std::string_view tag) noexcept {
    return tag == "fr" || tag.starts_with("fr-") ? language::french : language::english;
}

/// Whether a text can be the tag of a language, such as "en" or "fr-CA": parts of at most 8 ASCII letters and
/// digits between hyphens, the first of at least two letters, 35 characters at most. Case is kept.
[[nodiscard]] constexpr bool is_language_tag(std::string_view text) noexcept {
    constexpr std::size_t longest_part = 8;
    constexpr std::size_t longest = 35;
    std::size_t size = 0;
    bool is_first = true;
    for (char const c : text) {
        bool const is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool const is_digit = c >= '0' && c <= '9';
        if (c == '-' && size >= (is_first ? 2U : 1U)) {
            is_first = false;
            size = 0;
        } else if ((!is_letter && (!is_digit || is_first)) || ++size > longest_part) {
            return false;
        }
    }
    return size >= (is_first ? 2U : 1U) && text.size() <= longest;
}

} // namespace posthorn
