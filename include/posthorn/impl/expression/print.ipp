// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/print.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace posthorn {

namespace detail {

template <class Number>
void append_number(std::string& out, Number n) {
    std::array<char, 32> digits;
    auto const done = std::to_chars(digits.data(), digits.data() + digits.size(), n);
    out.append(digits.data(), done.ptr);
}

// The fewest digits that read as the same number; written out where people write it out, else with an
// exponent if that is shorter. Finite.
inline void append_number(std::string& out, double d) {
    std::array<char, 32> digits;
    auto* const end = digits.data() + digits.size();
    auto const size = std::abs(d);
    bool const ordinary = size == 0 || (size >= 1e-5 && size <= 1e15);
    auto const done = ordinary ? std::to_chars(digits.data(), end, d, std::chars_format::fixed)
                               : std::to_chars(digits.data(), end, d);
    out.append(digits.data(), done.ptr);
}

// `n` with leading zeros, `width` digits.
inline void append_padded(std::string& out, unsigned n, std::size_t width) {
    std::array<char, 10> digits;
    for (std::size_t i = width; i-- != 0; n /= 10)
        digits[i] = static_cast<char>('0' + n % 10);
    out.append(digits.data(), width);
}

// Length of the well-formed UTF-8 sequence at the start of `s`, or 0 (Unicode table 3-7).
POSTHORN_DECL std::size_t utf8_length(std::string_view s) noexcept {
    auto const byte = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
    auto const tail = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    unsigned const a = byte(0);
    unsigned const b = byte(1);
    if (a < 0x80)
        return 1;
    if (a >= 0xc2 && a <= 0xdf)
        return tail(1) ? 2 : 0;
    if ((a & 0xf0U) == 0xe0) {
        bool const ok = tail(1) && tail(2) && !(a == 0xe0 && b < 0xa0) && !(a == 0xed && b > 0x9f);
        return ok ? 3 : 0;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        bool const ok = tail(1) && tail(2) && tail(3) && !(a == 0xf0 && b < 0x90) && !(a == 0xf4 && b > 0x8f);
        return ok ? 4 : 0;
    }
    return 0;
}

// What g++ and clang make of the target's vectors. Signed: what is no ASCII is less than a space.
using byte_block [[gnu::vector_size(16)]] = signed char;

// Not zero where a byte is no ASCII, or needs an escape.
[[nodiscard]] inline byte_block specials(char const* at) noexcept {
    byte_block bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    return (bytes < 0x20) | (bytes == '"') | (bytes == '\\');
}

[[nodiscard]] inline bool has_any(byte_block block) noexcept {
    std::uint64_t words[2];
    std::memcpy(words, &block, sizeof words);
    return (words[0] | words[1]) != 0;
}

// How many bytes from the start need no escape and are ASCII.
[[nodiscard]] POSTHORN_DECL std::size_t plain_prefix(std::string_view s) noexcept {
    constexpr auto block = sizeof(byte_block);
    char const* const begin = s.data();
    std::size_t i = 0;
    for (auto const whole = s.size() / (4 * block) * (4 * block); i != whole; i += 4 * block) {
        auto const first = specials(begin + i) | specials(begin + i + block);
        auto const second = specials(begin + i + 2 * block) | specials(begin + i + 3 * block);
        if (has_any(first | second))
            break;
    }
    while (s.size() - i >= block && !has_any(specials(begin + i)))
        i += block;
    while (i != s.size()) {
        auto const c = static_cast<unsigned char>(s[i]);
        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80)
            break;
        ++i;
    }
    return i;
}

// How many bytes from the start stand in a JSON string as they are.
[[nodiscard]] POSTHORN_DECL std::size_t unescaped_prefix(std::string_view s) noexcept {
    std::size_t i = 0;
    for (;;) {
        i += plain_prefix(s.substr(i));
        if (i == s.size() || static_cast<unsigned char>(s[i]) < 0x80)
            return i;
        auto const n = utf8_length(s.substr(i));
        if (n == 0)
            return i;
        i += n;
    }
}

POSTHORN_DECL void append_escape(std::string& out, char c) {
    constexpr char digits[] = "0123456789abcdef";
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        out += "\\u00";
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
}

POSTHORN_DECL void append_json_at(std::string& out, value const& v, unsigned depth, std::size_t longest);

POSTHORN_DECL void append_json_list(std::string& out, value const& v, unsigned depth, std::size_t longest) {
    out += '[';
    for (std::size_t i = 0, n = v.size(); i != n && out.size() <= longest; ++i) {
        if (i != 0)
            out += ',';
        append_json_at(out, v.at(i), depth + 1, longest);
    }
    out += ']';
}

