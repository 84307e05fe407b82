// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/lane/health.hpp>
#include <posthorn/detail/retry/jitter.hpp>
#include <posthorn/model/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace posthorn::detail {

enum class breaker_state : std::uint8_t { closed, open, half_open };

struct breaker_settings {
    breaker_settings() noexcept {}

    // Bad ends in a row that open it; 0: nothing does.
    unsigned failures = 5;
    // How long it is open for the first time, and at most; twice as long each time.
    duration first = std::chrono::seconds(30);
    duration longest = std::chrono::minutes(10);
};

// Keeps a lane from a receiver that does not answer: closed, open for a while, half open for one attempt, and
// closed again if that went well. Pure: told time and chance, it asks nobody.
class breaker {
  public:
    [[nodiscard]] breaker_state state() const noexcept { return state_; }

    // When an attempt may begin, of one that is not closed.
    [[nodiscard]] steady_time ready_at() const noexcept { return probing_ ? steady_time::max() : until_; }

    // Whether it has met nothing but good ends of late.
    [[nodiscard]] bool is_sound() const noexcept { return state_ == breaker_state::closed && failures_ == 0; }

    // An attempt begins, not before `ready_at`. What it is known by at its end.
    [[nodiscard]] std::uint32_t begin() noexcept {
        if (state_ != breaker_state::closed) {
            if (state_ == breaker_state::open)
                ++epoch_;
            state_ = breaker_state::half_open;
            probing_ = true;
        }
        return epoch_;
    }

    // It ended. What began before the breaker moved says nothing any more. True: it is open now and was not
    // before.
    [[nodiscard]] bool end(std::uint32_t begun, health h, steady_time now, std::uint64_t random,
                           breaker_settings const& with) noexcept {
        if (begun != epoch_)
            return false;
        probing_ = false;
        if (h == health::well) {
            failures_ = 0;
            if (state_ != breaker_state::closed)
                move(breaker_state::closed);
            opened_ = 0;
            return false;
        }
        if (!is_bad(h))
            return false;
        failures_ += failures_ < with.failures ? 1U : 0U;
        if (with.failures == 0 || (state_ == breaker_state::closed && failures_ < with.failures))
            return false;
        auto const lasts = wait(random, with);
        until_ = lasts > steady_time::max() - now ? steady_time::max() : now + lasts;
        opened_ += opened_ < most_doublings ? 1U : 0U;
        move(breaker_state::open);
        return true;
    }

    // As if nothing were known of the receiver.
    void reset() noexcept {
        failures_ = opened_ = 0;
        probing_ = false;
        move(breaker_state::closed);
    }

  private:
    static constexpr unsigned most_doublings = 20;

    void move(breaker_state to) noexcept {
        state_ = to;
        ++epoch_;
    }

    [[nodiscard]] duration wait(std::uint64_t random, breaker_settings const& with) const noexcept {
        auto plain = with.first;
        for (unsigned i = 0; i != opened_ && plain < with.longest; ++i)
            plain = plain > with.longest / 2 ? with.longest : plain * 2;
        return later_by_up_to_a_tenth(std::min(plain, with.longest), random);
    }

    breaker_state state_ = breaker_state::closed;
    bool probing_ = false;
    // In a row.
    unsigned failures_ = 0;
    // Times in a row.
    unsigned opened_ = 0;
    std::uint32_t epoch_ = 0;
    steady_time until_{};
};

} // namespace posthorn::detail
