// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cerrno>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <locale.h>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace posthorn::detail {

// `real_number` for standard libraries without std::from_chars for double. strtod rounds correctly too; it
// reads in the locale "C", since the host may have set another one.
[[nodiscard]] inline std::optional<double> real_number_by_strtod(std::string_view text) {
    // strtod accepts blanks, a plus sign, hexadecimal digits and words, std::from_chars does not.
    if (text.empty() || text.front() == '+' ||
        text.find_first_not_of("0123456789.eE+-") != std::string_view::npos)
        return std::nullopt;
    static ::locale_t const locale = [] {
        auto const made = ::newlocale(LC_ALL_MASK, "C", ::locale_t());
        return made != ::locale_t() ? made : throw std::bad_alloc();
    }();
    // strtod stops at a zero byte only.
    std::string const ended(text);
    char* end = nullptr;
    errno = 0;
    double const n = ::strtod_l(ended.c_str(), &end, locale);
    // glibc reports subnormal numbers in errno too.
    bool const fits = std::isfinite(n) && (n != 0 || errno != ERANGE);
    return fits && end == ended.c_str() + ended.size() ? std::optional(n) : std::nullopt;
}

// The whole text as a finite double, in the grammar of std::from_chars and correctly rounded; nothing for any
// other text and out of range. libc++ has std::from_chars for double since its release 20.
template <class Double = double>
[[nodiscard]] std::optional<Double> real_number(std::string_view text) {
    if constexpr (requires(Double& n, char const* at) { std::from_chars(at, at, n); }) {
        Double n = 0;
        auto const* const end = std::to_address(text.end());
        auto const read = std::from_chars(std::to_address(text.begin()), end, n);
        bool const fits = read.ec == std::errc() && read.ptr == end && std::isfinite(n);
        return fits ? std::optional(n) : std::nullopt;
    } else {
        return real_number_by_strtod(text);
    }
}

} // namespace posthorn::detail
