// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/transport.hpp>
#include <posthorn/model/time.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace posthorn {

/// What a host may tune; the defaults are meant to be kept.
class options {
  public:
    options() noexcept {}

    /// Requests that one webhook has in flight at once.
    std::size_t in_flight_per_webhook = 8;
    /// Requests that one shard has in flight at once.
    std::size_t in_flight_per_shard = 256;
    /// The largest rendered body, bytes; a larger one is an error of its delivery.
    std::size_t body_bytes = 1 << 20;
    /// How long a worker that went silent keeps its deliveries to itself.
    std::chrono::milliseconds lease{60'000};
    /// The longest wait that a receiver's Retry-After can ask for.
    std::chrono::milliseconds longest_retry_after = std::chrono::hours(24);
    /// Deliveries taken from the storage in one step.
    std::size_t claim_batch = 256;
    /// Bounds of one exchange.
    exchange_limits exchange;
    /// How long one synchronous call may take, and all calls of one transaction together. Never endless: from
    /// one millisecond to an hour.
    std::chrono::milliseconds call_deadline{5'000};
    std::chrono::milliseconds calls_deadline{10'000};
    /// Threads at most that look names up, shared by all shards; see `resolver_pool`.
    std::size_t resolver_threads = 64;
    /// Names of each kind that wait for a look-up; one more is an error of its attempt.
    std::size_t resolver_queue = 1024;
    /// The languages of the people who use the host, as tags such as "en" and "fr-CA", which compare exactly.
    /// The first is the default: that of wordings, descriptions and filter names without a translation. With
    /// several, whoever saves something gives these texts in all of them.
    std::vector<std::string> languages{"en"};
};

} // namespace posthorn
