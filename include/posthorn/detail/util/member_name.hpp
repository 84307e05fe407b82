// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <type_traits>

// Defines `posthorn::detail::names_NAME<T>`: whether a class has any member of this name, however it is
// declared: overloaded, a template, private. `&T::NAME` alone is no answer, since it is ill-formed for an
// overloaded name, and such a member would be passed over in silence. The name is looked up in a class that
// inherits it from two sides, if T has it; of a final class only the simple case is seen.
#define POSTHORN_NAMES_MEMBER(NAME)                                                                          \
    struct other_##NAME {                                                                                    \
        int NAME;                                                                                            \
    };                                                                                                       \
    template <class T>                                                                                       \
    struct both_##NAME : T, other_##NAME {};                                                                 \
    template <class T>                                                                                       \
    [[nodiscard]] consteval bool has_member_##NAME() {                                                       \
        if constexpr (std::is_class_v<T> && !std::is_final_v<T>)                                             \
            return !requires { &both_##NAME<T>::NAME; };                                                     \
        else                                                                                                 \
            return requires { &T::NAME; };                                                                   \
    }                                                                                                        \
    template <class T>                                                                                       \
    concept names_##NAME = has_member_##NAME<T>()
