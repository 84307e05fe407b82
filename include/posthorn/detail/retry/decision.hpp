// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/retry_policy.hpp>
#include <posthorn/config.hpp>
#include <posthorn/model/delivery.hpp>
#include <posthorn/model/exchange.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/retry/retry_after.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace posthorn::detail {

// What becomes of a delivery after an attempt.
struct decision {
    delivery_state state = delivery_state::failed;
    // Set with delivery_state::pending.
    wall_time not_before{};
    // Whether the receiver asked never to be called again.
    bool gone = false;
    // Of one that is paused: a user paused it.
    bool by_user = false;
};

// What a user wants of a delivery.
[[nodiscard]] constexpr decision decided_by_user(delivery_state to) noexcept {
    return {to, {}, false, to == delivery_state::paused};
}

// Whether the receiver asked never to be called again.
[[nodiscard]] inline bool is_gone(exchange const& outcome) noexcept {
    constexpr int gone = 410;
    return outcome.error == errc::http_status && outcome.response.status == gone;
}

// Whether a later attempt of the same delivery makes sense at all, whatever the schedule says.
[[nodiscard]] inline bool is_final(exchange const& outcome) noexcept {
    constexpr int too_large = 413;
    if (outcome.error == errc::http_status)
        return is_gone(outcome) || outcome.response.status == too_large;
    return outcome.error == errc::blocked_address || outcome.error == condition::permanent;
}

// The longest wait that a receiver asked for: `fields` has one value in each line.
[[nodiscard]] inline std::optional<duration> asked_wait(std::string_view fields, wall_time now) noexcept {
    std::optional<duration> longest;
    while (!fields.empty()) {
        auto const line = fields.substr(0, fields.find('\n'));
        longest = std::max(longest, parse_retry_after(line, now));
        fields.remove_prefix(std::min(fields.size(), line.size() + 1));
    }
    return longest;
}

// The rule of retries, pure. config: policy, longest_retry_after. state: attempts_made (this one included),
// now, random.
template <RetryPolicy Policy>
[[nodiscard]] decision decide(exchange const& outcome, unsigned attempts_made, wall_time now,
                              std::uint64_t random, Policy const& policy, duration longest_retry_after) {
    if (!outcome.error)
        return {delivery_state::delivered};
    if (is_final(outcome))
        return {delivery_state::failed, {}, is_gone(outcome)};
    std::optional<duration> wait = policy.delay(attempts_made, random);
    if (!wait)
        return {delivery_state::failed};
    if (auto const asked = asked_wait(outcome.response.retry_after, now))
        wait = std::max(*wait, std::min(*asked, longest_retry_after));
    // Waits saturate, so their sum must.
    bool const endless = *wait > wall_time::max() - std::max(now, wall_time());
    return {delivery_state::pending, endless ? wall_time::max() : now + *wait};
}

// When a delivery may be tried for the last time; `deadline`: how old it may get, zero: any age.
[[nodiscard]] constexpr wall_time latest_attempt(wall_time created, duration deadline) noexcept {
    bool const endless = deadline <= duration::zero() || created > wall_time::max() - deadline;
    return endless ? wall_time::max() : created + deadline;
}

// The rule of the deadline, pure: what would be tried later than that has failed.
[[nodiscard]] constexpr decision in_time(decision next, wall_time latest) noexcept {
    if (next.state == delivery_state::pending && next.not_before > latest)
        return {delivery_state::failed};
    return next;
}

// What happened to a delivery while it was sent.
struct meanwhile {
    // Its webhook was removed, or is inactive.
    bool removed = false;
    bool active = true;
    // It was sent once more because a person said so.
    bool once = false;
    // What a person wants to become of it.
    std::optional<delivery_state> asked{};
};

// The rule of what comes in the way of a further attempt, pure. What has ended has ended.
[[nodiscard]] inline decision overruled(decision next, meanwhile const& m) noexcept {
    if (next.state != delivery_state::pending)
        return next;
    if (m.removed)
        return {delivery_state::cancelled};
    // The one attempt is made, so that nothing is left to be paused.
    if (m.once && m.asked != delivery_state::cancelled)
        return {delivery_state::failed};
    if (m.asked)
        return decided_by_user(*m.asked);
    if (!m.active)
        next.state = delivery_state::paused;
    return next;
}

} // namespace posthorn::detail
