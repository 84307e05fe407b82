// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/lane/health.hpp>

#include <algorithm>
#include <cstddef>

namespace posthorn::detail {

// How many requests of one lane may be in flight: few at first, one more for each round that went well with
// all of them in use, half as many when the receiver says that it is too much. Pure.
class adaptive_limit {
  public:
    adaptive_limit() = default;
    adaptive_limit(std::size_t start, std::size_t most) noexcept
        : most_(std::max<std::size_t>(most, 1)),
          start_(std::clamp<std::size_t>(start, 1, most_)),
          limit_(start_) {}

    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

    // As if nothing were known of the receiver.
    void restart() noexcept {
        limit_ = start_;
        good_ = used_ = forgiven_ = 0;
    }

    // An attempt ended; `in_flight`: how many there were, this one included.
    void note(health h, std::size_t in_flight) noexcept {
        if (h == health::overloaded) {
            good_ = used_ = 0;
            // What began before the last halving says nothing new.
            if (forgiven_ != 0) {
                --forgiven_;
                return;
            }
            forgiven_ = in_flight - std::min<std::size_t>(in_flight, 1);
            limit_ = std::max<std::size_t>(limit_ / 2, 1);
            return;
        }
        forgiven_ -= std::min<std::size_t>(forgiven_, 1);
        used_ = std::max(used_, in_flight);
        if (h == health::failing)
            good_ = 0;
        if (h != health::well || ++good_ < limit_)
            return;
        if (used_ >= limit_ && limit_ != most_)
            ++limit_;
        good_ = used_ = 0;
    }

  private:
    std::size_t most_ = 1;
    std::size_t start_ = 1;
    std::size_t limit_ = 1;
    // Successes in this round, and how many were in flight at most.
    std::size_t good_ = 0;
    std::size_t used_ = 0;
    // Ends that do not halve again.
    std::size_t forgiven_ = 0;
};

} // namespace posthorn::detail
