// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/time.hpp>

#include <concepts>
#include <cstdint>
#include <optional>

namespace posthorn {

/// Says how long to wait after a failed attempt, and when to give up.
///
/// Purpose: the schedule of retries, apart from everything that may lengthen a wait (Retry-After, a breaker).
///
/// Semantic: `delay` is asked after each failed attempt with the number of attempts made so far, at least 1.
/// It returns how long after that failure the next attempt is due, never less than zero, or nullopt to give
/// up. It is a pure function: the same arguments give the same answer. `random` is one word, uniform over all
/// its values, drawn for this call; a policy that spreads its waits with it only ever makes them longer,
/// since receivers and operators are told the schedule as a promise. A Retry-After of the receiver is applied
/// to the answer as a floor; it never revives a delivery that the policy gave up.
///
/// Concurrency: called from any thread on a const policy at the same time.
///
/// Lifetime: none.
///
/// Conforming signatures:
/// @code
/// struct my_policy {
///     std::optional<posthorn::duration> delay(unsigned attempts_made, std::uint64_t random) const noexcept;
/// };
/// @endcode
///
/// See: `standard_schedule`, `exponential`, `no_retry`.
template <class T>
concept RetryPolicy = requires(T const& policy, unsigned attempts_made, std::uint64_t random) {
    { policy.delay(attempts_made, random) } noexcept -> std::same_as<std::optional<duration>>;
};

/// Says in prose what `T` lacks to be a RetryPolicy. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_retry_policy() {
    static_assert(
        requires(T const& p, unsigned attempts_made, std::uint64_t random) {
            { p.delay(attempts_made, random) } noexcept -> std::same_as<std::optional<duration>>;
        }, "posthorn: RetryPolicy lacks "
           "`std::optional<duration> delay(unsigned attempts_made, std::uint64_t random) const noexcept`. "
           "See posthorn/concepts/retry_policy.hpp");
    return true;
}

} // namespace posthorn
