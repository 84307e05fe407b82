// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/print.hpp>
#include <posthorn/expression/syntax.hpp>
#include <posthorn/impl/expression/print.ipp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

namespace posthorn::detail {

POSTHORN_DECL std::string_view to_string(symbol s) noexcept {
    constexpr std::string_view written[] = {"==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"};
    return written[static_cast<std::size_t>(s)];
}

POSTHORN_DECL std::string_view to_string(function f) noexcept {
    constexpr std::string_view written[] = {"contains", "startsWith", "endsWith", "size", "lower",  "upper",
                                            "has",      "timestamp",  "duration", "int",  "double", "string"};
    return written[static_cast<std::size_t>(f)];
}

POSTHORN_DECL bool operator==(syntax_node const& a, syntax_node const& b) {
    // Reals by their bits, so that -0.0 and 0.0, which print differently, differ.
    return a.kind == b.kind && a.called == b.called && a.boolean == b.boolean && a.integer == b.integer &&
           a.unsigned_integer == b.unsigned_integer &&
           std::bit_cast<std::uint64_t>(a.real) == std::bit_cast<std::uint64_t>(b.real) && a.text == b.text &&
           a.names == b.names && a.operators == b.operators && a.operands == b.operands;
}

// --- makers ---

[[nodiscard]] POSTHORN_DECL syntax_node node_of(syntax_kind kind, std::vector<syntax_node> operands) {
    syntax_node made;
    made.kind = kind;
    made.offset = operands.empty() ? 0 : operands.front().offset;
    made.operands = std::move(operands);
    return made;
}

POSTHORN_DECL syntax_node null_node() {
    return node_of(syntax_kind::null_literal, {});
}

POSTHORN_DECL syntax_node literal_node(bool b) {
    auto made = node_of(syntax_kind::boolean_literal, {});
    made.boolean = b;
    return made;
}

POSTHORN_DECL syntax_node literal_node(std::int64_t i) {
    auto made = node_of(syntax_kind::integer_literal, {});
    made.integer = i;
    return made;
}

POSTHORN_DECL syntax_node literal_node(std::uint64_t u) {
    auto made = node_of(syntax_kind::unsigned_literal, {});
    made.unsigned_integer = u;
    return made;
}

POSTHORN_DECL syntax_node literal_node(double d) {
    if (!std::isfinite(d))
        return arithmetic_node(symbol::divide, literal_node(std::isnan(d) ? 0.0 : std::copysign(1.0, d)),
                               literal_node(0.0));
    auto made = node_of(syntax_kind::real_literal, {});
    made.real = d;
    return made;
}

POSTHORN_DECL syntax_node literal_node(std::string_view text) {
    auto made = node_of(syntax_kind::text_literal, {});
    made.text = text;
    return made;
}

POSTHORN_DECL syntax_node path_node(std::vector<std::string> names) {
    auto made = node_of(syntax_kind::path, {});
    made.name_offsets.resize(names.size());
    made.names = std::move(names);
    return made;
}

POSTHORN_DECL syntax_node list_node(std::vector<syntax_node> elements) {
    return node_of(syntax_kind::list, std::move(elements));
}

POSTHORN_DECL syntax_node negate_node(syntax_node operand) {
    if (operand.kind == syntax_kind::integer_literal && operand.integer >= 0) {
        operand.integer = -operand.integer;
        return operand;
    }
    if (operand.kind == syntax_kind::real_literal && !std::signbit(operand.real)) {
        operand.real = -operand.real;
        return operand;
    }
    return node_of(syntax_kind::negation, {std::move(operand)});
}

POSTHORN_DECL syntax_node invert_node(syntax_node operand) {
    return node_of(syntax_kind::inversion, {std::move(operand)});
}

POSTHORN_DECL void append_operand(syntax_node& chain, syntax_node operand) {
    if (operand.kind != chain.kind)
        return chain.operands.push_back(std::move(operand));
    for (auto& o : operand.operands)
        chain.operands.push_back(std::move(o));
}

POSTHORN_DECL syntax_node logical_node(syntax_kind kind, syntax_node left, syntax_node right) {
    if (left.kind != kind) {
        auto made = node_of(kind, {});
        made.offset = left.offset;
        made.operands.push_back(std::move(left));
        left = std::move(made);
    }
    append_operand(left, std::move(right));
    return left;
}

POSTHORN_DECL syntax_node relation_node(symbol s, syntax_node left, syntax_node right) {
    std::vector<syntax_node> both;
    both.push_back(std::move(left));
    both.push_back(std::move(right));
    auto made = node_of(syntax_kind::relation, std::move(both));
    made.operators = {s};
    return made;
}

POSTHORN_DECL syntax_node arithmetic_node(symbol s, syntax_node left, syntax_node right) {
    auto const kind = s == symbol::add || s == symbol::subtract ? syntax_kind::sum : syntax_kind::product;
    // Only the left operand joins the chain: a - (b - c) is not a - b - c.
    if (left.kind != kind) {
        auto made = node_of(kind, {});
        made.offset = left.offset;
        made.operands.push_back(std::move(left));
        left = std::move(made);
    }
    left.operators.push_back(s);
    left.operands.push_back(std::move(right));
    return left;
}

POSTHORN_DECL syntax_node conditional_node(syntax_node condition, syntax_node yes, syntax_node no) {
    std::vector<syntax_node> three;
    three.push_back(std::move(condition));
    three.push_back(std::move(yes));
    three.push_back(std::move(no));
    return node_of(syntax_kind::conditional, std::move(three));
}

POSTHORN_DECL syntax_node call_node(function f, std::vector<syntax_node> operands) {
    auto made = node_of(syntax_kind::call, std::move(operands));
    made.called = f;
    return made;
}

// --- constants of C++ ---

POSTHORN_DECL syntax_node constant_node(double d) {
    if (std::isfinite(d))
        return literal_node(d);
    double const above = std::isnan(d) ? 0.0 : std::copysign(1.0, d);
    return arithmetic_node(symbol::divide, literal_node(above), literal_node(0.0));
}

[[nodiscard]] POSTHORN_DECL syntax_node time_node(function f, std::string_view text) {
    std::vector<syntax_node> operand;
    operand.push_back(literal_node(text));
    return call_node(f, std::move(operand));
}

POSTHORN_DECL syntax_node constant_node(utc_time t) {
    using std::chrono::sys_days;
    using std::chrono::year;
    constexpr utc_time first = sys_days(year(0) / 1 / 1);
    constexpr utc_time last = sys_days(year(10000) / 1 / 1) - time_span(1);
    std::string text;
    append_timestamp(text, std::clamp(t, first, last));
    return time_node(function::timestamp, text);
}

POSTHORN_DECL syntax_node constant_node(time_span d) {
    std::string text;
    append_duration(text, std::max(d, -time_span::max()));
    return time_node(function::duration, text);
}

POSTHORN_DECL syntax_node adapted_node(std::int64_t i, value_kind wanted) {
    if (wanted == value_kind::unsigned_integer && i >= 0)
        return literal_node(static_cast<std::uint64_t>(i));
    // Below 2^63, so that it can be cast back.
    auto const d = static_cast<double>(i);
    if (wanted == value_kind::real && d < 9223372036854775808.0 && static_cast<std::int64_t>(d) == i)
        return literal_node(d);
    return literal_node(i);
}

POSTHORN_DECL syntax_node adapted_node(std::uint64_t u, value_kind wanted) {
    if (wanted == value_kind::integer && u <= std::uint64_t{std::numeric_limits<std::int64_t>::max()})
        return literal_node(static_cast<std::int64_t>(u));
    auto const d = static_cast<double>(u);
    if (wanted == value_kind::real && d < 18446744073709551616.0 && static_cast<std::uint64_t>(d) == u)
        return literal_node(d);
    return literal_node(u);
}

class root_namer {
  public:
    explicit root_namer(std::span<std::string_view const> roots) noexcept : roots_(roots) {}

