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
#include <ratio>
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
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

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
               is_sys_time<T> || is_duration<T> || described_enum<T> || described_class<T>;
}

// Whether it lies in the years 0 to 9999.
[[nodiscard]] constexpr bool is_printable(utc_time t) noexcept {
    using std::chrono::sys_days;
    using std::chrono::year;
    return t >= sys_days(year(0) / 1 / 1) && t < sys_days(year(10000) / 1 / 1);
}

__extension__ typedef __int128 wide_integer;

// As microseconds, rounded down; nothing if they do not fit. std::chrono::floor would multiply before it
// divides, and overflow.
template <class Rep, class Period>
[[nodiscard]] constexpr std::optional<time_span> in_micros(std::chrono::duration<Rep, Period> d) noexcept {
    if constexpr (std::is_floating_point_v<Rep>) {
        auto const micros = std::chrono::duration<double, std::micro>(d).count();
        if (!(micros > -9.2e18 && micros < 9.2e18))
            return std::nullopt;
        return std::chrono::floor<time_span>(d);
    } else {
        using factor = std::ratio_divide<Period, std::micro>;
        wide_integer const scaled = static_cast<wide_integer>(d.count()) * factor::num;
        wide_integer const micros = scaled / factor::den - (scaled % factor::den < 0 ? 1 : 0);
        if (micros < time_span::min().count() || micros > time_span::max().count())
            return std::nullopt;
        return time_span(static_cast<time_span::rep>(micros));
    }
}

// A time outside the years 0 to 9999 has no RFC 3339 text: it is null.
template <class Duration>
[[nodiscard]] value timestamp_of(std::chrono::sys_time<Duration> t) noexcept {
    auto const micros = in_micros(t.time_since_epoch());
    return micros && is_printable(utc_time(*micros)) ? value(utc_time(*micros)) : value();
}

// A duration that microseconds cannot hold, about 292 000 years, is null.
template <class Rep, class Period>
[[nodiscard]] value duration_of(std::chrono::duration<Rep, Period> d) noexcept {
    auto const micros = in_micros(d);
    return micros ? value(*micros) : value();
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
    else if constexpr (is_duration<T>)
        return duration_of(x);
    else if constexpr (described_enum<T>) {
        char const* const name = boost::describe::enum_to_string(x, nullptr);
        return name == nullptr ? value() : value(std::string_view(name));
    } else
        return value(&x, record_of<Catalog, T>());
}

// The kind of value that a member of type T gives; of an optional, the kind of what it holds.
template <class T>
[[nodiscard]] consteval value_kind kind_of() {
    if constexpr (is_optional<T>)
        return kind_of<typename T::value_type>();
    else if constexpr (is_vector<T>)
        return value_kind::list;
    else if constexpr (std::same_as<T, bool>)
        return value_kind::boolean;
    else if constexpr (std::unsigned_integral<T>)
        return value_kind::unsigned_integer;
    else if constexpr (std::integral<T>)
        return value_kind::integer;
    else if constexpr (std::floating_point<T>)
        return value_kind::real;
    else if constexpr (text_like<T> || described_enum<T>)
        return value_kind::text;
    else if constexpr (is_sys_time<T>)
        return value_kind::timestamp;
    else if constexpr (is_duration<T>)
        return value_kind::duration;
    else
        return value_kind::record;
}

template <class Catalog, class T>
[[nodiscard]] constexpr value_type type_of() {
    if constexpr (is_optional<T>) {
        auto inner = type_of<Catalog, typename T::value_type>();
        inner.optional = true;
        return inner;
    } else if constexpr (is_vector<T>)
        return {value_kind::list, false, nullptr, &type_of<Catalog, typename T::value_type>};
    else if constexpr (kind_of<T>() == value_kind::record)
        return {value_kind::record, false, &record_of<Catalog, T>};
    else
        return {kind_of<T>()};
}

template <class Catalog, class T, class Descriptor>
[[nodiscard]] constexpr field_schema field_of() {
    using member = std::remove_cvref_t<decltype(std::declval<T const&>().*Descriptor::pointer)>;
    static_assert(
        speakable<member>(),
        "posthorn: a field has a type that webhooks cannot speak of; use bool, an integer, a double, "
        "std::string, a described enum, a std::chrono::sys_time or duration, a described struct, "
        "std::optional or std::vector of these, or keep it out with hidden<&T::member>.");
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
