// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/detail/lane/lane.hpp>
#include <posthorn/detail/retry/decision.hpp>
#include <posthorn/model/exchange.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace posthorn::detail {

// What the storage is told of a decision.
template <class Key>
[[nodiscard]] settlement settlement_of(queued_delivery<Key> const& n, unsigned attempts, decision const& d) {
    settlement s;
    s.id = n.what->id();
    s.lease = n.lease;
    s.state = d.state;
    s.attempts = attempts;
    s.not_before = d.not_before;
    s.by_user = d.by_user;
    return s;
}

// Why a delivery that was claimed is not this process's to send.
enum class unsent : std::uint8_t {
    // A user has removed its webhook.
    removed,
    // The registry does not have its webhook, which others may know, or mend.
    unknown,
    // The registry could not be asked.
    not_asked,
    // Its webhook is not there either, and it is too old to wait for it.
    expired,
};

[[nodiscard]] inline settlement settlement_unsent(claimed_delivery const& c, std::uint64_t lease, unsent why,
                                                  wall_time now) {
    settlement s;
    s.id = c.what->id();
    s.lease = lease;
    s.attempts = c.attempts;
    s.time = now;
    s.state = why == unsent::removed   ? delivery_state::cancelled
              : why == unsent::expired ? delivery_state::failed
                                       : delivery_state::pending;
    if (why == unsent::expired)
        s.error = errc::delivery_expired;
    // Short enough for a process that knows the webhook, long enough to bound repeated claims.
    s.not_before = now + (why == unsent::unknown ? std::chrono::seconds(10) : std::chrono::seconds(1));
    return s;
}

// What is kept of an answer to an attempt that failed.
[[nodiscard]] inline std::string kept_answer(exchange const& outcome) {
    constexpr std::size_t most = 1024;
    auto const& text = outcome.response.status != 0 ? outcome.response.excerpt : outcome.detail;
    return text.substr(0, most);
}

} // namespace posthorn::detail
