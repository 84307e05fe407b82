// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/retry/retry_after.hpp>

#include "../../support/catalogue.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::duration;
using posthorn::max_retry_after;

constexpr posthorn::wall_time at(int year, unsigned month, unsigned day, duration time = 0s) {
    return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) +
           time;
}

// Sunday, 6 November 1994, one minute before the examples of RFC 9110.
constexpr auto then = at(1994, 11, 6, 8h + 48min + 37s);

std::optional<duration> parse(std::string_view value, posthorn::wall_time now = then) {
    return posthorn::parse_retry_after(value, now);
}

} // namespace

BOOST_AUTO_TEST_SUITE(retry_retry_after)

BOOST_AUTO_TEST_CASE(reads_seconds) {
    BOOST_TEST((parse("0") == 0s));
    BOOST_TEST((parse("120") == 120s));
    BOOST_TEST((parse("000120") == 120s));
    BOOST_TEST((parse("86400") == 24h));
    BOOST_TEST((parse("315359999") == max_retry_after - 1s));
    BOOST_TEST((parse("315360000") == max_retry_after));
    BOOST_TEST((parse(std::string(63, '0') + '7') == 7s));
}

BOOST_AUTO_TEST_CASE(cuts_what_is_beyond_ten_years) {
    for (std::string_view const value :
         {"315360001", "4294967296", "9223372036854775808", "18446744073709551616", "99999999999999999999"})
        BOOST_TEST((parse(value) == max_retry_after), value);
    BOOST_TEST((parse(std::string(64, '9')) == max_retry_after));
    BOOST_TEST((parse("Fri, 31 Dec 9999 23:59:59 GMT") == max_retry_after));
}

BOOST_AUTO_TEST_CASE(ignores_what_is_not_seconds) {
    for (std::string_view const value : {"", " ", "-1", "+1", "1.5", "1e300", "inf", "nan", "0x10", " 1",
                                         "1 ", "1s", "1,2", "60, 7200", "1\n", "\xd9\xa1"})
        BOOST_TEST(!parse(value).has_value(), value);
    BOOST_TEST(!parse(std::string(65, '0')).has_value());
    BOOST_TEST(!parse(std::string(4096, '9')).has_value());
    BOOST_TEST(!parse(std::string_view("1\0", 2)).has_value());
}

BOOST_AUTO_TEST_CASE(reads_the_three_forms_of_a_date) {
    for (std::string_view const value : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                         "Sun Nov  6 08:49:37 1994", "Sun Nov 06 08:49:37 1994"})
        BOOST_TEST((parse(value) == 1min), value);
    BOOST_TEST((parse("Mon Nov 14 08:48:37 1994") == 8 * 24h));
    BOOST_TEST((parse("Thu, 29 Feb 1996 00:00:00 GMT", at(1996, 2, 28)) == 24h));
}

BOOST_AUTO_TEST_CASE(counts_from_now_to_the_nanosecond) {
    std::string_view const value = "Sun, 06 Nov 1994 08:49:37 GMT";
    BOOST_TEST((parse(value, then + 1ns) == 1min - 1ns));
    BOOST_TEST((parse(value, then + 1min - 1ns) == 1ns));
    BOOST_TEST((parse(value, then + 1min) == 0s));
    BOOST_TEST((parse(value, then + 1min + 1ns) == 0s));
    BOOST_TEST((parse("Sun, 06 Nov 1994 08:49:60 GMT") == 83s));
}

BOOST_AUTO_TEST_CASE(dates_of_the_past_give_zero) {
    for (std::string_view const value : {"Thu, 01 Jan 1970 00:00:00 GMT", "Sat, 05 Nov 1994 08:49:37 GMT",
                                         "Mon Jan  1 00:00:00 1601", "Sat, 01 Jan 0000 00:00:00 GMT"})
        BOOST_TEST((parse(value) == 0s), value);
}

BOOST_AUTO_TEST_CASE(works_at_the_ends_of_time) {
    BOOST_TEST((parse("Fri, 31 Dec 9999 23:59:59 GMT", posthorn::wall_time::min()) == max_retry_after));
    BOOST_TEST((parse("Sat, 01 Jan 0000 00:00:00 GMT", posthorn::wall_time::max()) == 0s));
    // 2294 at the end of this clock: a Tuesday, so the Sunday of the text is no date of that year.
    BOOST_TEST(!parse("Sunday, 06-Nov-94 08:49:37 GMT", posthorn::wall_time::max()).has_value());
    BOOST_TEST((parse("Tuesday, 06-Nov-94 08:49:37 GMT", posthorn::wall_time::max()) == max_retry_after));
}