    void visit(syntax_node& e) {
        if (e.kind == syntax_kind::path)
            e.names[0] = roots_[next_++];
        for (auto& o : e.operands)
            visit(o);
    }

  private:
    std::span<std::string_view const> roots_;
    std::size_t next_ = 0;
};

POSTHORN_DECL void name_roots(syntax_node& e, std::span<std::string_view const> roots) {
    root_namer(roots).visit(e);
}

// --- printing ---

// How tightly a node binds; an operand that binds less than its place asks is put into parentheses.
[[nodiscard]] POSTHORN_DECL unsigned binding(syntax_node const& e) noexcept {
    switch (e.kind) {
    case syntax_kind::conditional:
        return 0;
    case syntax_kind::any:
        return 1;
    case syntax_kind::all:
        return 2;
    case syntax_kind::relation:
        return 3;
    case syntax_kind::sum:
        return 4;
    case syntax_kind::product:
        return 5;
    case syntax_kind::negation:
    case syntax_kind::inversion:
        return 6;
    // -5.contains(x) is -(5.contains(x)).
    case syntax_kind::integer_literal:
        return e.integer < 0 ? 6 : 7;
    case syntax_kind::real_literal:
        return std::signbit(e.real) ? 6 : 7;
    default:
        return 7;
    }
}

class expression_printer {
  public:
    // What is nested deeper than `deepest` is left out.
    explicit expression_printer(unsigned deepest) : deepest_(deepest) {}

