// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace posthorn::detail {

inline constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Marks a byte that is no digit; larger than every digit's value.
inline constexpr unsigned char base64_no_digit = 64;

inline constexpr std::array<unsigned char, 256> base64_values = [] {
    std::array<unsigned char, 256> values{};
    values.fill(base64_no_digit);
    for (std::size_t i = 0; i != base64_digits.size(); ++i)
        values[static_cast<unsigned char>(base64_digits[i])] = static_cast<unsigned char>(i);
    return values;
}();

/// Appends `bytes` to `out` in the standard alphabet of RFC 4648, with padding.
inline void base64_encode(std::span<unsigned char const> bytes, std::string& out) {
    auto const start = out.size();
    out.resize(start + (bytes.size() + 2) / 3 * 4);
    char* to = out.data() + start;
    auto const put = [&to](std::uint32_t bits, int digits) {
        to[0] = base64_digits[bits >> 18];
        to[1] = base64_digits[(bits >> 12) & 63];
        to[2] = digits > 2 ? base64_digits[(bits >> 6) & 63] : '=';
        to[3] = digits > 3 ? base64_digits[bits & 63] : '=';
        to += 4;
    };
    std::size_t i = 0;
    for (; bytes.size() - i >= 3; i += 3)
        put(std::uint32_t{bytes[i]} << 16 | std::uint32_t{bytes[i + 1]} << 8 | bytes[i + 2], 4);
    if (bytes.size() - i == 2)
        put(std::uint32_t{bytes[i]} << 16 | std::uint32_t{bytes[i + 1]} << 8, 3);
    else if (bytes.size() - i == 1)
        put(std::uint32_t{bytes[i]} << 16, 2);
}

[[nodiscard]] inline std::size_t base64_padding(std::string_view text) noexcept {
    return text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
}

/// How many bytes `text` encodes, if it encodes any.
[[nodiscard]] inline std::size_t base64_decoded_size(std::string_view text) noexcept {
    return text.size() % 4 != 0 ? 0 : text.size() / 4 * 3 - base64_padding(text);
}

/// Writes to `out` the base64_decoded_size(text) bytes that `text` encodes; false, with `out` unspecified,
/// unless `text` is exactly what base64_encode writes: no other alphabet, no white space, all the padding, no
/// stray bits in the last digit.
[[nodiscard]] inline bool base64_decode(std::string_view text, char* out) noexcept {
    if (text.size() % 4 != 0)
        return false;
    text.remove_suffix(base64_padding(text));
    std::size_t at = 0;
    std::uint32_t bits = 0;
    int held = 0;
    for (char const digit : text) {
        auto const value = base64_values[static_cast<unsigned char>(digit)];
        if (value == base64_no_digit)
            return false;
        bits = (bits << 6 | value) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[at++] = static_cast<char>(static_cast<unsigned char>(bits >> held & 0xff));
        }
    }
    return (bits & ((1U << held) - 1)) == 0;
}

/// The same into a text, which is replaced.
///
/// `out` gets its final size before its first byte: an empty `out` leaves no copy behind in memory given
/// back.
[[nodiscard]] inline bool base64_decode(std::string_view text, std::string& out) {
    out.resize(base64_decoded_size(text));
    return base64_decode(text, out.data());
}

} // namespace posthorn::detail
