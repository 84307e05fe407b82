// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/time.hpp>

#include <cstdint>

namespace posthorn::detail {

/// `wait`, or up to a tenth later, never earlier; `random` is uniform over all its values. Saturates.
[[nodiscard]] constexpr duration later_by_up_to_a_tenth(duration wait, std::uint64_t random) noexcept {
    auto const span = static_cast<std::uint64_t>(wait.count() / 10);
    auto const jitter = duration(static_cast<duration::rep>(random % (span + 1)));
    return wait > duration::max() - jitter ? duration::max() : wait + jitter;
}

} // namespace posthorn::detail