    void run(syntax_node const& e) { print(e, 0); }

    [[nodiscard]] std::string& text() noexcept { return out_; }
    [[nodiscard]] bool whole() const noexcept { return whole_; }

  private:
    // What the parser counts as one level more.
    void print_nested(syntax_node const& e, unsigned least) {
        whole_ = whole_ && depth_ < deepest_;
        if (!whole_)
            return;
        ++depth_;
        print(e, least);
        --depth_;
    }

    void print(syntax_node const& e, unsigned least) {
        if (binding(e) >= least)
            return print_bare(e);
        out_ += '(';
        print_nested(e, 0);
        out_ += ')';
    }

    void print_bare(syntax_node const& e) {
        switch (e.kind) {
        case syntax_kind::path:
            return join(e.names);
        case syntax_kind::list:
            return enclosed('[', e.operands, 0, ']');
        case syntax_kind::negation:
            return negation(e.operands[0]);
        case syntax_kind::inversion:
            out_ += '!';
            return print_nested(e.operands[0], 6);
        case syntax_kind::any:
            return logical(e, " || ", 2);
        case syntax_kind::all:
            return logical(e, " && ", 3);
        case syntax_kind::relation:
            return chain(e, 4);
        case syntax_kind::sum:
            return chain(e, 5);
        case syntax_kind::product:
            return chain(e, 6);
        case syntax_kind::conditional:
            print(e.operands[0], 1);
            out_ += " ? ";
            print_nested(e.operands[1], 1);
            out_ += " : ";
            return print_nested(e.operands[2], 0);
        case syntax_kind::call:
            return call(e);
        default:
            return literal(e);
        }
    }

    void literal(syntax_node const& e) {
        switch (e.kind) {
        case syntax_kind::boolean_literal:
            out_ += e.boolean ? "true" : "false";
            return;
        case syntax_kind::integer_literal:
            return append_number(out_, e.integer);
        case syntax_kind::unsigned_literal:
            append_number(out_, e.unsigned_integer);
            out_ += 'u';
            return;
        case syntax_kind::real_literal:
            return real(e.real);
        case syntax_kind::text_literal:
            out_ += print_text_literal(e.text);
            return;
        default:
            out_ += "null";
        }
    }

    void real(double d) {
        auto const begin = out_.size();
        append_number(out_, d);
        if (out_.find_first_of(".e", begin) == std::string::npos)
            out_ += ".0";
    }

    void join(std::vector<std::string> const& names) {
        for (auto const& n : names)
            (out_ += &n == names.data() ? "" : ".") += n;
    }

    // A minus straight before a number would be its sign.
    void negation(syntax_node const& operand) {
        bool const number_next =
            operand.kind == syntax_kind::integer_literal || operand.kind == syntax_kind::real_literal;
        out_ += '-';
        print_nested(operand, number_next ? 8 : 6);
    }

    void logical(syntax_node const& e, std::string_view between, unsigned least) {
        for (auto const& o : e.operands) {
            if (&o != e.operands.data())
                out_ += between;
            print(o, least);
        }
    }

    void chain(syntax_node const& e, unsigned least) {
        for (std::size_t i = 0; i != e.operands.size(); ++i) {
            if (i != 0)
                ((out_ += ' ') += to_string(e.operators[i - 1])) += ' ';
            print(e.operands[i], least);
        }
    }

    void call(syntax_node const& e) {
        std::size_t first = 0;
        if (is_method(e.called)) {
            print_nested(e.operands[0], 7);
            out_ += '.';
            first = 1;
        }
        out_ += to_string(e.called);
        enclosed('(', e.operands, first, ')');
    }

    void enclosed(char open, std::vector<syntax_node> const& elements, std::size_t first, char close) {
        out_ += open;
        for (std::size_t i = first; i < elements.size(); ++i) {
            if (i != first)
                out_ += ", ";
            print_nested(elements[i], 0);
        }
        out_ += close;
    }

    unsigned deepest_;
    unsigned depth_ = 0;
    bool whole_ = true;
    std::string out_;
};

POSTHORN_DECL std::string print_expression(syntax_node const& e) {
    expression_printer printer(std::numeric_limits<unsigned>::max());
    printer.run(e);
    return std::move(printer.text());
}

POSTHORN_DECL bool nesting_fits(syntax_node const& e) {
    expression_printer printer(max_expression_nesting);
    printer.run(e);
    return printer.whole();
}

POSTHORN_DECL std::string print_text_literal(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out(1, '"');
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else if (byte < 0x20 || byte == 0x7f)
            ((out += "\\u00") += digits[byte >> 4]) += digits[byte & 15];
        else
            out += c;
    }
    return out += '"';
}

} // namespace posthorn::detail
