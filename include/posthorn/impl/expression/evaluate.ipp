// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/letters.hpp>
#include <posthorn/expression/evaluate.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/expression/schema_of.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <compare>
#include <limits>

namespace posthorn::detail {

POSTHORN_DECL record_schema const& event_record() {
    static constexpr field_schema fields[] = {
        {"id", {value_kind::text}, nullptr},     {"action", {value_kind::text}, nullptr},
        {"object", {value_kind::text}, nullptr}, {"time", {value_kind::timestamp}, nullptr},
        {"actor", {value_kind::text}, nullptr},
    };
    static constexpr record_schema schema{fields};
    return schema;
}

// --- comparing ---

// Exact, also where a double cannot hold the integer.
template <class Integer>
[[nodiscard]] std::partial_ordering compare_with_real(Integer i, double d) noexcept {
    constexpr auto least = static_cast<double>(std::numeric_limits<Integer>::min());
    // 2^63 or 2^64: the first double that is too large.
    double const beyond = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
    if (std::isnan(d))
        return std::partial_ordering::unordered;
    if (d >= beyond)
        return std::partial_ordering::less;
    if (d < least)
        return std::partial_ordering::greater;
    auto const whole = static_cast<Integer>(d);
    if (i != whole)
        return i <=> whole;
    return 0.0 <=> d - static_cast<double>(whole);
}

[[nodiscard]] POSTHORN_DECL std::partial_ordering reversed(std::partial_ordering o) noexcept {
    return 0 <=> o;
}

[[nodiscard]] POSTHORN_DECL std::partial_ordering compare_numbers(value const& a, value const& b) noexcept {
    using enum value_kind;
    if (a.kind() == integer) {
        if (b.kind() == integer)
            return a.as_integer() <=> b.as_integer();
        if (b.kind() == real)
            return compare_with_real(a.as_integer(), b.as_real());
        return a.as_integer() < 0 ? std::partial_ordering::less
                                  : static_cast<std::uint64_t>(a.as_integer()) <=> b.as_unsigned();
    }
    if (a.kind() == real && b.kind() == real)
        return a.as_real() <=> b.as_real();
    if (a.kind() == unsigned_integer && b.kind() == unsigned_integer)
        return a.as_unsigned() <=> b.as_unsigned();
    if (a.kind() == unsigned_integer && b.kind() == real)
        return compare_with_real(a.as_unsigned(), b.as_real());
    return reversed(compare_numbers(b, a));
}

// Two values that are not null and comparable by their types.
[[nodiscard]] POSTHORN_DECL std::partial_ordering compare_values(value const& a, value const& b) noexcept {
    switch (a.kind()) {
    case value_kind::text:
        return a.as_text() <=> b.as_text();
    case value_kind::boolean:
        return a.as_boolean() <=> b.as_boolean();
    case value_kind::timestamp:
        return a.as_timestamp() <=> b.as_timestamp();
    case value_kind::duration:
        return a.as_duration() <=> b.as_duration();
    default:
        return compare_numbers(a, b);
    }
}

template <class T>
[[nodiscard]] bool related(symbol sign, T a, T b) noexcept {
    switch (sign) {
    case symbol::equal:
        return a == b;
    case symbol::not_equal:
        return a != b;
    case symbol::less:
        return a < b;
    case symbol::less_equal:
        return a <= b;
    case symbol::greater:
        return a > b;
    default:
        return a >= b;
    }
}

[[nodiscard]] POSTHORN_DECL bool ordered(symbol sign, std::partial_ordering order) noexcept {
    switch (sign) {
    case symbol::equal:
        return order == 0;
    case symbol::not_equal:
        return order != 0;
    case symbol::less:
        return order < 0;
    case symbol::less_equal:
        return order <= 0;
    case symbol::greater:
        return order > 0;
    default:
        return order >= 0;
    }
}

// A comparison with null is false: only the literal asks for it.
[[nodiscard]] POSTHORN_DECL bool relation_holds(symbol sign, value const& a, value const& b) noexcept {
    if (a.is_null() || b.is_null())
        return false;
    // Texts of different lengths are not read.
    if (a.kind() == value_kind::text && (sign == symbol::equal || sign == symbol::not_equal))
        return (a.as_text() == b.as_text()) == (sign == symbol::equal);
    // The kinds that most comparisons have; the rest goes by its order, which costs more.
    if (a.kind() == value_kind::integer && b.kind() == value_kind::integer)
        return related(sign, a.as_integer(), b.as_integer());
    if (a.kind() == value_kind::real && b.kind() == value_kind::real)
        return related(sign, a.as_real(), b.as_real());
    return ordered(sign, compare_values(a, b));
}

// --- arithmetic; what CEL calls an error is null ---

template <class Integer>
[[nodiscard]] value integer_arithmetic(symbol sign, Integer a, Integer b) noexcept {
    Integer made{};
    bool wrong = false;
    switch (sign) {
    case symbol::add:
        wrong = __builtin_add_overflow(a, b, &made);
        break;
    case symbol::subtract:
        wrong = __builtin_sub_overflow(a, b, &made);
        break;
    case symbol::multiply:
        wrong = __builtin_mul_overflow(a, b, &made);
        break;
    default:
        // The quotient of the least integer and -1 does not fit; its remainder traps on some machines.
        wrong = b == 0 || (std::numeric_limits<Integer>::is_signed &&
                           a == std::numeric_limits<Integer>::min() && b == static_cast<Integer>(-1));
        if (!wrong)
            made = static_cast<Integer>(sign == symbol::divide ? a / b : a % b);
    }
    return wrong ? value() : value(made);
}

[[nodiscard]] POSTHORN_DECL value real_arithmetic(symbol sign, double a, double b) noexcept {
    switch (sign) {
    case symbol::add:
        return value(a + b);
    case symbol::subtract:
        return value(a - b);
    case symbol::multiply:
        return value(a * b);
    default:
        return value(a / b);
    }
}

[[nodiscard]] POSTHORN_DECL value checked_timestamp(std::int64_t micros) noexcept {
    utc_time const t{time_span(micros)};
    return is_printable(t) ? value(t) : value();
}

[[nodiscard]] POSTHORN_DECL std::int64_t micros_of(value const& v) noexcept {
    return v.kind() == value_kind::timestamp ? v.as_timestamp().time_since_epoch().count()
                                             : v.as_duration().count();
}

[[nodiscard]] POSTHORN_DECL value time_arithmetic(symbol sign, value const& a, value const& b) noexcept {
    auto const made = integer_arithmetic(sign, micros_of(a), micros_of(b));
    if (made.is_null())
        return made;
    bool const point = (a.kind() == value_kind::timestamp) != (b.kind() == value_kind::timestamp);
    return point ? checked_timestamp(made.as_integer()) : value(time_span(made.as_integer()));
}

[[nodiscard]] POSTHORN_DECL value to_integer(value const& v) noexcept {
    switch (v.kind()) {
    case value_kind::unsigned_integer:
        return v.as_unsigned() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
                   ? value()
                   : value(static_cast<std::int64_t>(v.as_unsigned()));
    case value_kind::real:
        return v.as_real() >= -9223372036854775808.0 && v.as_real() < 9223372036854775808.0
                   ? value(static_cast<std::int64_t>(v.as_real()))
                   : value();
    default:
        return v;
    }
}

[[nodiscard]] POSTHORN_DECL value to_real(value const& v) noexcept {
    switch (v.kind()) {
    case value_kind::integer:
        return value(static_cast<double>(v.as_integer()));
    case value_kind::unsigned_integer:
        return value(static_cast<double>(v.as_unsigned()));
    default:
        return v;
    }
}

// --- text ---

[[nodiscard]] POSTHORN_DECL std::int64_t characters(std::string_view text) noexcept {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
}

// --- walking the code ---

class expression_evaluator {
  public:
    expression_evaluator(expression_code const& code, event_view const& e,
                         expression_scratch& scratch) noexcept
        : code_(code), event_(e), scratch_(scratch) {}

