// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/retry/jitter.hpp>
#include <posthorn/model/time.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

namespace posthorn {

/// Waits that grow by a factor up to a cap: `exponential{}.first(1s).factor(3).cap(1h).max_attempts(8)`.
///
/// Each wait is lengthened by 0 to 10 %, the capped ones too, so that deliveries that failed together do not
/// come back together.
///
/// Thread safety: distinct objects safe; shared objects safe for const access.
class exponential {
  public:
    /// 5 s, doubled up to 6 h, 20 attempts: about two days.
    exponential() = default;

    exponential(duration first, double factor, duration cap, unsigned max_attempts) noexcept {
        this->first(first).factor(factor).cap(cap).max_attempts(max_attempts);
    }

    /// The wait after the first failed attempt; below zero counts as zero.
    exponential& first(duration wait) noexcept {
        first_ = std::max(wait, duration::zero());
        return *this;
    }

    /// What each wait is multiplied by to give the next; below 1 counts as 1, since waits never shrink.
    exponential& factor(double value) noexcept {
        factor_ = value > 1 ? value : 1;
        return *this;
    }

    /// The longest wait before it is lengthened; below zero counts as zero.
    exponential& cap(duration wait) noexcept {
        cap_ = std::max(wait, duration::zero());
        return *this;
    }

    /// How many attempts are made in all, the first one included; 0 counts as 1.
    exponential& max_attempts(unsigned count) noexcept {
        max_attempts_ = count;
        return *this;
    }

    [[nodiscard]] std::optional<duration> delay(unsigned attempts_made, std::uint64_t random) const noexcept {
        if (attempts_made >= max_attempts_)
            return std::nullopt;
        return detail::later_by_up_to_a_tenth(plain_wait(attempts_made), random);
    }

  private:
    [[nodiscard]] duration plain_wait(unsigned attempts_made) const noexcept {
        if (first_ == duration::zero())
            return first_;
        auto const growth = std::pow(factor_, std::max(attempts_made, 1U) - 1);
        auto const wait = static_cast<double>(first_.count()) * growth;
        // Compared before it is converted: a double beyond the range of duration has no integer value.
        if (wait < static_cast<double>(cap_.count()))
            return duration(static_cast<duration::rep>(wait));
        return cap_;
    }

    duration first_ = std::chrono::seconds{5};
    double factor_ = 2;
    duration cap_ = std::chrono::hours{6};
    unsigned max_attempts_ = 20;
};

} // namespace posthorn
