// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/pacing.hpp>
#include <posthorn/model/time.hpp>

#include <algorithm>
#include <chrono>

namespace posthorn::detail {

// A rate of requests: one after each interval, and what fits in a second at once. Pure: told the time, it
// asks nobody.
class token_bucket {
  public:
    token_bucket() = default;

    explicit token_bucket(pacing const& p) noexcept {
        if (p.rate == 0)
            return;
        auto const period = std::max<duration>(p.period, std::chrono::milliseconds(1));
        // Rounded up, so that the rate is never exceeded.
        interval_ = duration((period.count() + p.rate - 1) / p.rate);
        // How far ahead of an even pace it may be.
        slack_ = std::max(std::min<duration>(period, std::chrono::seconds(1)) - interval_, duration::zero());
    }

    [[nodiscard]] bool limits() const noexcept { return interval_ != duration::zero(); }

    // When the next request may begin, at the earliest.
    [[nodiscard]] steady_time ready_at() const noexcept { return even_ - slack_; }

    // A request begins, not before `ready_at`.
    void take(steady_time now) noexcept { even_ = std::max(even_, now) + interval_; }

  private:
    duration interval_{};
    duration slack_{};
    // When the next request would begin at an even pace.
    steady_time even_{};
};

} // namespace posthorn::detail