    [[nodiscard]] value run() noexcept { return run(code_.instructions[code_.start]); }

  private:
    [[nodiscard]] value run(instruction const& i) noexcept {
        switch (i.what) {
        case opcode::constant:
            return code_.constants[i.at];
        case opcode::load:
            return load(code_.paths[i.at]);
        case opcode::all:
            return logical(i, false);
        case opcode::any:
            return logical(i, true);
        case opcode::compare:
            return value(compare(i));
        case opcode::compare_constant:
            return value(compare_constant(i));
        case opcode::in_elements:
            return value(in_elements(i));
        case opcode::in_list:
            return in_list(i);
        case opcode::arithmetic:
            return arithmetic(i);
        case opcode::conditional:
            return conditional(i);
        case opcode::call:
            return call(i);
        case opcode::invert: {
            auto const v = operand(i, 0);
            return v.is_null() ? v : value(!v.as_boolean());
        }
        case opcode::negate:
            return negated(operand(i, 0));
        }
        return value();
    }

    [[nodiscard]] value operand(instruction const& i, std::uint32_t n) noexcept {
        auto const& o = code_.instructions[code_.operands[i.at + n]];
        // The instruction that most filters are made of, without a call.
        return o.what == opcode::compare_constant ? value(compare_constant(o)) : run(o);
    }

