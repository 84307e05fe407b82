// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace posthorn::detail {

// A string literal as a template argument.
template <std::size_t N>
struct fixed_string {
    // NOLINTNEXTLINE(google-explicit-constructor): a literal must convert where a template argument stands.
    consteval fixed_string(char const (&literal)[N]) { std::copy_n(literal, N, text); }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, N - 1}; }

    char text[N] = {};
};

} // namespace posthorn::detail
