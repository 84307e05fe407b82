// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/retry/failing_records.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::steady_time;
using posthorn::uuid;
using posthorn::wall_time;
using posthorn::detail::failing_change;
using posthorn::detail::failing_record;
using posthorn::detail::failing_records;
using posthorn::detail::failing_text;
using posthorn::detail::parse_failing_text;

uuid webhook(std::uint8_t n) {
    uuid id{};
    id.data[0] = n;
    return id;
}

uuid const a = webhook(1);
uuid const b = webhook(2);

constexpr wall_time day(int n) {
    return wall_time(std::chrono::hours(1'000'000 + 24 * n));
}

constexpr steady_time at(std::chrono::seconds s) {
    return steady_time(1h + s);
}

failing_record const began(day(0));
failing_record const warned(day(0), day(4));
std::optional<failing_record> const none;

// Writes all that is to be written now.
std::vector<failing_change> write_all(failing_records& r, steady_time now) {
    std::vector<failing_change> all;
    while (auto const next = r.next(now, false)) {
        all.push_back(*next);
        r.end(true, now);
    }
    return all;
}

using changes = std::vector<failing_change>;

} // namespace

BOOST_AUTO_TEST_SUITE(detail_failing_records)

// --- as text ---

BOOST_AUTO_TEST_CASE(a_record_comes_back_from_its_text) {
    for (auto const& r :
         {began, warned, failing_record(wall_time()), failing_record(day(1), wall_time::max())})
        BOOST_TEST((parse_failing_text(failing_text(r)) == r));
    BOOST_TEST(failing_text(failing_record(wall_time(7ns))) == "7");
    BOOST_TEST(failing_text(failing_record(wall_time(7ns), wall_time(8ns))) == "7 8");
}

BOOST_AUTO_TEST_CASE(what_is_no_record_is_none) {
    for (auto const* const text : {"", " ", "x", "1x", "1 ", "1 x", "1 2 ", "1 2 3", "1  2", " 1", "-1",
                                   "1 -2", "9223372036854775808", "1,2", "+1"})
        BOOST_TEST(!parse_failing_text(text), text);
}

// --- what is written when ---

BOOST_AUTO_TEST_CASE(a_period_is_written_three_times) {
    failing_records r;
    BOOST_TEST(r.want(a, began, at(0s)));
    BOOST_TEST(r.is_behind(a));
    BOOST_TEST(r.is_due(at(0s)));
    BOOST_TEST((write_all(r, at(0s)) == changes{{a, began}}));
    BOOST_TEST(!r.is_behind(a));
    BOOST_TEST(!r.is_due(at(1000s)));
    BOOST_TEST(!r.want(a, began, at(10s)));
    BOOST_TEST(r.want(a, warned, at(10s)));
    BOOST_TEST((write_all(r, at(10s)) == changes{{a, warned}}));
    BOOST_TEST(r.want(a, none, at(20s)));
    BOOST_TEST((write_all(r, at(20s)) == changes{{a, none}}));
    BOOST_TEST(write_all(r, at(1000s)).empty());
}

BOOST_AUTO_TEST_CASE(the_end_of_what_nobody_knows_is_not_written) {
    failing_records r;
    BOOST_TEST(!r.want(a, none, at(0s)));
    BOOST_TEST(!r.remove(b, at(0s)));
    BOOST_TEST(write_all(r, at(1000s)).empty());
    (void)r.want(a, began, at(0s));
    BOOST_TEST(!r.want(a, none, at(0s)));
    BOOST_TEST(write_all(r, at(1000s)).empty());
}

BOOST_AUTO_TEST_CASE(what_was_found_is_not_written_again_and_its_end_is) {
    failing_records r;
    r.found(a, began);
    BOOST_TEST(!r.want(a, began, at(0s)));
    BOOST_TEST(write_all(r, at(0s)).empty());
    BOOST_TEST(r.may_have(a));
    BOOST_TEST(!r.may_have(b));
    BOOST_TEST(r.want(a, none, at(0s)));
    BOOST_TEST((write_all(r, at(0s)) == changes{{a, none}}));
    BOOST_TEST(!r.may_have(a));
}

BOOST_AUTO_TEST_CASE(the_last_word_counts) {
    failing_records r;
    r.found(a, began);
    (void)r.want(a, none, at(0s));
    (void)r.want(a, warned, at(0s));
    BOOST_TEST((write_all(r, at(0s)) == changes{{a, warned}}));
}