    [[nodiscard]] bool compare_constant(instruction const& i) noexcept {
        return holds(i.sign, load(code_.paths[i.at]), code_.constants[i.count]);
    }

    [[nodiscard]] value load(compiled_path const& p) const noexcept {
        if (p.root == path_root::event)
            return event_field(p);
        void const* const start = root_of(p.root);
        if (start == nullptr)
            return value();
        if (p.fields == 0)
            return value(start, p.record());
        auto v = p.first->get(start);
        for (std::uint32_t n = 1; n < p.fields && !v.is_null(); ++n)
            v = v.field(*code_.steps[p.rest + n - 1]);
        return v;
    }

    [[nodiscard]] void const* root_of(path_root r) const noexcept {
        switch (r) {
        case path_root::object:
            // A saved filter is tested on the object or, where that is of another type, on its scope.
            return event_.object_index == code_.where.object ? event_.object : event_.scope;
        case path_root::previous:
            return event_.previous;
        default:
            return event_.scope;
        }
    }

    [[nodiscard]] value event_field(compiled_path const& p) const noexcept {
        switch (p.first - event_record().fields.data()) {
        case 0:
            return value(event_.id_text.view());
        case 1:
            return value(to_string(event_.what));
        case 2:
            return value(code_.where.catalog[event_.object_index].name);
        case 3:
            return value(std::chrono::floor<time_span>(event_.time));
        default:
            return value(event_.actor);
        }
    }

    // One operand that decides does so whatever the others are; else null makes null.
    [[nodiscard]] value logical(instruction const& i, bool decisive) noexcept {
        bool unknown = false;
        for (std::uint32_t n = 0; n != i.count; ++n) {
            auto const v = operand(i, n);
            if (v.is_null())
                unknown = true;
            else if (v.as_boolean() == decisive)
                return v;
        }
        return unknown ? value() : value(!decisive);
    }

    [[nodiscard]] bool compare(instruction const& i) noexcept {
        auto const a = operand(i, 0);
        if (i.with_null)
            return a.is_null() == (i.sign == symbol::equal);
        return holds(i.sign, a, operand(i, 1));
    }

    // Reading two long texts is work; what would be too much of it does not hold.
    [[nodiscard]] bool holds(symbol sign, value const& a, value const& b) noexcept {
        constexpr std::size_t little = 64;
        if (a.kind() == value_kind::text && b.kind() == value_kind::text) {
            auto const read = std::min(a.as_text().size(), b.as_text().size());
            if (read > little && !scratch_.work(read / 8))
                return false;
        }
        return relation_holds(sign, a, b);
    }

    [[nodiscard]] bool in_elements(instruction const& i) noexcept {
        auto const needle = operand(i, 0);
        if (needle.is_null())
            return false;
        for (std::uint32_t n = 1; n != i.count; ++n)
            if (holds(symbol::equal, needle, operand(i, n)))
                return true;
        return false;
    }

    // A list that is longer than all that an evaluation may do gives null.
    [[nodiscard]] value in_list(instruction const& i) noexcept {
        auto const needle = operand(i, 0);
        auto const list = operand(i, 1);
        if (needle.is_null() || list.is_null())
            return value(false);
        auto const size = list.size();
        if (!scratch_.work(size))
            return value();
        for (std::size_t n = 0; n != size; ++n)
            if (holds(symbol::equal, needle, list.at(n)))
                return value(true);
        return value(false);
    }

