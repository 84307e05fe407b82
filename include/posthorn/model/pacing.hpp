// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <chrono>
#include <cstdint>

namespace posthorn {

/// How fast one webhook may be told, beside what the options of the host say. A plain value.
///
/// It speaks of deliveries in the background, and of every attempt of them; synchronous calls and test calls
/// hold their caller, and wait for nobody.
struct pacing {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    pacing() noexcept {}

    [[nodiscard]] friend bool operator==(pacing const&, pacing const&) = default;

    /// Requests in flight at once, at most; 0: as many as the options allow, which it never exceeds.
    std::uint32_t in_flight = 0;
    /// Requests in a `period`; 0: any number. They are spread evenly, but for what fits in a second,
    /// which may come at once.
    std::uint32_t rate = 0;
    /// From one millisecond to a day.
    std::chrono::milliseconds period{1000};
    /// One delivery after the other, in the order in which they were stored: the next one is sent when the
    /// one before has ended, be it delivered, failed, cancelled or paused. One that is retried holds up those
    /// behind it. Deliveries that were stored before this was switched on have no order.
    bool in_order = false;
};

} // namespace posthorn
