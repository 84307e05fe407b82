// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>

#include <string>

// What a draft needs to know of the typed form, so that hosts which do without compile none of it; the rest
// comes with <posthorn/expression/field.hpp>.
namespace posthorn::detail {

struct syntax_node;

[[nodiscard]] POSTHORN_DECL std::string print_expression(syntax_node const& e);

template <class T>
inline constexpr bool is_term = false;

// What the operators are for: nothing without a term is theirs.
template <class T>
concept typed_term = is_term<T>;

// Why the typed form refuses an operand.
enum class misfit {
    none,
    // An operand was refused before, so that all is said.
    said,
    constant,
    character,
    number_with_text,
    timestamp_with_text,
    duration_with_text,
    other_kind,
    boolean_order,
    null_order,
    enumerator_order,
    enumerations,
    compound,
    numbers,
    remainder,
    text_with_number,
    arithmetic,
    minus,
    logic,
    text_function,
    size_of,
    number_function,
    to_text,
    has,
    in_list,
    choices,
    no_member,
    not_described,
    nested,
    unspeakable,
    outside_catalog,
    several_owners,
    hidden_member,
    other_object,
    other_previous,
    filter_alone,
    predicate,
};

// Says it: one sentence for each reason.
template <misfit Why, class... Where>
constexpr void explain();

// Where an expression stands: the types of the event's object and of its scope, each void if there is none or
// it is not known.
template <class Object, class Scope>
struct standing_at {
    using object = Object;
    using scope = Scope;
};

template <class Catalog, class Object>
struct condition_on {
    using type = standing_at<Object, typename Catalog::template scope_of<Object>>;
};
template <class Catalog>
struct condition_on<Catalog, void> {
    using type = standing_at<void, void>;
};

// Why a term cannot be a condition or, with `IsFilter`, a saved filter.
template <class Catalog, class Where, bool IsFilter, class Term>
[[nodiscard]] consteval misfit predicate_misfit();

// The tree with the catalog's names in it.
template <class Catalog, class Where, class Term>
[[nodiscard]] syntax_node named_tree(Term const& t);

} // namespace posthorn::detail