    [[nodiscard]] value negated(value const& v) const noexcept {
        if (v.is_null())
            return v;
        return v.kind() == value_kind::real
                   ? value(-v.as_real())
                   : integer_arithmetic<std::int64_t>(symbol::subtract, 0, v.as_integer());
    }

    [[nodiscard]] value arithmetic(instruction const& i) noexcept {
        auto made = operand(i, 0);
        for (std::uint32_t n = 1; n < i.count && !made.is_null(); n += 2)
            made = step(static_cast<symbol>(code_.operands[i.at + n]), made, operand(i, n + 1));
        return made;
    }

    [[nodiscard]] value step(symbol sign, value const& a, value const& b) noexcept {
        if (b.is_null())
            return value();
        switch (a.kind()) {
        case value_kind::integer:
            return integer_arithmetic(sign, a.as_integer(), b.as_integer());
        case value_kind::unsigned_integer:
            return integer_arithmetic(sign, a.as_unsigned(), b.as_unsigned());
        case value_kind::real:
            return real_arithmetic(sign, a.as_real(), b.as_real());
        case value_kind::text:
            return joined(a.as_text(), b.as_text());
        default:
            return time_arithmetic(sign, a, b);
        }
    }

    [[nodiscard]] value joined(std::string_view a, std::string_view b) noexcept {
        char* const out = scratch_.allocate(a.size() + b.size());
        if (out == nullptr)
            return value();
        std::copy(a.begin(), a.end(), out);
        std::copy(b.begin(), b.end(), out + a.size());
        return value(std::string_view(out, a.size() + b.size()));
    }

    [[nodiscard]] value conditional(instruction const& i) noexcept {
        auto const condition = operand(i, 0);
        if (condition.is_null())
            return condition;
        return operand(i, condition.as_boolean() ? 1 : 2);
    }

    [[nodiscard]] value call(instruction const& i) noexcept {
        auto const v = operand(i, 0);
        if (i.called == function::has)
            return value(!v.is_null());
        if (v.is_null())
            return v;
        // Reading text is work; what would be too much of it is null.
        if (v.kind() == value_kind::text && !scratch_.work(v.as_text().size() / 8))
            return value();
        switch (i.called) {
        case function::size:
            return value(v.kind() == value_kind::text ? characters(v.as_text())
                                                      : static_cast<std::int64_t>(v.size()));
        case function::lower:
        case function::upper:
            return other_case_of(v.as_text(), i.called == function::upper);
        case function::to_integer:
            return to_integer(v);
        case function::to_real:
            return to_real(v);
        case function::to_text:
            return printed(v);
        default: {
            auto const part = operand(i, 1);
            if (part.kind() == value_kind::text && !scratch_.work(part.as_text().size() / 8))
                return value();
            return part.is_null() ? part : value(test(i.called, v.as_text(), part.as_text()));
        }
        }
    }

    [[nodiscard]] static bool test(function f, std::string_view text, std::string_view part) noexcept {
        if (f == function::starts_with)
            return text.starts_with(part);
        return f == function::ends_with ? text.ends_with(part) : contains_text(text, part);
    }

    [[nodiscard]] value other_case_of(std::string_view text, bool upper) noexcept {
        char* const out = scratch_.allocate(text.size());
        if (out == nullptr)
            return value();
        change_case(text, upper, out);
        return value(std::string_view(out, text.size()));
    }

    [[nodiscard]] value printed(value const& v) noexcept {
        if (v.kind() == value_kind::text)
            return v;
        try {
            std::string text;
            append_plain(text, v);
            return joined(text, {});
        } catch (std::bad_alloc const&) {
            return value();
        }
    }

    expression_code const& code_;
    event_view const& event_;
    expression_scratch& scratch_;
};

POSTHORN_DECL value evaluate(expression_code const& code, event_view const& e,
                             expression_scratch& scratch) noexcept {
    return expression_evaluator(code, e, scratch).run();
}

} // namespace posthorn::detail
