// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/retry/jitter.hpp>
#include <posthorn/model/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace posthorn {

/// A list of waits, the one of the Standard Webhooks specification by default: 5 s, 5 min, 30 min, 2 h, 5 h,
/// 10 h, 14 h, 20 h and 24 h after the attempt before, which makes 10 attempts in a little over three days.
///
/// Each wait is lengthened by 0 to 10 %, so that deliveries that failed together do not come back together.
///
/// Thread safety: distinct objects safe; shared objects safe for const access.
class standard_schedule {
  public:
    standard_schedule() : standard_schedule(standard_waits()) {}

    /// The wait after the first failed attempt, after the second, and so on; one attempt more than waits is
    /// made. A wait below zero counts as zero.
    explicit standard_schedule(std::vector<duration> waits) : waits_(std::move(waits)) {}

    [[nodiscard]] std::optional<duration> delay(unsigned attempts_made, std::uint64_t random) const noexcept {
        std::size_t const index = std::max(attempts_made, 1U) - 1;
        if (index >= waits_.size())
            return std::nullopt;
        return detail::later_by_up_to_a_tenth(std::max(waits_[index], duration::zero()), random);
    }

  private:
    [[nodiscard]] static std::vector<duration> standard_waits() {
        using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
        return {seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5},
                hours{10},  hours{14},  hours{20},   hours{24}};
    }

    std::vector<duration> waits_;
};

} // namespace posthorn