BOOST_AUTO_TEST_CASE(a_year_of_two_digits_is_at_most_fifty_years_ahead) {
    auto const now = at(2026, 9, 1);
    // 2076 is fifty years ahead, 2077 would be more and is 1977.
    BOOST_TEST((parse("Tuesday, 01-Sep-76 00:00:00 GMT", now) == max_retry_after));
    BOOST_TEST((parse("Thursday, 01-Sep-77 00:00:00 GMT", now) == 0s));
    BOOST_TEST((parse("Wednesday, 02-Sep-26 00:00:00 GMT", now) == 24h));
    BOOST_TEST((parse("Friday, 01-Jan-00 00:00:00 GMT", at(2099, 12, 31)) == 24h));
}

BOOST_AUTO_TEST_CASE(ignores_what_is_not_a_date) {
    for (std::string_view const value : {
             "31 Dec 2026",
             "Sun, 06 Nov 1994 08:49:37",
             "Sun, 06 Nov 1994 08:49:37 UTC",
             "Sun, 06 Nov 1994 08:49:37 +0000",
             "Sun, 06 Nov 1994 08:49:37 GMT ",
             " Sun, 06 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 1994  08:49:37 GMT",
             "Sun,06 Nov 1994 08:49:37 GMT",
             "sun, 06 nov 1994 08:49:37 gmt",
             "Sun, 6 Nov 1994 08:49:37 GMT",
             "Sun,  6 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 94 08:49:37 GMT",
             "Mon, 06 Nov 1994 08:49:37 GMT",
             "Sun, 00 Nov 1994 08:49:37 GMT",
             "Thu, 31 Nov 1994 08:49:37 GMT",
             "Wed, 29 Feb 1995 08:49:37 GMT",
             "Sun, 06 Nov 1994 24:00:00 GMT",
             "Sun, 06 Nov 1994 08:60:37 GMT",
             "Sun, 06 Nov 1994 08:49:61 GMT",
             "Sun, 06 Nov 1994 8:49:37 GMT",
             "Sun, 06 Nov +994 08:49:37 GMT",
             "Sun, 06-Nov-94 08:49:37 GMT",
             "Sunday, 06 Nov 1994 08:49:37 GMT",
             "Sunday, 06-Nov-1994 08:49:37 GMT",
             "Monday, 06-Nov-94 08:49:37 GMT",
             "Sun Nov 6 08:49:37 1994",
             "Sun Nov  6 08:49:37 1994 GMT",
             "Sun Nov  0 08:49:37 1994",
             "Sun Nov    08:49:37 1994",
             "Sun",
             "Sun, ",
         })
        BOOST_TEST(!parse(value).has_value(), value);
    // What stands behind the view is not read.
    BOOST_TEST(!parse(std::string_view("Sun Nov  6 08:49:37 1994").substr(0, 23)).has_value());
}

// What comes of it: nothing (ignored), no more than the schedule (zero), or a wait that the caller caps.
BOOST_AUTO_TEST_CASE(gives_the_verdicts_of_the_catalogue) {
    std::string const prefix = "503 with Retry-After: ";
    std::map<std::string, std::vector<std::string>> const described{
        {"4096 digits", {std::string(4096, '1')}},
        {"two fields 60 and 7200", {"60", "7200"}},
    };
    auto const now = at(2026, 9, 1);
    int entries = 0;
    for (auto const& item : posthorn::test::read_catalogue("hostile_receivers.json")) {
        auto const& entry = item.as_object();
        std::string const behaviour(posthorn::test::text_of(entry, "behaviour"));
        // A success is not asked about Retry-After.
        if (posthorn::test::text_of(entry, "group") != "retry-after" || !behaviour.starts_with(prefix))
            continue;
        ++entries;
        auto const value = behaviour.substr(prefix.size());
        auto const found = described.find(value);
        std::optional<duration> longest;
        for (auto const& field : found == described.end() ? std::vector<std::string>{value} : found->second)
            longest = std::max(longest, parse(field, now));
        auto const expect = posthorn::test::text_of(entry, "expect");
        BOOST_TEST_CONTEXT(posthorn::test::text_of(entry, "id") << ' ' << value) {
            if (expect.ends_with("ignored"))
                BOOST_TEST(!longest.has_value());
            else if (expect.ends_with("delay = schedule"))
                BOOST_TEST((longest == 0s));
            else if (expect.ends_with("clamped to cap"))
                BOOST_TEST((longest == max_retry_after));
            else
                BOOST_TEST((expect.ends_with("larger valid value, clamped") && longest == 2h));
        }
    }
    BOOST_TEST(entries == 13);
}

BOOST_AUTO_TEST_SUITE_END()
