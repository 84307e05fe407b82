// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/syntax.hpp>

// Which kinds of operands may meet: one set of rules for the checker of texts and for the typed form.
namespace posthorn::detail {

[[nodiscard]] constexpr bool is_number(value_kind kind) noexcept {
    return kind == value_kind::integer || kind == value_kind::unsigned_integer || kind == value_kind::real;
}

[[nodiscard]] constexpr bool is_compound(value_kind kind) noexcept {
    return kind == value_kind::list || kind == value_kind::record;
}

// Whether `==` makes sense between the two.
[[nodiscard]] constexpr bool comparable(value_kind a, value_kind b) noexcept {
    if (is_number(a) && is_number(b))
        return true;
    return a == b && (a == value_kind::boolean || a == value_kind::text || a == value_kind::timestamp ||
                      a == value_kind::duration);
}

// The kind of `a s b`, or null if there is none: CEL mixes no kinds of numbers.
[[nodiscard]] constexpr value_kind arithmetic_kind(symbol s, value_kind a, value_kind b) noexcept {
    using enum value_kind;
    if (is_number(a))
        return a == b && (s != symbol::remainder || a != real) ? a : null;
    if (a == text && b == text && s == symbol::add)
        return text;
    if (a == duration && b == duration && (s == symbol::add || s == symbol::subtract))
        return duration;
    if (a == timestamp && b == duration && (s == symbol::add || s == symbol::subtract))
        return timestamp;
    if (a == duration && b == timestamp && s == symbol::add)
        return timestamp;
    return a == timestamp && b == timestamp && s == symbol::subtract ? duration : null;
}

// Whether a unary minus makes sense before it.
[[nodiscard]] constexpr bool negatable(value_kind kind) noexcept {
    return kind == value_kind::integer || kind == value_kind::real;
}

// Whether an operand of the function may be of this kind.
[[nodiscard]] constexpr bool takes(function f, value_kind kind) noexcept {
    switch (f) {
    case function::has:
        return true;
    case function::size:
        return kind == value_kind::text || kind == value_kind::list;
    case function::to_integer:
    case function::to_real:
        return is_number(kind);
    case function::to_text:
        return !is_compound(kind) && kind != value_kind::null;
    default:
        return kind == value_kind::text;
    }
}

// What the function makes of operands that are not null.
[[nodiscard]] constexpr value_type result_of(function f) noexcept {
    switch (f) {
    case function::size:
        return {value_kind::integer};
    case function::to_integer:
        return {value_kind::integer, true};
    case function::to_real:
        return {value_kind::real};
    case function::lower:
    case function::upper:
    case function::to_text:
        return {value_kind::text, true};
    default:
        return {value_kind::boolean};
    }
}

} // namespace posthorn::detail
