// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/action.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

namespace posthorn {

/// One action on one object: what a host tells the dispatcher.
///
/// A view: it refers to the host's objects and to the actor's text, which must live until the call that takes
/// the event returns. Copying is cheap. Built by `created`, `modified`, `deleted`.
///
/// @tparam T     the object's type
/// @tparam Scope the type of the scope object given by `within`, or void
template <class T, class Scope = void>
class event {
  public:
    using object_type = T;
    using scope_type = Scope;

    event(action what, T const& object, T const* previous) noexcept
        : object_(&object), previous_(previous), action_(what) {}

    /// The same event, inside `scope`: needed for object types that the catalog declares as scoped.
    template <class S>
    [[nodiscard]] event<T, S> within(S const& scope) const noexcept {
        event<T, S> scoped(action_, *object_, previous_);
        scoped.scope_ = &scope;
        scoped.actor_ = actor_;
        scoped.time_ = time_;
        scoped.id_ = id_;
        return scoped;
    }

    template <class S>
    event<T, S> within(S const&&) const = delete;

    /// The same event with the user who caused it.
    [[nodiscard]] event by(std::string_view actor) const noexcept {
        event copy(*this);
        copy.actor_ = actor;
        return copy;
    }

    /// The same event at a time of its own; without it, the dispatcher's clock says.
    [[nodiscard]] event at(wall_time time) const noexcept {
        event copy(*this);
        copy.time_ = time;
        return copy;
    }

    /// The same event with an id of its own; without it, the dispatcher makes one.
    [[nodiscard]] event with_id(uuid const& id) const noexcept {
        event copy(*this);
        copy.id_ = id;
        return copy;
    }

    [[nodiscard]] action what() const noexcept { return action_; }
    [[nodiscard]] T const& object() const noexcept { return *object_; }
    [[nodiscard]] T const* previous() const noexcept { return previous_; }
    /// Null without `within`; of an event without scope type, a pointer to void.
    [[nodiscard]] Scope const* scope() const noexcept { return static_cast<Scope const*>(scope_); }
    [[nodiscard]] std::string_view actor() const noexcept { return actor_; }
    [[nodiscard]] std::optional<wall_time> time() const noexcept { return time_; }
    [[nodiscard]] std::optional<uuid> id() const noexcept { return id_; }

  private:
    template <class, class>
    friend class event;

    T const* object_;
    T const* previous_;
    void const* scope_ = nullptr;
    std::string_view actor_;
    std::optional<wall_time> time_;
    std::optional<uuid> id_;
    action action_;
};

/// `object` is new.
template <class T>
[[nodiscard]] event<T> created(T const& object) noexcept {
    return event<T>(action::created, object, nullptr);
}

/// `before` became `after`.
template <class T>
[[nodiscard]] event<T> modified(T const& before, T const& after) noexcept {
    return event<T>(action::modified, after, &before);
}

/// `object`, as it was last, is gone.
template <class T>
[[nodiscard]] event<T> deleted(T const& object) noexcept {
    return event<T>(action::deleted, object, &object);
}

namespace detail {

template <class>
inline constexpr bool names_its_objects = false;

} // namespace detail

/// @name Refused: an event refers to its objects, so a temporary would be gone before the event is.
/// @{
// The ends are marked unreachable so that the sentence is all that a compiler says.
template <class T>
    requires(!std::is_lvalue_reference_v<T>)
event<std::remove_cv_t<T>> created(T&&) {
    static_assert(detail::names_its_objects<T>,
                  "posthorn: an event refers to its object; give the object a name and pass that.");
    __builtin_unreachable();
}

template <class T>
    requires(!std::is_lvalue_reference_v<T>)
event<std::remove_cv_t<T>> deleted(T&&) {
    static_assert(detail::names_its_objects<T>,
                  "posthorn: an event refers to its object; give the object a name and pass that.");
    __builtin_unreachable();
}

template <class B, class A>
    requires(std::same_as<std::remove_cvref_t<B>, std::remove_cvref_t<A>> &&
             (!std::is_lvalue_reference_v<B> || !std::is_lvalue_reference_v<A>))
event<std::remove_cvref_t<A>> modified(B&&, A&&) {
    static_assert(detail::names_its_objects<B>,
                  "posthorn: an event refers to its objects; give both states a name and pass those.");
    __builtin_unreachable();
}
/// @}

namespace detail {

// An event without its C++ types, as the run-time part takes it; `time` and `id` are set when they are
// needed.
struct event_view {
    std::size_t object_index;
    action what;
    void const* object;
    void const* previous;
    void const* scope;
    std::string_view actor;
    wall_time time;
    uuid id;
    // The id as text, made once for all templates of the event.
    uuid_text id_text;
};

} // namespace detail

} // namespace posthorn
