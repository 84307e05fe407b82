// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/time.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace posthorn::detail {

// What is to be done about a webhook that fails and fails.
enum class failing_step : std::uint8_t { none, warn, disable };

// What is known of a webhook that fails.
struct failing_record {
    failing_record() noexcept {}
    explicit failing_record(wall_time began, std::optional<wall_time> told = std::nullopt) noexcept
        : since(began), warned(told) {}

    [[nodiscard]] friend bool operator==(failing_record const&, failing_record const&) = default;

    wall_time since{};
    // When somebody was told.
    std::optional<wall_time> warned;
};

// How long a webhook has failed without a break: not how often. Pure.
class failure_period {
  public:
    // None: it does not fail.
    [[nodiscard]] std::optional<failing_record> const& known() const noexcept { return known_; }

    // What is known from elsewhere: from before this process, or from another one.
    void resume(std::optional<failing_record> const& known) noexcept { known_ = known; }

    // An attempt ended well.
    void end() noexcept { known_.reset(); }

    // An attempt failed. True: a period begins with it. A clock that is set back begins anew.
    [[nodiscard]] bool begin(wall_time now) noexcept {
        if (known_ && known_->since <= now && known_->warned.value_or(now) <= now)
            return false;
        known_.emplace(now);
        return true;
    }

    // What is to be done after a failure. `longest`: the period after which the webhook is disabled, zero:
    // never; `notice`: how long before that somebody is told, at least.
    [[nodiscard]] failing_step due(wall_time now, duration longest, duration notice) const noexcept {
        if (!known_ || longest <= duration::zero())
            return failing_step::none;
        if (!known_->warned)
            return now - known_->since >= longest - notice ? failing_step::warn : failing_step::none;
        return now >= disabled_at(longest, notice) ? failing_step::disable : failing_step::none;
    }

    // Somebody is told; only within a period.
    void warn(wall_time now) noexcept { known_->warned = now; }

    // When the webhook will be disabled, if nothing ends well until then; only after the warning.
    [[nodiscard]] wall_time disabled_at(duration longest, duration notice) const noexcept {
        return std::max(known_->since + longest, *known_->warned + std::min(notice, longest));
    }

  private:
    std::optional<failing_record> known_;
};

} // namespace posthorn::detail
