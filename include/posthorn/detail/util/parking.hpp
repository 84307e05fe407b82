// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/util/resumption.hpp>

#include <utility>

namespace posthorn::detail {

// Where one coroutine waits until somebody wakes it, without a timer, a channel or an allocation.
//
// Everything happens on one executor. A wake that finds nobody is remembered: `while (!spot.take_wake())`,
// then await what `park` gives.
class parking_spot {
  public:
    [[nodiscard]] bool occupied() const noexcept { return static_cast<bool>(parked_); }

    // Whether somebody woke the spot while nobody was parked there; forgets it.
    [[nodiscard]] bool take_wake() noexcept { return std::exchange(woken_, false); }

    // An operation that ends with the next `wake`.
    [[nodiscard]] auto park() noexcept { return suspend(keeper{this}); }

    // Resumes the parked coroutine, inside this call; or is remembered.
    void wake() {
        if (!parked_) {
            woken_ = true;
            return;
        }
        // The spot may be used again while the coroutine runs.
        auto parked = std::move(parked_);
        parked();
    }

  private:
    struct keeper {
        void operator()(resumption parked) const noexcept { spot->parked_ = std::move(parked); }
        parking_spot* spot;
    };

    resumption parked_;
    bool woken_ = false;
};

} // namespace posthorn::detail
