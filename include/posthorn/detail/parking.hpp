// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace posthorn::detail {

// Where one coroutine waits until somebody wakes it, without a timer, a channel or an allocation.
//
// Everything happens on one executor: `park` there, `wake` there. A wake before the park is remembered.
class parking_spot {
  public:
    parking_spot() = default;
    parking_spot(parking_spot const&) = delete;
    parking_spot& operator=(parking_spot const&) = delete;

    ~parking_spot() {
        if (call_ != nullptr)
            call_(place_, false);
    }

    [[nodiscard]] bool occupied() const noexcept { return call_ != nullptr; }

    // Suspends the calling coroutine until `wake`.
    [[nodiscard]] boost::asio::awaitable<void> park() {
        if (std::exchange(woken_, false))
            co_return;
        initiate const here{this};
        co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void()>(
            here, boost::asio::use_awaitable);
    }

    // Resumes the parked coroutine, inside this call; or lets the next park pass.
    void wake() {
        if (call_ == nullptr) {
            woken_ = true;
            return;
        }
        std::exchange(call_, nullptr)(place_, true);
    }

    // Forgets a remembered wake.
    void reset() noexcept { woken_ = false; }

  private:
    struct initiate {
        template <class Handler>
        void operator()(Handler&& handler) const {
            spot->keep(std::forward<Handler>(handler));
        }
        parking_spot* spot;
    };

    template <class Handler>
    void keep(Handler handler) {
        static_assert(sizeof(Handler) <= sizeof(place_) && std::is_nothrow_move_constructible_v<Handler>);
        ::new (static_cast<void*>(place_)) Handler(std::move(handler));
        call_ = [](std::byte* place, bool run) {
            auto* const kept = std::launder(reinterpret_cast<Handler*>(place));
            // The place may be used again while the handler runs.
            Handler moved(std::move(*kept));
            kept->~Handler();
            if (run)
                std::move(moved)();
        };
    }

    alignas(std::max_align_t) std::byte place_[4 * sizeof(void*)];
    void (*call_)(std::byte*, bool) = nullptr;
    bool woken_ = false;
};

} // namespace posthorn::detail
