// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/print.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace posthorn {

namespace detail {

template <class Number>
void append_number(std::string& out, Number n) {
    std::array<char, 32> digits;
    auto const done = std::to_chars(digits.data(), digits.data() + digits.size(), n);
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
[[nodiscard]] POSTHORN_DECL std::size_t utf8_length(std::string_view s) noexcept {
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

// How many bytes from the start need no escape.
[[nodiscard]] POSTHORN_DECL std::size_t plain_prefix(std::string_view s) noexcept {
    std::size_t i = 0;
    while (i != s.size()) {
        auto const c = static_cast<unsigned char>(s[i]);
        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f)
            break;
        ++i;
    }
    return i;
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

POSTHORN_DECL void append_json_at(std::string& out, value const& v, unsigned depth);

POSTHORN_DECL void append_json_list(std::string& out, value const& v, unsigned depth) {
    out += '[';
    for (std::size_t i = 0, n = v.size(); i != n; ++i) {
        if (i != 0)
            out += ',';
        append_json_at(out, v.at(i), depth + 1);
    }
    out += ']';
}

POSTHORN_DECL void append_json_record(std::string& out, value const& v, unsigned depth) {
    out += '{';
    bool first = true;
    for (auto const& f : v.schema().fields) {
        if (!first)
            out += ',';
        first = false;
        out += '"';
        out += f.name;
        out += "\":";
        append_json_at(out, v.field(f), depth + 1);
    }
    out += '}';
}

POSTHORN_DECL void append_json_at(std::string& out, value const& v, unsigned depth) {
    constexpr unsigned deepest = 32;
    switch (v.kind()) {
    case value_kind::list:
        return depth < deepest ? append_json_list(out, v, depth) : void(out += "null");
    case value_kind::record:
        return depth < deepest ? append_json_record(out, v, depth) : void(out += "null");
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
        out += '"';
        append_timestamp(out, v.as_timestamp());
        out += '"';
        return;
    default:
        append_plain(out, v);
    }
}

} // namespace detail

POSTHORN_DECL void append_json(std::string& out, value const& v) {
    detail::append_json_at(out, v, 0);
}

POSTHORN_DECL void append_json_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        auto const plain = detail::plain_prefix(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty())
            return;
        if (static_cast<unsigned char>(text[0]) < 0x7f) {
            detail::append_escape(out, text[0]);
            text.remove_prefix(1);
        } else if (auto const n = detail::utf8_length(text); n != 0) {
            out.append(text.substr(0, n));
            text.remove_prefix(n);
        } else {
            out += "\xef\xbf\xbd";
            text.remove_prefix(1);
        }
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

} // namespace posthorn
