// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/value.hpp>

#include <boost/describe/enum_to_string.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

// From described structs to schemas: the only place where Boost.Describe is read.
namespace posthorn::detail {

template <auto A, auto B>
[[nodiscard]] consteval bool same_member() {
    if constexpr (std::same_as<decltype(A), decltype(B)>)
        return A == B;
    else
        return false;
}

template <class Option, auto Member>
[[nodiscard]] consteval bool option_hides() {
    if constexpr (requires { Option::template contains<Member>(); })
        return Option::template contains<Member>();
    else
        return false;
}

template <class... Options>
struct scope_of {
    using type = void;
};
template <class First, class... Rest>
struct scope_of<First, Rest...> : scope_of<Rest...> {};
template <class First, class... Rest>
    requires requires { typename First::scope; }
struct scope_of<First, Rest...> {
    using type = typename First::scope;
};

// The catalog entry of T.
template <class T, class... Objects>
struct pick;
template <class T, class First, class... Rest>
struct pick<T, First, Rest...> : pick<T, Rest...> {};
template <class T, class First, class... Rest>
    requires std::same_as<T, typename First::type>
struct pick<T, First, Rest...> {
    using type = First;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T, class A>
inline constexpr bool is_vector<std::vector<T, A>> = !std::same_as<T, bool>;

template <class T>
inline constexpr bool is_sys_time = false;
template <class D>
inline constexpr bool is_sys_time<std::chrono::sys_time<D>> = true;

template <class T>
concept text_like = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
concept described_class = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
concept plain_integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t> &&
    sizeof(T) <= sizeof(std::int64_t);

template <class T>
[[nodiscard]] consteval bool speakable() {
    if constexpr (is_optional<T>)
        return !is_optional<typename T::value_type> && speakable<typename T::value_type>();
    else if constexpr (is_vector<T>)
        return speakable<typename T::value_type>();
    else
        return std::same_as<T, bool> || plain_integer<T> || std::floating_point<T> || text_like<T> ||
               is_sys_time<T> || described_enum<T> || described_class<T>;
}

// A time outside the years 0 to 9999 has no RFC 3339 text: it is null, and the cast below cannot overflow.
template <class Duration>
[[nodiscard]] value timestamp_of(std::chrono::sys_time<Duration> t) noexcept {
    auto const seconds =
        std::chrono::duration_cast<std::chrono::duration<double>>(t.time_since_epoch()).count();
    if (!(seconds >= -62'167'219'200.0 && seconds < 253'402'300'800.0))
        return value();
    return value(std::chrono::floor<utc_time::duration>(t));
}

template <class Catalog, class T>
[[nodiscard]] record_schema const& record_of();

template <class Catalog, class T>
[[nodiscard]] value value_of(T const& x) noexcept;

template <class Catalog, class T>
inline constexpr list_access list_of{
    [](void const* list) -> std::size_t { return static_cast<T const*>(list)->size(); },
    [](void const* list, std::size_t i) -> value {
        return value_of<Catalog>((*static_cast<T const*>(list))[i]);
    }};

template <class Catalog, class T>
value value_of(T const& x) noexcept {
    if constexpr (is_optional<T>)
        return x ? value_of<Catalog>(*x) : value();
    else if constexpr (is_vector<T>)
        return value(&x, list_of<Catalog, T>);
    else if constexpr (std::same_as<T, bool>)
        return value(x);
    else if constexpr (std::unsigned_integral<T>)
        return value(static_cast<std::uint64_t>(x));
    else if constexpr (std::integral<T>)
        return value(static_cast<std::int64_t>(x));
    else if constexpr (std::floating_point<T>)
        return value(static_cast<double>(x));
    else if constexpr (text_like<T>)
        return value(std::string_view(x));
    else if constexpr (is_sys_time<T>)
        return timestamp_of(x);
    else if constexpr (described_enum<T>) {
        char const* const name = boost::describe::enum_to_string(x, nullptr);
        return name == nullptr ? value() : value(std::string_view(name));
    } else
        return value(&x, record_of<Catalog, T>());
}

template <class Catalog, class T>
[[nodiscard]] constexpr value_type type_of() {
    if constexpr (is_optional<T>) {
        auto inner = type_of<Catalog, typename T::value_type>();
        inner.optional = true;
        return inner;
    } else if constexpr (is_vector<T>)
        return {value_kind::list, false, nullptr, &type_of<Catalog, typename T::value_type>};
    else if constexpr (std::same_as<T, bool>)
        return {value_kind::boolean};
    else if constexpr (std::unsigned_integral<T>)
        return {value_kind::unsigned_integer};
    else if constexpr (std::integral<T>)
        return {value_kind::integer};
    else if constexpr (std::floating_point<T>)
        return {value_kind::real};
    else if constexpr (text_like<T> || described_enum<T>)
        return {value_kind::text};
    else if constexpr (is_sys_time<T>)
        return {value_kind::timestamp};
    else
        return {value_kind::record, false, &record_of<Catalog, T>};
}

template <class Catalog, class T, class Descriptor>
[[nodiscard]] constexpr field_schema field_of() {
    using member = std::remove_cvref_t<decltype(std::declval<T const&>().*Descriptor::pointer)>;
    static_assert(
        speakable<member>(),
        "posthorn: a field has a type that webhooks cannot speak of; use bool, an integer, a double, "
        "std::string, a described enum, a std::chrono::sys_time, a described struct, std::optional or "
        "std::vector of these, or keep it out with hidden<&T::member>.");
    if constexpr (speakable<member>())
        return {Descriptor::name, type_of<Catalog, member>(), [](void const* record) -> value {
                    return value_of<Catalog>(static_cast<T const*>(record)->*Descriptor::pointer);
                }};
    else
        return {};
}

template <class T>
using members_of =
    boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class Catalog>
struct is_visible {
    template <class Descriptor>
    using fn = std::bool_constant<!Catalog::template hides<Descriptor::pointer>()>;
};

template <class Catalog, class T, class... Descriptors>
[[nodiscard]] constexpr auto fields_of(boost::mp11::mp_list<Descriptors...>) {
    return std::array<field_schema, sizeof...(Descriptors)>{field_of<Catalog, T, Descriptors>()...};
}

template <class Catalog, class T>
record_schema const& record_of() {
    static_assert(described_class<T>, "posthorn: an object of the catalog is not described; write "
                                      "BOOST_DESCRIBE_STRUCT(type, (), (members...)) after its definition.");
    if constexpr (described_class<T>) {
        using visible = boost::mp11::mp_copy_if_q<boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>,
                                                  is_visible<Catalog>>;
        static constexpr auto fields = fields_of<Catalog, T>(visible{});
        static constexpr record_schema schema{fields};
        return schema;
    } else {
        static constexpr record_schema nothing{};
        return nothing;
    }
}

} // namespace posthorn::detail
