// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/time.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <concepts>

namespace posthorn {

/// Gives the time, and wakes at a time.
///
/// Purpose: nothing else in the library reads a clock, so that a test can run days in a millisecond.
///
/// Semantic: `now` is wall-clock time and may jump; `steady_now` never goes back. A timer is armed for one
/// instant at a time: `arm(at, f)` forgets what it was armed for before and calls `f()` once, on the timer's
/// executor, at or soon after `at`, never inside `arm`; `cancel` and the destructor forget it (`f` is then
/// not called, unless it was already on its way to the executor).
///
/// Concurrency: `now` and `steady_now` from any threads; one timer from its executor only.
///
/// Lifetime: a clock is a copyable handle; timers may outlive the handle they were made with.
///
/// Conforming signatures:
/// @code
/// struct my_clock {
///     posthorn::wall_time now() const;
///     posthorn::steady_time steady_now() const;
///     class timer {
///       public:
///         timer(boost::asio::any_io_executor, my_clock const&);
///         template <class F> void arm(posthorn::steady_time at, F f);
///         void cancel();
///     };
/// };
/// @endcode
///
/// See: `system_clock`, `testing::simulated_clock`.
template <class T>
concept Clock =
    std::copy_constructible<T> && requires(T const& clock, typename T::timer& timer, steady_time at) {
        { clock.now() } -> std::same_as<wall_time>;
        { clock.steady_now() } -> std::same_as<steady_time>;
        timer.arm(at, [] {});
        timer.cancel();
    } && std::constructible_from<typename T::timer, boost::asio::any_io_executor, T const&>;

/// Says in prose what `T` lacks to be a Clock. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_clock() {
    static_assert(
        requires(T const& c) {
            { c.now() } -> std::same_as<wall_time>;
        }, "posthorn: Clock lacks `posthorn::wall_time now() const`. See posthorn/concepts/clock.hpp");
    static_assert(
        requires(T const& c) {
            { c.steady_now() } -> std::same_as<steady_time>;
        },
        "posthorn: Clock lacks `posthorn::steady_time steady_now() const`. See posthorn/concepts/clock.hpp");
    static_assert(
        requires(typename T::timer& timer, steady_time at) {
            timer.arm(at, [] {});
            timer.cancel();
        }, "posthorn: Clock lacks a nested `timer` with `arm(steady_time, f)` and `cancel()`. "
           "See posthorn/concepts/clock.hpp");
    static_assert(std::copy_constructible<T>,
                  "posthorn: Clock must be copyable; make it a handle. See posthorn/concepts/clock.hpp");
    return true;
}

} // namespace posthorn
