// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <concepts>
#include <cstdint>

namespace posthorn {

/// Gives random words.
///
/// Purpose: jitter and ids; nothing else in the library draws randomness.
///
/// Semantic: each call gives 64 bits that nobody can tell from uniform noise. It need not resist an attacker:
/// keys never come from here. Concurrency: called from any threads at once. Lifetime: a copyable handle.
///
/// Conforming signature: `std::uint64_t operator()() const`.
///
/// See: `system_random`, `testing::seeded_random`.
template <class T>
concept Random = std::copy_constructible<T> && requires(T const& random) {
    { random() } -> std::same_as<std::uint64_t>;
};

/// Says in prose what `T` lacks to be a Random. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_random() {
    static_assert(
        requires(T const& r) {
            { r() } -> std::same_as<std::uint64_t>;
        }, "posthorn: Random lacks `std::uint64_t operator()() const`. See posthorn/concepts/random.hpp");
    return true;
}

} // namespace posthorn