BOOST_AUTO_TEST_CASE(one_is_written_at_a_time) {
    failing_records r;
    (void)r.want(a, began, at(0s));
    (void)r.want(b, began, at(0s));
    BOOST_TEST((r.next(at(0s), false) == failing_change(a, began)));
    BOOST_TEST(!r.next(at(0s), false));
    BOOST_TEST(!r.next(at(0s), true));
    BOOST_TEST(!r.is_due(at(0s)));
    r.end(true, at(0s));
    BOOST_TEST(r.is_due(at(0s)));
    BOOST_TEST((r.next(at(0s), false) == failing_change(b, began)));
}

BOOST_AUTO_TEST_CASE(what_changes_while_it_is_written_is_written_afterwards) {
    failing_records r;
    (void)r.want(a, began, at(0s));
    (void)r.next(at(0s), false);
    (void)r.want(a, none, at(0s));
    BOOST_TEST(r.is_behind(a));
    BOOST_TEST(r.may_have(a));
    r.end(true, at(0s));
    BOOST_TEST((write_all(r, at(0s)) == changes{{a, none}}));
}

BOOST_AUTO_TEST_CASE(what_could_not_be_written_is_written_later) {
    failing_records r;
    (void)r.want(a, began, at(0s));
    (void)r.next(at(0s), false);
    r.end(false, at(0s));
    BOOST_TEST(r.is_behind(a));
    BOOST_TEST(!r.is_due(at(0s)));
    BOOST_TEST(!r.next(at(0s), false));
    BOOST_TEST(r.is_due(at(1s)));
    BOOST_TEST((write_all(r, at(1s)) == changes{{a, began}}));
}

// A write that seemed to fail may have been made.
BOOST_AUTO_TEST_CASE(after_a_failure_the_end_is_written_too) {
    failing_records r;
    (void)r.want(a, began, at(0s));
    (void)r.next(at(0s), false);
    r.end(false, at(0s));
    (void)r.want(a, none, at(0s));
    BOOST_TEST(r.may_have(a));
    BOOST_TEST((write_all(r, at(1s)) == changes{{a, none}}));
    BOOST_TEST(!r.is_behind(a));
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_written_holds_up_no_other) {
    failing_records r;
    (void)r.want(a, began, at(0s));
    (void)r.want(b, began, at(0s));
    (void)r.next(at(0s), false);
    r.end(false, at(0s));
    BOOST_TEST((r.next(at(1s), false) == failing_change(b, began)));
    r.end(false, at(1s));
    BOOST_TEST((r.next(at(2s), false) == failing_change(a, began)));
}

BOOST_AUTO_TEST_CASE(a_webhook_that_fails_now_and_then_is_seldom_written_about) {
    failing_records r;
    std::size_t writes = 0;
    for (auto s = 0s; s != 600s; ++s) {
        (void)r.want(a, failing_record(day(0) + s), at(s));
        writes += write_all(r, at(s)).size();
        (void)r.want(a, none, at(s));
        writes += write_all(r, at(s)).size();
    }
    BOOST_TEST(writes == 20U);
}

BOOST_AUTO_TEST_CASE(the_end_is_written_at_once_and_the_next_beginning_waits) {
    failing_records r;
    (void)r.want(a, began, at(0s));
    (void)write_all(r, at(0s));
    BOOST_TEST(r.want(a, none, at(1s)));
    (void)write_all(r, at(1s));
    BOOST_TEST(!r.want(a, began, at(2s)));
    BOOST_TEST(r.is_behind(a));
    BOOST_TEST(!r.is_due(at(59s)));
    BOOST_TEST(r.is_due(at(60s)));
    BOOST_TEST((r.next(at(2s), true) == failing_change(a, began)), "nobody comes again");
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_of_a_webhook_that_is_removed) {
    failing_records r;
    r.found(a, began);
    BOOST_TEST(r.remove(a, at(0s)));
    BOOST_TEST((r.next(at(0s), false) == failing_change(a, none)));
    BOOST_TEST(r.may_have(a));
    r.end(true, at(0s));
    BOOST_TEST(!r.may_have(a));
    // One that is being written is erased afterwards.
    (void)r.want(b, began, at(0s));
    (void)r.next(at(0s), false);
    (void)r.remove(b, at(0s));
    r.end(true, at(0s));
    BOOST_TEST((write_all(r, at(0s)) == changes{{b, none}}));
    BOOST_TEST(!r.may_have(b));
}

BOOST_AUTO_TEST_SUITE_END()
