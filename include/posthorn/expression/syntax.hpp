// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/expression_error.hpp>
#include <posthorn/expression/value.hpp>
#include <posthorn/model/message.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The one language as a tree: what the parser makes of a text, what the typed form builds, what is printed.
namespace posthorn::detail {

inline constexpr std::size_t max_expression_length = 4096;
inline constexpr unsigned max_expression_nesting = 32;
inline constexpr std::size_t max_list_elements = 256;

enum class syntax_kind : std::uint8_t {
    null_literal,
    boolean_literal,
    integer_literal,
    unsigned_literal,
    real_literal,
    text_literal,
    /// `project.status`: the names are in `names`.
    path,
    /// `[1, 2]`: only to the right of `in`.
    list,
    /// `-x`
    negation,
    /// `!x`
    inversion,
    /// `a || b || c`: two operands or more, none of them an `any` itself.
    any,
    /// `a && b && c`: two operands or more, none of them an `all` itself.
    all,
    /// `a == b`, `a in b`: two operands.
    relation,
    /// `a + b - c`: two operands or more; `operators[i]` stands before operand i + 1.
    sum,
    /// `a * b / c % d`: likewise.
    product,
    /// `a ? b : c`
    conditional,
    /// A function; the receiver of `a.contains(b)` is the first operand.
    call,
};

enum class symbol : std::uint8_t {
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    in,
    add,
    subtract,
    multiply,
    divide,
    remainder,
};

// g++ 12 says that a scoped enumerator shadows `posthorn::duration`, which it cannot.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
enum class function : std::uint8_t {
    contains,
    starts_with,
    ends_with,
    size,
    lower,
    upper,
    has,
    timestamp,
    duration,
    to_integer,
    to_real,
    to_text,
};
#pragma GCC diagnostic pop

/// As it is written: "==", "in", "+".
[[nodiscard]] POSTHORN_DECL std::string_view to_string(symbol s) noexcept;

/// As it is written: "startsWith", "int".
[[nodiscard]] POSTHORN_DECL std::string_view to_string(function f) noexcept;

/// Whether it is written behind its first operand: `a.contains(b)`.
[[nodiscard]] constexpr bool is_method(function f) noexcept {
    return f == function::contains || f == function::starts_with || f == function::ends_with;
}

struct syntax_node {
    syntax_kind kind = syntax_kind::null_literal;
    function called = function::size;
    bool boolean = false;
    std::int64_t integer = 0;
    std::uint64_t unsigned_integer = 0;
    double real = 0;
    /// The content of a text literal.
    std::string text;
    /// The names of a path, and where each begins in the source.
    std::vector<std::string> names;
    std::vector<std::size_t> name_offsets;
    std::vector<symbol> operators;
    std::vector<syntax_node> operands;
    /// Where it begins in the source.
    std::size_t offset = 0;
};

/// Whether they mean the same; where they stood in a text does not count.
[[nodiscard]] POSTHORN_DECL bool operator==(syntax_node const& a, syntax_node const& b);

/// @name Makers, which keep the tree in its normal form: chains are flat, a minus before a number is its
/// sign.
/// @{
[[nodiscard]] POSTHORN_DECL syntax_node null_node();
[[nodiscard]] POSTHORN_DECL syntax_node literal_node(bool b);
[[nodiscard]] POSTHORN_DECL syntax_node literal_node(std::int64_t i);
[[nodiscard]] POSTHORN_DECL syntax_node literal_node(std::uint64_t u);
/// What is not finite has no literal: infinity is 1.0 / 0.0.
[[nodiscard]] POSTHORN_DECL syntax_node literal_node(double d);
[[nodiscard]] POSTHORN_DECL syntax_node literal_node(std::string_view text);
[[nodiscard]] POSTHORN_DECL syntax_node path_node(std::vector<std::string> names);
[[nodiscard]] POSTHORN_DECL syntax_node list_node(std::vector<syntax_node> elements);
[[nodiscard]] POSTHORN_DECL syntax_node negate_node(syntax_node operand);
[[nodiscard]] POSTHORN_DECL syntax_node invert_node(syntax_node operand);
/// `kind` is `any` or `all`.
[[nodiscard]] POSTHORN_DECL syntax_node logical_node(syntax_kind kind, syntax_node left, syntax_node right);
[[nodiscard]] POSTHORN_DECL syntax_node relation_node(symbol s, syntax_node left, syntax_node right);
/// `s` is add, subtract, multiply, divide or remainder.
[[nodiscard]] POSTHORN_DECL syntax_node arithmetic_node(symbol s, syntax_node left, syntax_node right);
[[nodiscard]] POSTHORN_DECL syntax_node conditional_node(syntax_node condition, syntax_node yes,
                                                         syntax_node no);
[[nodiscard]] POSTHORN_DECL syntax_node call_node(function f, std::vector<syntax_node> operands);
/// @}

/// @name Constants of C++ as the language writes them.
/// @{
/// A double; what is not finite is a division by zero.
[[nodiscard]] POSTHORN_DECL syntax_node constant_node(double d);
/// A call of timestamp(...); a time outside the years 0 to 9999 is the nearest one inside.
[[nodiscard]] POSTHORN_DECL syntax_node constant_node(utc_time t);
/// A call of duration(...).
[[nodiscard]] POSTHORN_DECL syntax_node constant_node(time_span d);
/// An integer as a literal of the kind wanted, if that keeps its value; else as it is.
[[nodiscard]] POSTHORN_DECL syntax_node adapted_node(std::int64_t i, value_kind wanted);
[[nodiscard]] POSTHORN_DECL syntax_node adapted_node(std::uint64_t u, value_kind wanted);
/// @}

/// Gives each path, from left to right, its first name; there are as many as paths.
POSTHORN_DECL void name_roots(syntax_node& e, std::span<std::string_view const> roots);

/// The canonical text; parsing it gives the same tree, if its texts are UTF-8 and it keeps to the bounds.
[[nodiscard]] POSTHORN_DECL std::string print_expression(syntax_node const& e);

/// Whether the canonical text keeps to `max_expression_nesting`; what a method is called on counts as nested
/// in it.
[[nodiscard]] POSTHORN_DECL bool nesting_fits(syntax_node const& e);

/// The text in double quotes, with escapes, as a literal of the language.
[[nodiscard]] POSTHORN_DECL std::string print_text_literal(std::string_view text);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/syntax.ipp>
#endif
