// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/expression/typed_operand.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// The operators of the typed form, each of which builds its node or explains why not.
namespace posthorn {

template <value_kind Kind, class Paths>
class term;

namespace detail {

enum class typed_root : std::uint8_t { now, before, event };
enum class event_name : std::uint8_t { id, action, object, time, actor };

} // namespace detail

template <detail::typed_root Root, class Owner, auto... Members>
class path_term;

namespace detail {

template <value_kind Kind, class Paths>
inline constexpr bool is_term<term<Kind, Paths>> = true;
template <typed_root Root, class Owner, auto... Members>
inline constexpr bool is_term<path_term<Root, Owner, Members...>> = true;
template <>
inline constexpr bool is_term<class refused_term> = true;

template <class T>
struct paths_in {
    using type = paths<>;
};
template <typed_term T>
struct paths_in<T> {
    using type = typename T::spoken;
};

template <class A, class B>
using joined_paths = decltype(typename paths_in<A>::type() + typename paths_in<B>::type());

template <symbol S, class A, class B>
[[nodiscard]] auto typed_relation(A const& a, B const& b);
template <symbol S, class A, class B>
[[nodiscard]] auto typed_arithmetic(A const& a, B const& b);
template <syntax_kind Kind, class A, class B>
[[nodiscard]] auto typed_logic(A const& a, B const& b);
template <class T>
[[nodiscard]] auto typed_inversion(T const& t);
template <class T>
[[nodiscard]] auto typed_negation(T const& t);

// The base of all terms. Its friends are found for terms alone.
struct term_base {
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator==(A const& a, B const& b) {
        return typed_relation<symbol::equal>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator!=(A const& a, B const& b) {
        return typed_relation<symbol::not_equal>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator<(A const& a, B const& b) {
        return typed_relation<symbol::less>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator<=(A const& a, B const& b) {
        return typed_relation<symbol::less_equal>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator>(A const& a, B const& b) {
        return typed_relation<symbol::greater>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator>=(A const& a, B const& b) {
        return typed_relation<symbol::greater_equal>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator+(A const& a, B const& b) {
        return typed_arithmetic<symbol::add>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator-(A const& a, B const& b) {
        return typed_arithmetic<symbol::subtract>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator*(A const& a, B const& b) {
        return typed_arithmetic<symbol::multiply>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator/(A const& a, B const& b) {
        return typed_arithmetic<symbol::divide>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator%(A const& a, B const& b) {
        return typed_arithmetic<symbol::remainder>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator&&(A const& a, B const& b) {
        return typed_logic<syntax_kind::all>(a, b);
    }
    template <class A, class B>
        requires with_term<A, B>
    [[nodiscard]] friend auto operator||(A const& a, B const& b) {
        return typed_logic<syntax_kind::any>(a, b);
    }
    template <typed_term T>
    [[nodiscard]] friend auto operator!(T const& t) {
        return typed_inversion(t);
    }
    template <typed_term T>
    [[nodiscard]] friend auto operator-(T const& t) {
        return typed_negation(t);
    }
};

// Stands for an expression that was refused: it fits everywhere, so that one sentence is all that is said.
class refused_term : public term_base {
  public:
    static constexpr operand described{.wrong = misfit::said};
    using enumeration = void;
    using spoken = paths<>;

    template <class Part>
    [[nodiscard]] refused_term contains(Part const&) const {
        return {};
    }
    template <class Part>
    [[nodiscard]] refused_term starts_with(Part const&) const {
        return {};
    }
    template <class Part>
    [[nodiscard]] refused_term ends_with(Part const&) const {
        return {};
    }
};

template <symbol S, class A, class B>
[[nodiscard]] auto typed_relation(A const& a, B const& b) {
    constexpr auto wrong = relation_misfit(S, operand_of<A>(), operand_of<B>());
    constexpr auto why = wrong == misfit::none && enumerations_differ<A, B>() ? misfit::enumerations : wrong;
    if constexpr (why == misfit::none) {
        return term<value_kind::boolean, joined_paths<A, B>>(relation_node(S, node_of(a), node_of(b)));
    } else {
        explain<why, A, B>();
        return refused_term();
    }
}

template <symbol S, class A, class B>
[[nodiscard]] auto typed_arithmetic(A const& a, B const& b) {
    constexpr auto left = operand_of<A>();
    constexpr auto right = operand_of<B>();
    constexpr auto wrong = arithmetic_misfit(S, left, right);
    if constexpr (wrong == misfit::none) {
        constexpr auto common = common_kind(left, right);
        constexpr auto kind = arithmetic_kind(S, common == value_kind::null ? left.kind : common,
                                              common == value_kind::null ? right.kind : common);
        return term<kind, joined_paths<A, B>>(arithmetic_node(S, node_of(a, common), node_of(b, common)));
    } else {
        explain<wrong, A, B>();
        return refused_term();
    }
}

// `Kind` is `any` or `all`.
template <syntax_kind Kind, class A, class B>
[[nodiscard]] auto typed_logic(A const& a, B const& b) {
    constexpr auto wrong = logic_misfit(operand_of<A>(), operand_of<B>());
    if constexpr (wrong == misfit::none) {
        return term<value_kind::boolean, joined_paths<A, B>>(logical_node(Kind, node_of(a), node_of(b)));
    } else {
        explain<wrong, A, B>();
        return refused_term();
    }
}

template <class T>
[[nodiscard]] auto typed_inversion(T const& t) {
    constexpr auto wrong = logic_misfit(T::described, T::described);
    if constexpr (wrong == misfit::none) {
        return term<value_kind::boolean, typename T::spoken>(invert_node(t.node()));
    } else {
        explain<wrong, T>();
        return refused_term();
    }
}

template <class T>
[[nodiscard]] auto typed_negation(T const& t) {
    constexpr auto kind = T::described.kind;
    constexpr auto wrong =
        T::described.wrong == misfit::none && !negatable(kind) ? misfit::minus : T::described.wrong;
    if constexpr (wrong == misfit::none) {
        return term<kind, typename T::spoken>(negate_node(t.node()));
    } else {
        explain<wrong, T>();
        return refused_term();
    }
}

template <function F, class T>
[[nodiscard]] auto typed_call(T const& t) {
    constexpr auto wrong = call_misfit(F, T::described);
    if constexpr (wrong == misfit::none) {
        std::vector<syntax_node> operands;
        operands.push_back(t.node());
        return term<result_of(F).kind, typename T::spoken>(call_node(F, std::move(operands)));
    } else {
        explain<wrong, T>();
        return refused_term();
    }
}

// contains, starts_with, ends_with
template <function F, class T, class Part>
[[nodiscard]] auto typed_test(T const& t, Part const& part) {
    constexpr auto first = call_misfit(F, T::described);
    constexpr auto wrong = first == misfit::none ? call_misfit(F, operand_of<Part>()) : first;
    if constexpr (wrong == misfit::none) {
        std::vector<syntax_node> operands;
        operands.push_back(t.node());
        operands.push_back(node_of(part));
        return term<value_kind::boolean, joined_paths<T, Part>>(call_node(F, std::move(operands)));
    } else {
        explain<wrong, T, Part>();
        return refused_term();
    }
}

template <class List>
struct element {
    using type = void;
};
template <class List>
    requires requires(List const& l) {
        typename List::value_type;
        l.begin() != l.end();
    }
struct element<List> {
    using type = typename List::value_type;
};
template <class T, std::size_t N>
struct element<T[N]> {
    using type = std::remove_cv_t<T>;
};

// What is compared with the value; of a container of constants, its elements.
template <class List>
[[nodiscard]] consteval operand element_operand() {
    constexpr operand none{.wrong = misfit::in_list};
    if constexpr (is_term<List>) {
        constexpr operand list = List::described;
        return list.wrong == misfit::none && list.kind == value_kind::list
                   ? operand{.kind = list.element}
                   : operand{.wrong = list.wrong == misfit::none ? misfit::in_list : list.wrong};
    } else if constexpr (is_text<List>() || std::is_void_v<typename element<List>::type> ||
                         is_term<typename element<List>::type>) {
        return none;
    } else {
        return operand_of<typename element<List>::type>();
    }
}

template <class List>
struct listed {
    using type = typename element<List>::type;
};
template <typed_term List>
struct listed<List> {
    using type = List;
};

template <class List>
[[nodiscard]] syntax_node node_of_list(List const& list) {
    if constexpr (is_term<List>) {
        return list.node();
    } else {
        std::vector<syntax_node> elements;
        for (typename element<List>::type const& e : list)
            elements.push_back(node_of(e));
        return list_node(std::move(elements));
    }
}

template <class Value, class List>
[[nodiscard]] auto typed_membership(Value const& value, List const& list) {
    constexpr auto needle = operand_of<Value>();
    constexpr auto elements = element_operand<List>();
    constexpr auto early = first_wrong(needle, elements);
    constexpr auto wrong = early == misfit::none ? comparison_misfit(needle.kind, elements.kind) : early;
    if constexpr (wrong == misfit::none && !enumerations_differ<Value, typename listed<List>::type>()) {
        return term<value_kind::boolean, joined_paths<Value, List>>(
            relation_node(symbol::in, node_of(value), node_of_list(list)));
    } else {
        explain<wrong == misfit::none ? misfit::enumerations : wrong, Value, List>();
        return refused_term();
    }
}

template <class Condition, class Yes, class No>
[[nodiscard]] auto typed_conditional(Condition const& condition, Yes const& yes, No const& no) {
    constexpr auto a = operand_of<Yes>();
    constexpr auto b = operand_of<No>();
    constexpr auto first = logic_misfit(operand_of<Condition>(), operand_of<Condition>());
    constexpr auto wrong = first == misfit::none ? choice_misfit(a, b) : first;
    if constexpr (wrong == misfit::none) {
        constexpr auto common = common_kind(a, b);
        constexpr auto kind = common != value_kind::null   ? common
                              : a.kind == value_kind::null ? b.kind
                                                           : a.kind;
        using all = decltype(typename paths_in<Condition>::type() + joined_paths<Yes, No>());
        return term<kind, all>(
            conditional_node(node_of(condition), node_of(yes, common), node_of(no, common)));
    } else {
        explain<wrong, Condition, Yes, No>();
        return refused_term();
    }
}

template <class T>
[[nodiscard]] auto typed_literal(T const& constant) {
    constexpr auto wrong = operand_of<T>().wrong;
    if constexpr (wrong == misfit::none) {
        return term<operand_of<T>().kind, typename paths_in<T>::type>(node_of(constant));
    } else {
        explain<wrong, T>();
        return refused_term();
    }
}

// --- paths ---

template <typed_root Root, auto... Members>
[[nodiscard]] consteval operand path_operand() {
    if constexpr (Root == typed_root::event) {
        constexpr bool is_time = ((Members == event_name::time) && ...);
        constexpr bool is_action = ((Members == event_name::action) && ...);
        return {.kind = is_time ? value_kind::timestamp : value_kind::text,
                .is_path = true,
                .is_enumerator = is_action};
    } else if constexpr (sizeof...(Members) == 0) {
        return {.kind = value_kind::record, .is_path = true};
    } else {
        return member_operand<typename last_member<Members...>::type>();
    }
}

template <typed_root Root, auto... Members>
struct enumeration_of_path {
    using type = void;
};
template <>
struct enumeration_of_path<typed_root::event, event_name::action> {
    using type = action;
};
template <typed_root Root, auto... Members>
    requires(Root != typed_root::event && sizeof...(Members) != 0)
struct enumeration_of_path<Root, Members...> : named_enumeration<typename last_member<Members...>::type> {};

template <typed_root Root, auto... Members>
using path_enumeration = typename enumeration_of_path<Root, Members...>::type;

// The type whose member the first one is.
template <class Owner, auto First, auto...>
struct owner_of_path {
    using type = std::conditional_t<std::is_void_v<Owner>, member_owner<First>, Owner>;
};

template <class Owner, auto... Members>
[[nodiscard]] consteval misfit path_misfit() {
    if constexpr (sizeof...(Members) == 0)
        return misfit::no_member;
    else
        return member_misfit<typename owner_of_path<Owner, Members...>::type, Members...>();
}

template <typed_root Root, class Owner, auto... Members>
[[nodiscard]] constexpr auto typed_path() {
    constexpr auto wrong = Root == typed_root::before && sizeof...(Members) == 0
                               ? misfit::none
                               : path_misfit<Owner, Members...>();
    if constexpr (wrong == misfit::none) {
        return path_term<Root, Owner, Members...>();
    } else {
        explain<wrong>();
        return refused_term();
    }
}

// A path whose first name is to come.
[[nodiscard]] inline syntax_node unnamed_path(std::span<std::string_view const> names) {
    std::vector<std::string> all{std::string()};
    all.insert(all.end(), names.begin(), names.end());
    return path_node(std::move(all));
}

template <typed_root Root, class Owner, auto... Members>
[[nodiscard]] syntax_node path_tree() {
    if constexpr (Root == typed_root::event) {
        constexpr std::array<std::string_view, 5> names{"id", "action", "object", "time", "actor"};
        constexpr std::array<std::string_view, 1> name{names[static_cast<std::size_t>(Members)]...};
        return unnamed_path(name);
    } else if constexpr (sizeof...(Members) == 0) {
        return unnamed_path({});
    } else {
        static constexpr auto names = [] {
            std::array<std::string_view, sizeof...(Members)> all;
            write_names<typename owner_of_path<Owner, Members...>::type, Members...>(all.data());
            return all;
        }();
        return unnamed_path(names);
    }
}

} // namespace detail
} // namespace posthorn
