// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace posthorn::detail {

// Where a coroutine goes on: a handler without its type, without an allocation. Movable; called at most once.
//
// One that is destroyed uncalled takes the coroutine with it.
class resumption {
  public:
    resumption() = default;

    template <class Handler>
        requires(!std::is_same_v<std::remove_cvref_t<Handler>, resumption>)
    explicit resumption(Handler handler) noexcept : act_(&act<Handler>) {
        static_assert(sizeof(Handler) <= sizeof(place_) && std::is_nothrow_move_constructible_v<Handler>);
        ::new (static_cast<void*>(place_)) Handler(std::move(handler));
    }

    resumption(resumption&& other) noexcept : act_(std::exchange(other.act_, nullptr)) {
        if (act_ != nullptr)
            act_(other.place_, place_, false);
    }

    resumption& operator=(resumption&& other) noexcept {
        if (this != &other) {
            drop();
            act_ = std::exchange(other.act_, nullptr);
            if (act_ != nullptr)
                act_(other.place_, place_, false);
        }
        return *this;
    }

    ~resumption() { drop(); }

    [[nodiscard]] explicit operator bool() const noexcept { return act_ != nullptr; }

    // Resumes, inside this call; this object may be used again, or be gone, meanwhile.
    void operator()() { std::exchange(act_, nullptr)(place_, nullptr, true); }

  private:
    void drop() noexcept {
        if (act_ != nullptr)
            std::exchange(act_, nullptr)(place_, nullptr, false);
    }

    // Takes the handler out of `from`; to `to`, if that is given.
    template <class Handler>
    static void act(std::byte* from, std::byte* to, bool call) {
        auto* const kept = std::launder(reinterpret_cast<Handler*>(from));
        Handler moved(std::move(*kept));
        kept->~Handler();
        if (to != nullptr)
            ::new (static_cast<void*>(to)) Handler(std::move(moved));
        else if (call)
            std::move(moved)();
    }

    alignas(std::max_align_t) std::byte place_[4 * sizeof(void*)];
    void (*act_)(std::byte*, std::byte*, bool) = nullptr;
};

// Types with names: what lives in a coroutine's frame may have no other with g++ 12.
template <class Start>
struct suspension {
    template <class Handler>
    void operator()(Handler handler) const {
        start(resumption(std::move(handler)));
    }
    Start start;
};

// An operation that ends when somebody calls the resumption that `start(resumption)` got, never inside
// `start`. To be awaited from a named local: `auto waiting = suspend(start); co_await std::move(waiting);`
template <class Start>
[[nodiscard]] auto suspend(Start start) {
    return boost::asio::async_initiate<boost::asio::deferred_t const, void()>(suspension<Start>{start},
                                                                              boost::asio::deferred);
}

} // namespace posthorn::detail
