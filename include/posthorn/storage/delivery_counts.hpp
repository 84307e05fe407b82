// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>

namespace posthorn {

/// How many deliveries a storage holds, by state; 0 for states that it forgets.
struct delivery_counts {
    delivery_counts() noexcept {}

    std::size_t pending = 0;
    std::size_t delivering = 0;
    std::size_t paused = 0;
    std::size_t delivered = 0;
    std::size_t failed = 0;
    std::size_t cancelled = 0;
};

} // namespace posthorn
