// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/util/fixed_string.hpp>
#include <posthorn/expression/schema_of.hpp>

#include <boost/mp11/list.hpp>
#include <boost/mp11/set.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace posthorn {

/// Option of `object`: every event on such an object says in which `Scope` object it happened.
template <class Scope>
struct scoped_by {
    using scope = Scope;
};

/// Option of `object`: keeps these members out of every template, filter and default body, wherever the
/// struct stands.
template <auto... Members>
struct hidden {
    template <auto Member>
    [[nodiscard]] static consteval bool contains() {
        return (detail::same_member<Member, Members>() || ...);
    }
};

/// One type of the catalog: a struct described with Boost.Describe, its wire name, and options.
///
/// @tparam T       the host's struct
/// @tparam Name    its name on the wire and in expressions: letters, digits, underscores
/// @tparam Options any of `scoped_by<Scope>` and `hidden<&T::member...>`
template <class T, detail::fixed_string Name, class... Options>
struct object {
    using type = T;

    static constexpr std::string_view name = Name.view();

    template <auto Member>
    [[nodiscard]] static consteval bool hides() {
        return (detail::option_hides<Options, Member>() || ...);
    }

    /// The scope type, or void.
    using scope = typename detail::scope_of<Options...>::type;
};

namespace detail {

inline constexpr std::size_t no_index = static_cast<std::size_t>(-1);

// What the run-time part needs to know of one catalog entry.
struct object_schema {
    std::string_view name;
    record_schema const& (*record)();
    std::size_t scope = no_index;
};

// The run-time face of a catalog.
using catalog_schema = std::span<object_schema const>;

// The object type that a saved filter is tested on for events of type `object`: its scope; itself if it is
// the scope of others; else none.
[[nodiscard]] constexpr std::size_t filtered_by(catalog_schema catalog, std::size_t object) noexcept {
    if (catalog[object].scope != no_index)
        return catalog[object].scope;
    for (auto const& o : catalog)
        if (o.scope == object)
            return object;
    return no_index;
}

[[nodiscard]] consteval bool wire_name_ok(std::string_view name) {
    // The words that CEL reserves, and the names that every expression knows.
    constexpr std::string_view reserved[] = {"event",   "previous", "true",   "false",     "null",     "in",
                                             "as",      "break",    "const",  "else",      "continue", "for",
                                             "package", "if",       "import", "namespace", "function", "let",
                                             "loop",    "return",   "var",    "void",      "while"};
    if (name.empty() || (name[0] >= '0' && name[0] <= '9'))
        return false;
    for (auto const word : reserved)
        if (name == word)
            return false;
    for (char const c : name)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    return true;
}

template <class... Objects>
[[nodiscard]] consteval bool distinct_names() {
    std::array<std::string_view, sizeof...(Objects)> const names{Objects::name...};
    for (std::size_t i = 0; i != names.size(); ++i)
        for (std::size_t j = 0; j != i; ++j)
            if (names[i] == names[j])
                return false;
    return true;
}

} // namespace detail

/// The object types a host lets webhooks speak of.
///
/// @tparam Objects `object<T, "name", options...>` entries, each type and each name once
template <class... Objects>
struct catalog {
    static_assert(sizeof...(Objects) > 0, "posthorn: a catalog needs at least one object<T, \"name\">.");
    static_assert(
        (detail::wire_name_ok(Objects::name) && ...),
        "posthorn: a catalog name is letters, digits and underscores, and no word of the expression language "
        "such as `event`, `previous`, `in`.");
    static_assert(boost::mp11::mp_is_set<boost::mp11::mp_list<typename Objects::type...>>::value,
                  "posthorn: a type stands twice in the catalog; give each type one name.");
    static_assert(detail::distinct_names<Objects...>(),
                  "posthorn: two objects of the catalog have one name.");

    /// The position of `T`, or `no_index`.
    template <class T>
    static constexpr std::size_t index_of = [] {
        std::size_t at = detail::no_index;
        std::size_t i = 0;
        ((std::same_as<T, typename Objects::type> ? void(at = i) : void(), ++i), ...);
        return at;
    }();

    /// Whether any entry hides this member.
    template <auto Member>
    [[nodiscard]] static consteval bool hides() {
        return (Objects::template hides<Member>() || ...);
    }

    static_assert(((std::is_void_v<typename Objects::scope> ||
                    index_of<typename Objects::scope> != detail::no_index) &&
                   ...),
                  "posthorn: scoped_by<T> names a type that is not in the catalog; add object<T, \"name\">.");

    static_assert((!std::same_as<typename Objects::type, typename Objects::scope> && ...),
                  "posthorn: scoped_by<T> names the type itself; an object cannot be its own scope.");

    /// The run-time face: names, accessors, scopes, in the order of the catalog.
    [[nodiscard]] static detail::catalog_schema schema() noexcept {
        static constexpr std::array<detail::object_schema, sizeof...(Objects)> all{
            detail::object_schema{Objects::name, &detail::record_of<catalog, typename Objects::type>,
                                  index_of<typename Objects::scope>}...};
        return all;
    }

    /// The scope type of `T`, or void. `T` must be in the catalog.
    template <class T>
    using scope_of = typename detail::pick<T, Objects...>::type::scope;
};

} // namespace posthorn
