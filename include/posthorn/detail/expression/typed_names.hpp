// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/expression/typed_explain.hpp>
#include <posthorn/detail/expression/typed_operators.hpp>
#include <posthorn/model/catalog.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

// Where a typed expression meets a catalog: which object each of its paths speaks of.
namespace posthorn::detail {

inline constexpr std::size_t several = no_index - 1;

// The catalog's only type that inherits from Base.
template <class Base, class... Objects>
[[nodiscard]] consteval std::size_t only_heir(catalog<Objects...> const*) {
    std::size_t at = no_index;
    std::size_t i = 0;
    ((std::is_base_of_v<Base, typename Objects::type> ? void(at = at == no_index ? i : several) : void(),
      ++i),
     ...);
    return at;
}

// Whether a member of `Owner` may be read from a `T`; T is void where there is none. A type that was named
// with field_of is meant and no other.
template <class Owner, class T, bool Named>
[[nodiscard]] consteval bool reads_from() {
    if constexpr (std::is_void_v<T>)
        return false;
    else
        return Named ? std::same_as<Owner, T> : std::is_base_of_v<Owner, T>;
}

// The position in the catalog of the type that a path reads first; or `no_index`, or `several`.
template <class Catalog, class Where, class Owner, bool Named>
[[nodiscard]] consteval std::size_t owner_index() {
    if constexpr (reads_from<Owner, typename Where::object, Named>())
        return Catalog::template index_of<typename Where::object>;
    else if constexpr (reads_from<Owner, typename Where::scope, Named>())
        return Catalog::template index_of<typename Where::scope>;
    else if constexpr (Catalog::template index_of<Owner> != no_index || Named)
        return Catalog::template index_of<Owner>;
    else
        return only_heir<Owner>(static_cast<Catalog const*>(nullptr));
}

template <class Catalog, class Where, typed_root Root, class Owner, auto... Members>
[[nodiscard]] consteval std::size_t index_of_path() {
    if constexpr (Root == typed_root::event || sizeof...(Members) == 0)
        return 0;
    else
        return owner_index<Catalog, Where, typename owner_of_path<Owner, Members...>::type,
                           !std::is_void_v<Owner>>();
}

template <class Catalog, class Where, typed_root Root, class Owner, auto... Members>
[[nodiscard]] consteval misfit misfit_of_path(path_term<Root, Owner, Members...> const*) {
    if constexpr (Root == typed_root::event || sizeof...(Members) == 0) {
        return misfit::none;
    } else {
        constexpr auto index = index_of_path<Catalog, Where, Root, Owner, Members...>();
        if constexpr (index == no_index)
            return misfit::outside_catalog;
        else if constexpr (index == several)
            return misfit::several_owners;
        else if constexpr ((Catalog::template hides<Members>() || ...))
            return misfit::hidden_member;
        else if constexpr (std::is_void_v<typename Where::object> ||
                           index == Catalog::template index_of<typename Where::object>)
            return misfit::none;
        else if constexpr (Root == typed_root::before)
            return misfit::other_previous;
        else
            return index == Catalog::template index_of<typename Where::scope> ? misfit::none
                                                                              : misfit::other_object;
    }
}

// What is wrong with the first path that does not fit the catalog and the place.
template <class Catalog, class Where, class... Paths>
[[nodiscard]] consteval misfit naming_misfit(paths<Paths...>) {
    auto first = misfit::none;
    ((first == misfit::none ? void(first = misfit_of_path<Catalog, Where>(static_cast<Paths const*>(nullptr)))
                            : void()),
     ...);
    return first;
}

template <class... Paths>
[[nodiscard]] consteval bool speaks_of_state_alone(paths<Paths...>) {
    return ((Paths::root == typed_root::now) && ...);
}

// The same for what must be true or false: a condition or, with `IsFilter`, a saved filter.
template <class Catalog, class Where, bool IsFilter, class Term>
[[nodiscard]] consteval misfit predicate_misfit() {
    constexpr auto naming = naming_misfit<Catalog, Where>(typename Term::spoken());
    if (Term::described.wrong != misfit::none)
        return Term::described.wrong;
    if (Term::described.kind != value_kind::boolean)
        return misfit::predicate;
    if (IsFilter && !speaks_of_state_alone(typename Term::spoken()))
        return misfit::filter_alone;
    return naming;
}

template <class Catalog, class Where, typed_root Root, class Owner, auto... Members>
[[nodiscard]] std::string_view root_name(path_term<Root, Owner, Members...> const*) {
    if constexpr (Root == typed_root::event)
        return "event";
    else if constexpr (Root == typed_root::before)
        return "previous";
    else
        return Catalog::schema()[index_of_path<Catalog, Where, Root, Owner, Members...>()].name;
}

template <class Catalog, class Where, class... Paths>
void name_paths(syntax_node& e, paths<Paths...>) {
    std::array<std::string_view, sizeof...(Paths)> const names{
        root_name<Catalog, Where>(static_cast<Paths const*>(nullptr))...};
    name_roots(e, names);
}

// The tree with the catalog's names in it.
template <class Catalog, class Where, class Term>
[[nodiscard]] syntax_node named_tree(Term const& t) {
    syntax_node tree = t.node();
    name_paths<Catalog, Where>(tree, typename Term::spoken());
    return tree;
}

} // namespace posthorn::detail
