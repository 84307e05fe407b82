// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/lane/breaker.hpp>
#include <posthorn/options.hpp>

#include <cstddef>

namespace posthorn::detail {

// What is the same for all lanes.
struct lane_rules {
    lane_rules() noexcept {}

    explicit lane_rules(options const& o) noexcept
        : in_flight(o.in_flight_per_webhook),
          in_flight_at_start(o.in_flight_at_start),
          queued(o.queued_per_webhook) {
        breaking.failures = o.breaker_failures;
        breaking.first = o.breaker_wait;
        breaking.longest = o.longest_breaker_wait;
    }

    std::size_t in_flight = 8;
    std::size_t in_flight_at_start = 2;
    // Deliveries in memory.
    std::size_t queued = 4096;
    breaker_settings breaking;
};

} // namespace posthorn::detail
