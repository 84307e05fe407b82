// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

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

} // namespace posthorn
