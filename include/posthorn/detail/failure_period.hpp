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

// How long a webhook has failed without a break: not how often. Pure.
class failure_period {
  public:
    // Since when, if it does.
    [[nodiscard]] std::optional<wall_time> const& since() const noexcept { return since_; }

    // When somebody was told.
    [[nodiscard]] std::optional<wall_time> const& warned() const noexcept { return warned_; }

    // What is known from before this process.
    void resume(wall_time since, std::optional<wall_time> warned) noexcept {
        since_ = since;
        warned_ = warned;
    }

    // An attempt ended well.
    void end() noexcept {
        since_.reset();
        warned_.reset();
    }

    // An attempt failed. `longest`: the period after which the webhook is disabled, zero: never; `notice`:
    // how long before that somebody is told, at least. Each step is taken once.
    [[nodiscard]] failing_step note(wall_time now, duration longest, duration notice) noexcept {
        // A clock that is set back begins anew.
        if (!since_ || *since_ > now) {
            since_ = now;
            warned_.reset();
        }
        if (longest <= duration::zero())
            return failing_step::none;
        if (!warned_ && now - *since_ >= longest - notice) {
            warned_ = now;
            return failing_step::warn;
        }
        if (!warned_ || now < disabled_at(longest, notice))
            return failing_step::none;
        end();
        return failing_step::disable;
    }

    // When the webhook will be disabled, if nothing ends well until then; only after the warning.
    [[nodiscard]] wall_time disabled_at(duration longest, duration notice) const noexcept {
        return std::max(*since_ + longest, *warned_ + std::min(notice, longest));
    }

  private:
    std::optional<wall_time> since_;
    std::optional<wall_time> warned_;
};

} // namespace posthorn::detail