POSTHORN_DECL void append_json_record(std::string& out, value const& v, unsigned depth, std::size_t longest) {
    out += '{';
    bool first = true;
    for (auto const& f : v.schema().fields) {
        if (out.size() > longest)
            return;
        if (!first)
            out += ',';
        first = false;
        out += '"';
        out += f.name;
        out += "\":";
        append_json_at(out, v.field(f), depth + 1, longest);
    }
    out += '}';
}

POSTHORN_DECL void append_json_at(std::string& out, value const& v, unsigned depth, std::size_t longest) {
    constexpr unsigned deepest = 32;
    switch (v.kind()) {
    case value_kind::list:
        return depth < deepest ? append_json_list(out, v, depth, longest) : void(out += "null");
    case value_kind::record:
        return depth < deepest ? append_json_record(out, v, depth, longest) : void(out += "null");
    case value_kind::null:
        out += "null";
        return;
    case value_kind::real:
        if (!std::isfinite(v.as_real()))
            out += "null";
        else
            append_number(out, v.as_real());
        return;
    case value_kind::text:
        out += '"';
        append_json_escaped(out, v.as_text());
        out += '"';
        return;
    case value_kind::timestamp:
    case value_kind::duration:
        out += '"';
        append_plain(out, v);
        out += '"';
        return;
    default:
        append_plain(out, v);
    }
}

} // namespace detail

POSTHORN_DECL void append_json(std::string& out, value const& v, std::size_t longest) {
    detail::append_json_at(out, v, 0, longest);
}

POSTHORN_DECL void append_json_escaped(std::string& out, std::string_view text) {
    for (;;) {
        auto const whole = detail::unescaped_prefix(text);
        out.append(text.substr(0, whole));
        if (whole == text.size())
            return;
        if (static_cast<unsigned char>(text[whole]) < 0x80)
            detail::append_escape(out, text[whole]);
        else
            out += "\xef\xbf\xbd";
        text.remove_prefix(whole + 1);
    }
}

POSTHORN_DECL void append_plain(std::string& out, value const& v) {
    switch (v.kind()) {
    case value_kind::boolean:
        out += v.as_boolean() ? "true" : "false";
        return;
    case value_kind::integer:
        return detail::append_number(out, v.as_integer());
    case value_kind::unsigned_integer:
        return detail::append_number(out, v.as_unsigned());
    case value_kind::real:
        if (std::isfinite(v.as_real()))
            detail::append_number(out, v.as_real());
        return;
    case value_kind::text:
        out += v.as_text();
        return;
    case value_kind::timestamp:
        return append_timestamp(out, v.as_timestamp());
    case value_kind::duration:
        return append_duration(out, v.as_duration());
    default:
        return;
    }
}

POSTHORN_DECL void append_timestamp(std::string& out, utc_time t) {
    auto const day = std::chrono::floor<std::chrono::days>(t);
    std::chrono::year_month_day const date(day);
    auto const since_midnight = static_cast<std::uint64_t>((t - day).count());
    auto const seconds = static_cast<unsigned>(since_midnight / 1'000'000);
    auto const micros = static_cast<unsigned>(since_midnight % 1'000'000);
    detail::append_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    out += '-';
    detail::append_padded(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    detail::append_padded(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    detail::append_padded(out, seconds / 3600, 2);
    out += ':';
    detail::append_padded(out, seconds / 60 % 60, 2);
    out += ':';
    detail::append_padded(out, seconds % 60, 2);
    if (micros != 0) {
        out += '.';
        if (micros % 1000 == 0)
            detail::append_padded(out, micros / 1000, 3);
        else
            detail::append_padded(out, micros, 6);
    }
    out += 'Z';
}

POSTHORN_DECL void append_duration(std::string& out, time_span d) {
    // Unsigned, so that the least duration has a magnitude too.
    auto micros = static_cast<std::uint64_t>(d.count());
    if (d.count() < 0) {
        out += '-';
        micros = 0 - micros;
    }
    detail::append_number(out, micros / 1'000'000);
    if (auto part = static_cast<unsigned>(micros % 1'000'000); part != 0) {
        std::size_t width = 6;
        for (; part % 10 == 0; part /= 10)
            --width;
        out += '.';
        detail::append_padded(out, part, width);
    }
    out += 's';
}

} // namespace posthorn
