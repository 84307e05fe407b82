// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/time.hpp>

#include <algorithm>
#include <chrono>

namespace posthorn::detail {

// What `max` of any duration means here: so long that nobody waits for it, and short enough to be added to
// any time that a clock shows.
inline constexpr std::chrono::hours longest_time{24 * 365 * 100};

// The same duration, without a value that would overflow where it is added to a time or counted in
// nanoseconds.
template <class Rep, class Period>
[[nodiscard]] constexpr std::chrono::duration<Rep, Period>
bounded(std::chrono::duration<Rep, Period> d) noexcept {
    using same = std::chrono::duration<Rep, Period>;
    return std::clamp<same>(d, -same(longest_time), same(longest_time));
}

} // namespace posthorn::detail
