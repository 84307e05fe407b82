// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/clock.hpp>
#include <posthorn/environment/system_clock.hpp>
#include <posthorn/testing/simulated_clock.hpp>

#include "support/archetypes.hpp"

namespace {

using namespace posthorn;
using boost::asio::any_io_executor;

template <class Owner>
struct timer_of {
    timer_of(any_io_executor, Owner const&);
    template <class F>
    void arm(steady_time, F);
    void cancel();
};

struct whole {
    wall_time now() const;
    steady_time steady_now() const;
    using timer = timer_of<whole>;
};
struct without_now {
    steady_time steady_now() const;
    using timer = timer_of<without_now>;
};
struct without_steady_now {
    wall_time now() const;
    using timer = timer_of<without_steady_now>;
};
struct counts_in_seconds {
    std::chrono::sys_seconds now() const;
    steady_time steady_now() const;
    using timer = timer_of<counts_in_seconds>;
};
struct not_const {
    wall_time now();
    steady_time steady_now();
    using timer = timer_of<not_const>;
};
struct without_timer {
    wall_time now() const;
    steady_time steady_now() const;
};
struct timer_without_cancel {
    wall_time now() const;
    steady_time steady_now() const;
    struct timer {
        timer(any_io_executor, timer_without_cancel const&);
        template <class F>
        void arm(steady_time, F);
    };
};
struct timer_armed_by_duration {
    wall_time now() const;
    steady_time steady_now() const;
    struct timer {
        timer(any_io_executor, timer_armed_by_duration const&);
        template <class F>
        void arm(duration, F);
        void cancel();
    };
};
struct timer_without_executor {
    wall_time now() const;
    steady_time steady_now() const;
    struct timer {
        explicit timer(timer_without_executor const&);
        template <class F>
        void arm(steady_time, F);
        void cancel();
    };
};
struct cannot_be_copied {
    cannot_be_copied(cannot_be_copied&&) = default;
    wall_time now() const;
    steady_time steady_now() const;
    using timer = timer_of<cannot_be_copied>;
};

} // namespace

static_assert(check_clock<test::archetypes::clock>());
static_assert(check_clock<system_clock>());
static_assert(check_clock<testing::simulated_clock>());
static_assert(Clock<test::archetypes::clock> && Clock<whole>);
static_assert(!Clock<int>);
static_assert(!Clock<without_now>);
static_assert(!Clock<without_steady_now>);
static_assert(!Clock<counts_in_seconds>);
static_assert(!Clock<not_const>);
static_assert(!Clock<without_timer>);
static_assert(!Clock<timer_without_cancel>);
static_assert(!Clock<timer_armed_by_duration>);
static_assert(!Clock<timer_without_executor>);
static_assert(!Clock<cannot_be_copied>);
