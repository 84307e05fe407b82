// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/retry/failure_period.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using namespace std::chrono_literals;
using posthorn::wall_time;
using posthorn::detail::failing_record;
using posthorn::detail::failing_step;
using posthorn::detail::failure_period;

constexpr wall_time at(std::chrono::hours h) {
    return wall_time(std::chrono::hours(1'000'000) + h);
}

// A failure, after which what is due is done.
failing_step note(failure_period& p, wall_time now, std::chrono::hours longest, std::chrono::hours notice) {
    (void)p.begin(now);
    auto const step = p.due(now, longest, notice);
    if (step == failing_step::warn)
        p.warn(now);
    if (step == failing_step::disable)
        p.end();
    return step;
}

failing_step note(failure_period& p, std::chrono::hours h) {
    return note(p, at(h), 120h, 24h);
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_failure_period)

BOOST_AUTO_TEST_CASE(warns_once_and_then_disables) {
    failure_period p;
    for (auto const h : {0h, 1h, 50h, 95h})
        BOOST_TEST((note(p, h) == failing_step::none));
    BOOST_TEST((note(p, 96h) == failing_step::warn));
    BOOST_TEST((p.known() == failing_record(at(0h), at(96h))));
    BOOST_TEST((p.disabled_at(120h, 24h) == at(120h)));
    for (auto const h : {97h, 119h})
        BOOST_TEST((note(p, h) == failing_step::none));
    BOOST_TEST((note(p, 120h) == failing_step::disable));
    BOOST_TEST(!p.known());
}

BOOST_AUTO_TEST_CASE(one_success_breaks_the_period) {
    failure_period p;
    (void)note(p, 0h);
    BOOST_TEST((note(p, 100h) == failing_step::warn));
    p.end();
    BOOST_TEST((note(p, 119h) == failing_step::none));
    BOOST_TEST((note(p, 214h) == failing_step::none));
    BOOST_TEST((note(p, 215h) == failing_step::warn));
}

BOOST_AUTO_TEST_CASE(the_warning_comes_long_enough_before) {
    failure_period p;
    (void)note(p, 0h);
    BOOST_TEST((note(p, 500h) == failing_step::warn));
    BOOST_TEST((p.disabled_at(120h, 24h) == at(524h)));
    BOOST_TEST((note(p, 501h) == failing_step::none));
    BOOST_TEST((note(p, 523h) == failing_step::none));
    BOOST_TEST((note(p, 524h) == failing_step::disable));
}

BOOST_AUTO_TEST_CASE(never_where_it_is_switched_off) {
    failure_period p;
    for (int i = 0; i != 100; ++i)
        BOOST_TEST((note(p, at(std::chrono::hours(i * 1000)), 0h, 24h) == failing_step::none));
}

BOOST_AUTO_TEST_CASE(goes_on_from_what_was_known_before) {
    failure_period p;
    p.resume(failing_record(at(-96h)));
    BOOST_TEST((note(p, 0h) == failing_step::warn));
    failure_period q;
    q.resume(failing_record(at(-130h), at(-24h)));
    BOOST_TEST((note(q, 0h) == failing_step::disable));
}

BOOST_AUTO_TEST_CASE(one_that_is_warned_of_is_not_warned_of_again) {
    failure_period p;
    p.resume(failing_record(at(-100h), at(-2h)));
    BOOST_TEST((note(p, 0h) == failing_step::none));
    BOOST_TEST((note(p, 21h) == failing_step::none));
    BOOST_TEST((note(p, 22h) == failing_step::disable));
}

BOOST_AUTO_TEST_CASE(after_a_long_standstill_somebody_is_told_first) {
    failure_period p;
    p.resume(failing_record(at(-1000h)));
    BOOST_TEST((note(p, 0h) == failing_step::warn));
    BOOST_TEST((note(p, 23h) == failing_step::none));
    BOOST_TEST((note(p, 24h) == failing_step::disable));
}

BOOST_AUTO_TEST_CASE(a_period_begins_once) {
    failure_period p;
    BOOST_TEST(p.begin(at(0h)));
    BOOST_TEST(!p.begin(at(0h)));
    BOOST_TEST(!p.begin(at(1h)));
    p.end();
    BOOST_TEST(p.begin(at(2h)));
    p.resume(failing_record(at(0h)));
    BOOST_TEST(!p.begin(at(3h)));
    BOOST_TEST((p.known() == failing_record(at(0h))));
    // What is known is of a clock that went ahead.
    p.resume(failing_record(at(0h), at(5h)));
    BOOST_TEST(p.begin(at(4h)));
    BOOST_TEST((p.known() == failing_record(at(4h))));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_disables_nobody) {
    failure_period p;
    (void)note(p, 1000h);
    BOOST_TEST((note(p, 0h) == failing_step::none));
    BOOST_TEST((p.known() == failing_record(at(0h))));
    BOOST_TEST((note(p, 95h) == failing_step::none));
}

BOOST_AUTO_TEST_CASE(a_notice_longer_than_the_period_is_given_at_once) {
    failure_period p;
    BOOST_TEST((note(p, at(0h), 10h, 24h) == failing_step::warn));
    BOOST_TEST((p.disabled_at(10h, 24h) == at(10h)));
    BOOST_TEST((note(p, at(10h), 10h, 24h) == failing_step::disable));
}

BOOST_AUTO_TEST_SUITE_END()
