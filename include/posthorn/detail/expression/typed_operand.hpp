// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/expression/typed_explain.hpp>
#include <posthorn/expression/schema_of.hpp>
#include <posthorn/expression/syntax.hpp>
#include <posthorn/model/action.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

// The operands of the typed form: what C++ constants and members are in the language.
namespace posthorn::detail {

template <class A, class B>
concept with_term = is_term<A> || is_term<B>;

// The paths of an expression, from left to right.
template <class... Paths>
struct paths {};

template <class... A, class... B>
paths<A..., B...> operator+(paths<A...>, paths<B...>);

// --- constants ---

template <class T>
[[nodiscard]] consteval bool is_text() {
    if constexpr (std::is_array_v<T>)
        return std::same_as<std::remove_cv_t<std::remove_extent_t<T>>, char>;
    else
        return std::is_convertible_v<T const&, std::string_view>;
}

template <class T>
[[nodiscard]] consteval value_kind constant_kind() {
    if constexpr (std::same_as<T, bool> || plain_integer<T> || is_sys_time<T> || is_duration<T>)
        return kind_of<T>();
    else if constexpr (std::same_as<T, double> || std::same_as<T, float>)
        return value_kind::real;
    else if constexpr (described_enum<T> || std::same_as<T, action> || is_text<T>())
        return value_kind::text;
    else
        return value_kind::null;
}

template <class T>
[[nodiscard]] consteval operand operand_of() {
    if constexpr (is_term<T>) {
        return T::described;
    } else {
        operand made{.is_constant = true, .is_enumerator = std::is_enum_v<T>};
        if constexpr (!std::same_as<T, std::nullptr_t>)
            made.kind = constant_kind<T>();
        if (made.kind == value_kind::null && !std::same_as<T, std::nullptr_t>)
            made.wrong = std::same_as<T, char> ? misfit::character : misfit::constant;
        return made;
    }
}

// The enumeration whose names an operand gives, or void.
template <class T>
struct enumeration {
    using type = std::conditional_t<std::is_enum_v<T>, T, void>;
};
template <typed_term T>
struct enumeration<T> {
    using type = typename T::enumeration;
};

template <class A, class B>
[[nodiscard]] consteval bool enumerations_differ() {
    using a = typename enumeration<A>::type;
    using b = typename enumeration<B>::type;
    return !std::is_void_v<a> && !std::is_void_v<b> && !std::same_as<a, b>;
}

// Times and durations are floored to microseconds, as those of fields are.
template <class Duration>
[[nodiscard]] utc_time nearest_time(std::chrono::sys_time<Duration> t) noexcept {
    auto const v = timestamp_of(t);
    if (v.is_null())
        return t.time_since_epoch() > Duration::zero() ? utc_time::max() : utc_time::min();
    return v.as_timestamp();
}

template <class Rep, class Period>
[[nodiscard]] time_span nearest_span(std::chrono::duration<Rep, Period> d) noexcept {
    auto const v = duration_of(d);
    if (v.is_null())
        return d > d.zero() ? time_span::max() : time_span::min();
    return v.as_duration();
}

template <class T>
[[nodiscard]] std::string_view text_of_constant(T const& x) {
    if constexpr (std::same_as<T, action>) {
        return to_string(x);
    } else if constexpr (std::is_enum_v<T>) {
        // A value without a name is text that no enumerator has.
        return boost::describe::enum_to_string(x, "");
    } else {
        return x;
    }
}

// `wanted` is the kind of number that an integer is to be written as, where its value allows.
template <class T>
[[nodiscard]] syntax_node node_of(T const& x, [[maybe_unused]] value_kind wanted = value_kind::null) {
    if constexpr (is_term<T>)
        return x.node();
    else if constexpr (std::same_as<T, std::nullptr_t>)
        return null_node();
    else if constexpr (std::same_as<T, bool>)
        return literal_node(x);
    else if constexpr (std::unsigned_integral<T>)
        return adapted_node(static_cast<std::uint64_t>(x), wanted);
    else if constexpr (std::integral<T>)
        return adapted_node(static_cast<std::int64_t>(x), wanted);
    else if constexpr (std::floating_point<T>)
        return constant_node(static_cast<double>(x));
    else if constexpr (is_sys_time<T>)
        return constant_node(nearest_time(x));
    else if constexpr (is_duration<T>)
        return constant_node(nearest_span(x));
    else
        return literal_node(text_of_constant(x));
}

// --- members ---

template <class Pointer>
struct member_pointer {
    using type = void;
    using owner = void;
};
template <class T, class Owner>
    requires(!std::is_function_v<T>)
struct member_pointer<T Owner::*> {
    using type = std::remove_cv_t<T>;
    using owner = Owner;
};

template <class T>
struct held {
    using type = T;
};
template <class T>
struct held<std::optional<T>> {
    using type = T;
};

template <auto Member>
using member_type = typename member_pointer<decltype(Member)>::type;
template <auto Member>
using member_owner = typename member_pointer<decltype(Member)>::owner;
template <auto Member>
using held_type = typename held<member_type<Member>>::type;

template <auto Member, class... Descriptors>
[[nodiscard]] consteval std::string_view name_among(boost::mp11::mp_list<Descriptors...>) {
    std::string_view name;
    ((same_member<Member, Descriptors::pointer>() ? void(name = Descriptors::name) : void()), ...);
    return name;
}

// The name under which T describes the member; empty: under none.
template <class T, auto Member>
[[nodiscard]] consteval std::string_view described_name() {
    if constexpr (described_class<T>)
        return name_among<Member>(boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>());
    else
        return {};
}

template <class T, auto First, auto... Rest>
[[nodiscard]] consteval misfit member_misfit() {
    if constexpr (std::is_void_v<member_owner<First>>)
        return misfit::no_member;
    else if constexpr (!std::is_base_of_v<member_owner<First>, T>)
        return misfit::nested;
    else if constexpr (described_name<T, First>().empty())
        return misfit::not_described;
    else if constexpr (!speakable<member_type<First>>())
        return misfit::unspeakable;
    else if constexpr (sizeof...(Rest) != 0)
        return member_misfit<held_type<First>, Rest...>();
    else
        return misfit::none;
}

template <class T, auto First, auto... Rest>
constexpr void write_names(std::string_view* out) {
    *out = described_name<T, First>();
    if constexpr (sizeof...(Rest) != 0)
        write_names<held_type<First>, Rest...>(out + 1);
}

template <auto First, auto... Rest>
struct last_member : last_member<Rest...> {};
template <auto Last>
struct last_member<Last> {
    using type = held_type<Last>;
};

// What a member that can be spoken of is as an operand.
template <class T>
[[nodiscard]] consteval operand member_operand() {
    operand made{.kind = kind_of<T>(), .is_path = true, .is_enumerator = std::is_enum_v<T>};
    if constexpr (is_vector<T>)
        made.element = kind_of<typename T::value_type>();
    return made;
}

template <class T>
struct named_enumeration {
    using type = std::conditional_t<std::is_enum_v<T>, T, void>;
};
template <class T>
    requires is_vector<T>
struct named_enumeration<T> : named_enumeration<typename held<typename T::value_type>::type> {};

} // namespace posthorn::detail
