// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>

#include <concepts>
#include <cstdint>

namespace posthorn {

/// Makes the ids of events, webhooks and deliveries.
///
/// Semantic: a pure function of the time and two random words; different words give different ids. Ids that
/// sort by time keep storages fast. Concurrency: called from any threads at once.
///
/// Conforming signature: `posthorn::uuid operator()(posthorn::wall_time, std::uint64_t, std::uint64_t)
/// const`.
///
/// See: `uuid_v7`.
template <class T>
concept Ids = std::copy_constructible<T> && requires(T const& ids, wall_time now, std::uint64_t word) {
    { ids(now, word, word) } -> std::same_as<uuid>;
};

/// Says in prose what `T` lacks to be an Ids. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_ids() {
    static_assert(
        requires(T const& ids, wall_time now, std::uint64_t word) {
            { ids(now, word, word) } -> std::same_as<uuid>;
        }, "posthorn: Ids lacks `uuid operator()(wall_time, std::uint64_t, std::uint64_t) const`. "
           "See posthorn/concepts/ids.hpp");
    return true;
}

} // namespace posthorn
