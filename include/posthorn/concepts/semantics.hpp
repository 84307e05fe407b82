// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/call_mode.hpp>

#include <concepts>
#include <type_traits>

namespace posthorn {

/// A call mode that a dispatcher supports.
///
/// Purpose: what is not in a dispatcher's set is refused when a webhook is saved, and asks nothing of the
/// other policies. Semantic: the type names one mode; the rules of the mode are the library's. Concurrency
/// and lifetime: none, it is only named.
///
/// Conforming signatures: `static constexpr posthorn::call_mode mode`.
///
/// See: `in_transaction`, `after_commit`, `fire_and_forget`.
template <class T>
concept Semantics = requires {
    { T::mode } -> std::same_as<call_mode const&>;
};

namespace detail {

template <class Mode>
[[nodiscard]] constexpr bool is_mode(call_mode m) noexcept {
    if constexpr (Semantics<Mode>)
        return Mode::mode == m;
    return false;
}

} // namespace detail

/// The modes of one dispatcher.
template <class... Mode>
struct semantics_set {
    [[nodiscard]] static constexpr bool has(call_mode m) noexcept {
        return (detail::is_mode<Mode>(m) || ...);
    }

    /// Whether somebody may wait for a call.
    [[nodiscard]] static constexpr bool synchronous() noexcept {
        return has(call_mode::in_transaction) || has(call_mode::after_commit);
    }

    /// Whether there are deliveries in the background.
    [[nodiscard]] static constexpr bool background() noexcept { return has(call_mode::fire_and_forget); }
};

namespace detail {

template <class>
inline constexpr bool is_semantics_set = false;
template <class... Mode>
inline constexpr bool is_semantics_set<semantics_set<Mode...>> = true;

template <class T>
struct check_modes;

template <class... Mode>
struct check_modes<semantics_set<Mode...>> {
    static_assert(sizeof...(Mode) != 0, "posthorn: with_semantics<> names no mode; name at least one of "
                                        "in_transaction, after_commit, fire_and_forget.");
    static_assert(
        (Semantics<Mode> && ...),
        "posthorn: Semantics lacks `static constexpr posthorn::call_mode mode`; with_semantics takes "
        "in_transaction, after_commit and fire_and_forget. See posthorn/concepts/semantics.hpp");

    [[nodiscard]] static consteval bool distinct() {
        if constexpr ((Semantics<Mode> && ...)) {
            int seen[3] = {};
            ((++seen[static_cast<int>(Mode::mode)]), ...);
            return seen[0] <= 1 && seen[1] <= 1 && seen[2] <= 1;
        }
        return true;
    }
    static_assert(distinct(), "posthorn: with_semantics names a mode twice; name each once.");
};

} // namespace detail

/// Says in prose what is wrong with a set of modes. Call it in a static_assert beside your bundle.
template <class Set>
consteval bool check_semantics() {
    static_assert(detail::is_semantics_set<Set>,
                  "posthorn: the bundle's semantics are no set; write with_semantics<in_transaction, "
                  "fire_and_forget>. See posthorn/concepts/semantics.hpp");
    if constexpr (detail::is_semantics_set<Set>)
        (void)detail::check_modes<Set>();
    return true;
}

} // namespace posthorn
