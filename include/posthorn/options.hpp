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

    /// Requests that one webhook has in flight at once, at most: one more after each round that went well,
    /// half as many when its receiver answers 429, 502, 503 or 504, or takes too long.
    std::size_t in_flight_per_webhook = 8;
    /// With how many it begins.
    std::size_t in_flight_at_start = 2;
    /// Requests that one shard has in flight at once. Webhooks that failed of late, or took
    /// more than a second, have half of them; with those that were not tried yet, seven eighths.
    std::size_t in_flight_per_shard = 256;
    /// Deliveries of one webhook that are kept in memory for it; others wait in the storage.
    std::size_t queued_per_webhook = 4096;
    /// Deliveries in memory; when there are more, each webhook may have twice what it may have in flight.
    std::size_t queued = 100'000;
    /// After this many attempts in a row that found no receiver, or one that cannot (5xx, 429), a webhook is
    /// left alone for a while, its deliveries in the storage; then one of them is tried. 0: never.
    unsigned breaker_failures = 5;
    /// For how long at first, and at most; twice as long each time.
    std::chrono::milliseconds breaker_wait = std::chrono::seconds(30);
    std::chrono::milliseconds longest_breaker_wait = std::chrono::minutes(10);
    /// The largest rendered body, bytes; a larger one is an error of its delivery.
    std::size_t body_bytes = 1 << 20;
    /// How long a worker that went silent keeps its deliveries to itself.
    std::chrono::milliseconds lease{60'000};
    /// The longest wait that a receiver's Retry-After can ask for.
    std::chrono::milliseconds longest_retry_after = std::chrono::hours(24);
    /// A delivery that is older than this is not tried again, and has failed. Zero: the schedule alone
    /// decides.
    std::chrono::milliseconds delivery_deadline = std::chrono::hours(7 * 24);
    /// A webhook that fails this long without one success is deactivated. Zero: never.
    std::chrono::milliseconds disable_after = std::chrono::hours(5 * 24);
    /// How long before that the observer is told, at least.
    std::chrono::milliseconds disable_notice = std::chrono::hours(24);
    /// Deliveries taken from the storage in one step.
    std::size_t claim_batch = 256;
    /// Maximum time after which a change of a webhook by another process takes effect in this one. A registry
    /// that reports its changes itself is not polled.
    std::chrono::milliseconds registry_poll{1'000};
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
    /// Maximum number of private filters of one user: of project filters, and of filters of the list each.
    /// `admin::service` enforces it when a user saves a further one.
    std::size_t private_filters_per_user = 200;
};

} // namespace posthorn
