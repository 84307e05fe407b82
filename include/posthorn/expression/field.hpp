// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/expression/typed_explain.hpp>
#include <posthorn/detail/expression/typed_names.hpp>
#include <posthorn/detail/expression/typed_operand.hpp>
#include <posthorn/detail/expression/typed_operators.hpp>

#include <initializer_list>
#include <string>
#include <utility>

namespace posthorn {

/// A path of names in an expression: a member of the event's object or of its scope object, of the state
/// before, or of the event. `field`, `previous` and `event_...` are of this type.
///
/// @tparam Root    where it starts
/// @tparam Owner   the type that is read first, where its members do not say; else void
/// @tparam Members the members from there on
template <detail::typed_root Root, class Owner, auto... Members>
class path_term : public detail::term_base {
  public:
    static constexpr detail::operand described = detail::path_operand<Root, Members...>();
    using enumeration = detail::path_enumeration<Root, Members...>;
    using spoken = detail::paths<path_term>;

    static constexpr detail::typed_root root = Root;
    using owner = Owner;

    /// @name Whether the text has, begins with or ends with `part`.
    /// @{
    template <class Part>
    [[nodiscard]] auto contains(Part const& part) const {
        return detail::typed_test<detail::function::contains>(*this, part);
    }
    template <class Part>
    [[nodiscard]] auto starts_with(Part const& part) const {
        return detail::typed_test<detail::function::starts_with>(*this, part);
    }
    template <class Part>
    [[nodiscard]] auto ends_with(Part const& part) const {
        return detail::typed_test<detail::function::ends_with>(*this, part);
    }
    /// @}

    /// The tree of the language; the name that a catalog gives to the object is not in it yet.
    [[nodiscard]] static detail::syntax_node node() { return detail::path_tree<Root, Owner, Members...>(); }
};

/// What operators and functions make of fields: an expression of the language, with its kind and the fields
/// that it speaks of known to the compiler.
///
/// A value that owns its tree. `text_of` prints it.
/// @tparam Kind  the kind of value that it gives
/// @tparam Paths the fields in it, from left to right
template <value_kind Kind, class Paths>
class term : public detail::term_base {
  public:
    static constexpr detail::operand described{.kind = Kind};
    using enumeration = void;
    using spoken = Paths;

    explicit term(detail::syntax_node tree) noexcept : tree_(std::move(tree)) {}

    /// @name Whether the text has, begins with or ends with `part`.
    /// @{
    template <class Part>
    [[nodiscard]] auto contains(Part const& part) const {
        return detail::typed_test<detail::function::contains>(*this, part);
    }
    template <class Part>
    [[nodiscard]] auto starts_with(Part const& part) const {
        return detail::typed_test<detail::function::starts_with>(*this, part);
    }
    template <class Part>
    [[nodiscard]] auto ends_with(Part const& part) const {
        return detail::typed_test<detail::function::ends_with>(*this, part);
    }
    /// @}

    /// The tree of the language; the names that a catalog gives to objects are not in it yet.
    [[nodiscard]] detail::syntax_node const& node() const noexcept { return tree_; }

