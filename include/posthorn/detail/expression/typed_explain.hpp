// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/expression/expression_rules.hpp>
#include <posthorn/detail/expression/typed_draft.hpp>

// Why the typed form refuses an operand, and the sentence for each reason.
namespace posthorn::detail {

// What is known of an operand when it is compiled.
struct operand {
    value_kind kind = value_kind::null;
    // Of a list, the kind of its elements.
    value_kind element = value_kind::null;
    bool is_constant = false;
    bool is_path = false;
    // Whether it gives the name of an enumerator.
    bool is_enumerator = false;
    misfit wrong = misfit::none;
};

[[nodiscard]] constexpr misfit first_wrong(operand const& a, operand const& b) noexcept {
    if (a.wrong == misfit::said || b.wrong == misfit::said)
        return misfit::said;
    return a.wrong != misfit::none ? a.wrong : b.wrong;
}

[[nodiscard]] constexpr misfit comparison_misfit(value_kind a, value_kind b) noexcept {
    auto const between = [=](value_kind x) {
        return (a == x && b == value_kind::text) || (a == value_kind::text && b == x);
    };
    if (comparable(a, b))
        return misfit::none;
    if (is_compound(a) || is_compound(b))
        return misfit::compound;
    if ((is_number(a) && b == value_kind::text) || (a == value_kind::text && is_number(b)))
        return misfit::number_with_text;
    if (between(value_kind::timestamp))
        return misfit::timestamp_with_text;
    return between(value_kind::duration) ? misfit::duration_with_text : misfit::other_kind;
}

[[nodiscard]] constexpr misfit relation_misfit(symbol s, operand const& a, operand const& b) noexcept {
    if (auto const wrong = first_wrong(a, b); wrong != misfit::none)
        return wrong;
    bool const equality = s == symbol::equal || s == symbol::not_equal;
    auto const is_null = [](operand const& o) { return o.is_constant && o.kind == value_kind::null; };
    if (is_null(a) || is_null(b))
        return equality ? misfit::none : misfit::null_order;
    if (auto const wrong = comparison_misfit(a.kind, b.kind); wrong != misfit::none || equality)
        return wrong;
    if (a.kind == value_kind::boolean)
        return misfit::boolean_order;
    return a.is_enumerator || b.is_enumerator ? misfit::enumerator_order : misfit::none;
}

// The kind that both can be written as, a constant changing its literal; or null.
[[nodiscard]] constexpr value_kind common_kind(operand const& a, operand const& b) noexcept {
    auto const adapts = [](operand const& o, value_kind wanted) {
        return o.is_constant && (o.kind == value_kind::integer || o.kind == value_kind::unsigned_integer) &&
               is_number(wanted);
    };
    if (a.kind == b.kind || adapts(b, a.kind))
        return a.kind;
    return adapts(a, b.kind) ? b.kind : value_kind::null;
}

[[nodiscard]] constexpr misfit arithmetic_misfit(symbol s, operand const& a, operand const& b) noexcept {
    if (auto const wrong = first_wrong(a, b); wrong != misfit::none)
        return wrong;
    if (is_number(a.kind) && is_number(b.kind)) {
        auto const common = common_kind(a, b);
        if (common == value_kind::null)
            return misfit::numbers;
        return arithmetic_kind(s, common, common) == value_kind::null ? misfit::remainder : misfit::none;
    }
    if (comparison_misfit(a.kind, b.kind) == misfit::number_with_text)
        return misfit::text_with_number;
    return arithmetic_kind(s, a.kind, b.kind) == value_kind::null ? misfit::arithmetic : misfit::none;
}

[[nodiscard]] constexpr misfit logic_misfit(operand const& a, operand const& b) noexcept {
    if (auto const wrong = first_wrong(a, b); wrong != misfit::none)
        return wrong;
    bool const fits = a.kind == value_kind::boolean && b.kind == value_kind::boolean;
    return fits ? misfit::none : misfit::logic;
}

[[nodiscard]] constexpr misfit choice_misfit(operand const& yes, operand const& no) noexcept {
    if (auto const wrong = first_wrong(yes, no); wrong != misfit::none)
        return wrong;
    bool const one_kind = yes.kind == value_kind::null || no.kind == value_kind::null ||
                          common_kind(yes, no) != value_kind::null;
    return one_kind && !is_compound(yes.kind) && !is_compound(no.kind) ? misfit::none : misfit::choices;
}

[[nodiscard]] constexpr misfit call_misfit(function f, operand const& o) noexcept {
    if (o.wrong != misfit::none)
        return o.wrong;
    if (f == function::has)
        return o.is_path ? misfit::none : misfit::has;
    if (takes(f, o.kind))
        return misfit::none;
    if (f == function::size)
        return misfit::size_of;
    if (f == function::to_text)
        return misfit::to_text;
    return f == function::to_integer || f == function::to_real ? misfit::number_function
                                                               : misfit::text_function;
}

[[nodiscard]] consteval bool differ(misfit a, misfit b) {
    return a != b;
}

template <misfit Why, class... Where>
constexpr void explain() {
    using enum misfit;
    static_assert(differ(Why, constant),
                  "posthorn: this is no constant of the language; write true or false, an integer, "
                  "a double, text, a described enumerator, a std::chrono sys_time or duration.");
    static_assert(differ(Why, character),
                  "posthorn: a single character is no text; write it in double quotes.");
    static_assert(differ(Why, number_with_text),
                  "posthorn: a number and text cannot be compared; write the number without quotes, or "
                  "to_string(number).");
    static_assert(differ(Why, timestamp_with_text),
                  "posthorn: a point in time and text cannot be compared; write a "
                  "std::chrono::sys_time such as std::chrono::sys_days(date).");
    static_assert(differ(Why, duration_with_text),
                  "posthorn: a duration and text cannot be compared; write a "
                  "std::chrono duration such as std::chrono::hours(1).");
    static_assert(
        differ(Why, other_kind),
        "posthorn: these two are of different kinds; compare numbers with numbers, text with text, true or "
        "false, times and durations each with their like.");
    static_assert(differ(Why, boolean_order),
                  "posthorn: true and false have no order; compare them with == or !=.");
    static_assert(differ(Why, null_order), "posthorn: nullptr has no order; write == nullptr or != nullptr.");
    static_assert(
        differ(Why, enumerator_order),
        "posthorn: enumerators are compared by name and so have no order; write ==, != or in(...).");
    static_assert(differ(Why, enumerations),
                  "posthorn: these are names of two different enumerations; compare with "
                  "an enumerator of the field's own, or with text.");
    static_assert(differ(Why, compound),
                  "posthorn: a list or an object is compared with nullptr only; compare its "
                  "fields, its size(...), or write in(value, list).");
    static_assert(differ(Why, numbers), "posthorn: arithmetic mixes no kinds of numbers; convert one with "
                                        "to_double(...) or to_int(...).");
    static_assert(differ(Why, remainder), "posthorn: % takes no doubles; convert them with to_int(...).");
    static_assert(differ(Why, text_with_number),
                  "posthorn: there is no arithmetic of text and a number; write "
                  "to_string(number) to join them with +.");
    static_assert(
        differ(Why, arithmetic),
        "posthorn: this operator does not work between these two; numbers take + - * / %, text takes +, "
        "times and durations take + and -.");
    static_assert(differ(Why, minus),
                  "posthorn: a minus takes an integer with sign or a double; convert an unsigned "
                  "one with to_int(...).");
    static_assert(differ(Why, logic),
                  "posthorn: &&, || and ! take what is true or false; write a comparison such as "
                  "field<&T::member> == value.");
    static_assert(differ(Why, text_function),
                  "posthorn: contains, starts_with, ends_with, lower and upper take text; "
                  "write to_string(...) for what is none.");
    static_assert(differ(Why, size_of), "posthorn: size takes text or a list.");
    static_assert(differ(Why, number_function), "posthorn: to_int and to_double take a number.");
    static_assert(differ(Why, to_text),
                  "posthorn: to_string takes a number, text, a time, a duration, true or "
                  "false; name a field of this object.");
    static_assert(differ(Why, has), "posthorn: has takes a field such as has(field<&T::member>).");
    static_assert(differ(Why, in_list),
                  "posthorn: in takes a value and a list; write in(value, {a, b}), a container "
                  "of constants, or a field that is a list.");
    static_assert(differ(Why, choices),
                  "posthorn: both choices of conditional must be of one kind, and no list or "
                  "object; convert one with to_double, to_int or to_string.");
    static_assert(differ(Why, no_member), "posthorn: a field is a data member; write field<&T::member>.");
    static_assert(differ(Why, not_described), "posthorn: the member is not described; add it to "
                                              "BOOST_DESCRIBE_STRUCT(T, (), (member...)).");
    static_assert(differ(Why, nested),
                  "posthorn: the second member is read from what the first one holds; the first must be a "
                  "described struct that has the second, or a std::optional of one.");
    static_assert(differ(Why, unspeakable),
                  "posthorn: the member has a type that webhooks cannot speak of; use bool, "
                  "an integer, a double, std::string, a described enum, a time or duration.");
    static_assert(differ(Why, outside_catalog),
                  "posthorn: the expression names a type that is not in the catalog; "
                  "add object<T, \"name\"> to it.");
    static_assert(differ(Why, several_owners),
                  "posthorn: several types of the catalog inherit this member; say which with "
                  "field_of<T, &T::member>.");
    static_assert(differ(Why, hidden_member),
                  "posthorn: the expression names a member that the catalog hides; take "
                  "it out of the expression, or out of hidden<...>.");
    static_assert(differ(Why, other_object),
                  "posthorn: the expression speaks of another type; name the members of "
                  "the T of on<T>, or of the type that scopes it.");
    static_assert(differ(Why, other_previous),
                  "posthorn: previous is the earlier state of the event's object; name "
                  "the members of the T of on<T>.");
    static_assert(
        differ(Why, filter_alone),
        "posthorn: a saved filter speaks of its object's state alone; write previous and event_... in a "
        "webhook's condition.");
    static_assert(differ(Why, predicate), "posthorn: a filter or a condition must be true or false; write a "
                                          "comparison such as field<&T::member> == value.");
}

} // namespace posthorn::detail