  private:
    detail::syntax_node tree_;
};

/// @name Fields of the event's object or of its scope object, whichever the type is.
///
/// `field<&project::status>` is the member, `field<&project::where, &site::city>` a member of it. Terms and
/// constants are joined by `== != < <= > >= && || ! + - * / %`; a std::optional member is as its value, and
/// `== nullptr` asks whether it is unset. What may meet is what the language lets meet; an integer constant
/// becomes the kind of number that its counterpart is, where that keeps its value.
/// @{
template <auto... Members>
inline constexpr auto field = detail::typed_path<detail::typed_root::now, void, Members...>();

/// The same of an object of type `T`, for a member that several types of the catalog inherit.
template <class T, auto... Members>
inline constexpr auto field_of = detail::typed_path<detail::typed_root::now, T, Members...>();
/// @}

/// @name Fields of the event's object as it was before.
///
/// `previous<>` is the whole of it, for `has(previous<>)` where a webhook asks for all actions.
/// @{
template <auto... Members>
inline constexpr auto previous = detail::typed_path<detail::typed_root::before, void, Members...>();

/// The same of an object of type `T`, for a member that several types of the catalog inherit.
template <class T, auto... Members>
inline constexpr auto previous_of = detail::typed_path<detail::typed_root::before, T, Members...>();
/// @}

/// @name What is known of the event; `event_action == action::created`.
/// @{
inline constexpr path_term<detail::typed_root::event, void, detail::event_name::id> event_id;
inline constexpr path_term<detail::typed_root::event, void, detail::event_name::action> event_action;
inline constexpr path_term<detail::typed_root::event, void, detail::event_name::object> event_object;
inline constexpr path_term<detail::typed_root::event, void, detail::event_name::time> event_time;
inline constexpr path_term<detail::typed_root::event, void, detail::event_name::actor> event_actor;
/// @}

/// A constant as a term: `literal("open, planned").contains(field<&project::status>)`.
template <class T>
[[nodiscard]] auto literal(T const& constant) {
    return detail::typed_literal(constant);
}

/// The number of characters of a text, of elements of a list.
template <detail::typed_term T>
[[nodiscard]] auto size(T const& t) {
    return detail::typed_call<detail::function::size>(t);
}

/// The text in small letters.
template <detail::typed_term T>
[[nodiscard]] auto lower(T const& t) {
    return detail::typed_call<detail::function::lower>(t);
}

/// The text in capital letters.
template <detail::typed_term T>
[[nodiscard]] auto upper(T const& t) {
    return detail::typed_call<detail::function::upper>(t);
}

/// Whether the field is set, with all that stands before it in its path.
template <detail::typed_term T>
[[nodiscard]] auto has(T const& t) {
    return detail::typed_call<detail::function::has>(t);
}

/// The number as an integer with sign: `int(...)`; toward zero, null if it does not fit.
template <detail::typed_term T>
[[nodiscard]] auto to_int(T const& t) {
    return detail::typed_call<detail::function::to_integer>(t);
}

/// The number as a double: `double(...)`.
template <detail::typed_term T>
[[nodiscard]] auto to_double(T const& t) {
    return detail::typed_call<detail::function::to_real>(t);
}

/// The value as text: `string(...)`.
template <detail::typed_term T>
[[nodiscard]] auto to_string(T const& t) {
    return detail::typed_call<detail::function::to_text>(t);
}

/// @name Whether a list has a value: `in(field<&project::status>, {"open", "planned"})`, any container of
/// constants, or `in("urgent", field<&project::tags>)`.
/// @{
template <class Value, class List>
    requires detail::with_term<Value, List>
[[nodiscard]] auto in(Value const& value, List const& list) {
    return detail::typed_membership(value, list);
}

template <detail::typed_term Value, class Element>
[[nodiscard]] auto in(Value const& value, std::initializer_list<Element> list) {
    return detail::typed_membership(value, list);
}
/// @}

/// `condition ? yes : no`, which C++ does not let a library write.
template <class Condition, class Yes, class No>
    requires(detail::is_term<Condition> || detail::with_term<Yes, No>)
[[nodiscard]] auto conditional(Condition const& condition, Yes const& yes, No const& no) {
    return detail::typed_conditional(condition, yes, no);
}

/// The canonical text of a typed expression: what is stored, and compiled as any other.
///
/// Too long or too deep an expression, a constant that is no UTF-8, and an integer constant that its
/// counterpart's kind of number cannot hold are found when the text is compiled.
/// @tparam Catalog the host's catalog, which gives the names
/// @tparam Object  the type of the event's object, where it is known: it and its scope may be spoken of
template <class Catalog, class Object = void, detail::typed_term Term>
[[nodiscard]] std::string text_of(Term const& t) {
    using where = typename detail::condition_on<Catalog, Object>::type;
    constexpr auto wrong = detail::naming_misfit<Catalog, where>(typename Term::spoken());
    if constexpr (wrong == detail::misfit::none && Term::described.wrong == detail::misfit::none) {
        return detail::print_expression(detail::named_tree<Catalog, where>(t));
    } else {
        detail::explain<wrong, Term>();
        return {};
    }
}

} // namespace posthorn
