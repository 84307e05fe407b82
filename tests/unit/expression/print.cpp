// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/print.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace {

using posthorn::append_json;
using posthorn::append_json_escaped;
using posthorn::append_plain;
using posthorn::utc_time;
using posthorn::value;
using std::chrono::microseconds;
using std::chrono::seconds;

std::string json(value const& v) {
    std::string out;
    append_json(out, v);
    return out;
}

std::string plain(value const& v) {
    std::string out;
    append_plain(out, v);
    return out;
}

std::string time_text(std::int64_t us) {
    std::string out;
    posthorn::append_timestamp(out, utc_time(microseconds{us}));
    return out;
}

std::string back(std::string_view text) {
    std::string quoted = "\"";
    append_json_escaped(quoted, text);
    quoted += '"';
    auto const parsed = boost::json::parse(quoted);
    return std::string(std::string_view(parsed.as_string()));
}

constexpr std::string_view replacement = "\xef\xbf\xbd";

} // namespace

BOOST_AUTO_TEST_SUITE(expression_print)

BOOST_AUTO_TEST_CASE(scalars_print_as_json) {
    BOOST_TEST(json(value()) == "null");
    BOOST_TEST(json(value(true)) == "true");
    BOOST_TEST(json(value(false)) == "false");
    BOOST_TEST(json(value(std::int64_t{-1})) == "-1");
    BOOST_TEST(json(value(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
    BOOST_TEST(json(value(std::numeric_limits<std::int64_t>::max())) == "9223372036854775807");
    BOOST_TEST(json(value(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615");
    BOOST_TEST(json(value(std::string_view("a\"b"))) == R"("a\"b")");
    BOOST_TEST(json(value(utc_time(seconds{0}))) == R"("1970-01-01T00:00:00Z")");
}

BOOST_AUTO_TEST_CASE(scalars_print_as_plain_text) {
    BOOST_TEST(plain(value()) == "");
    BOOST_TEST(plain(value(true)) == "true");
    BOOST_TEST(plain(value(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
    BOOST_TEST(plain(value(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615");
    BOOST_TEST(plain(value(1.5)) == "1.5");
    BOOST_TEST(plain(value(std::string_view("a\"\n\xff"))) == "a\"\n\xff");
    BOOST_TEST(plain(value(utc_time(seconds{0}))) == "1970-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(reals_survive_the_round_trip_exactly) {
    for (double const d : {0.0, 1.0, -1.5, 0.1, 1e300, -1e300, 1.7976931348623157e308,
                           2.2250738585072014e-308, 123456789.123456789, 1.0 / 3.0, 1e21, 1e-7}) {
        auto const text = json(value(d));
        BOOST_TEST(std::stod(text) == d);
        BOOST_TEST(boost::json::parse(text).is_number());
    }
    BOOST_TEST(std::signbit(std::stod(json(value(-0.0)))));
    BOOST_TEST(boost::json::parse(json(value(-0.0))).is_number());
}

BOOST_AUTO_TEST_CASE(reals_are_written_out_where_people_write_them_out) {
    std::pair<double, char const*> const all[] = {{100000.0, "100000"},
                                                  {-2.5e6, "-2500000"},
                                                  {1e15, "1000000000000000"},
                                                  {123456789012345.6, "123456789012345.6"},
                                                  {0.0001, "0.0001"},
                                                  {0.00001, "0.00001"},
                                                  {1.2345e-5, "0.000012345"},
                                                  {0.0, "0"},
                                                  {-0.0, "-0"},
                                                  {1e16, "1e+16"},
                                                  {9e-6, "9e-06"},
                                                  {5e-324, "5e-324"},
                                                  {-1.7976931348623157e308, "-1.7976931348623157e+308"}};
    for (auto const& [d, text] : all) {
        BOOST_TEST(json(value(d)) == text);
        BOOST_TEST(plain(value(d)) == text);
    }
    // From one end to the other, with all digits there are.
    for (double d = 1e-5; d < 1e15; d *= 1.7) {
        auto const text = plain(value(d));
        BOOST_TEST(text.find('e') == std::string::npos);
        BOOST_TEST(std::stod(text) == d);
    }
}

BOOST_AUTO_TEST_CASE(reals_that_are_not_finite_are_null_in_json) {
    for (double const d :
         {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
          std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::quiet_NaN()})
        BOOST_TEST(json(value(d)) == "null");
}

BOOST_AUTO_TEST_CASE(every_byte_below_blank_and_every_quote_is_escaped) {
    for (int c = 0; c != 0x80; ++c) {
        std::string const text(1, static_cast<char>(c));
        BOOST_TEST_CONTEXT("byte " << c) {
            BOOST_TEST(back(text) == text);
            std::string escaped;
            append_json_escaped(escaped, text);
            bool const must = c < 0x20 || c == '"' || c == '\\';
            BOOST_TEST((escaped.front() == '\\') == must);
        }
    }
    std::string out;
    append_json_escaped(out, std::string_view("\0\n\r\t\x1f\"\\/", 8));
    BOOST_TEST(out == R"(\u0000\n\r\t\u001f\"\\/)");
}

BOOST_AUTO_TEST_CASE(a_byte_is_escaped_wherever_it_stands) {
    for (std::size_t length = 1; length != 26; ++length)
        for (std::size_t at = 0; at != length; ++at)
            for (int c = 0; c != 256; ++c) {
                std::string text(length, 'a');
                text[at] = static_cast<char>(c);
                std::string alone;
                append_json_escaped(alone, text.substr(at, 1));
                std::string escaped;
                append_json_escaped(escaped, text);
                BOOST_TEST_REQUIRE(escaped ==
                                   std::string(at, 'a') + alone + std::string(length - at - 1, 'a'));
            }
}

BOOST_AUTO_TEST_CASE(text_in_utf_8_stays_as_it_is) {
    for (std::string_view const text :
         {"", "plain", "\xc3\xa9t\xc3\xa9", "\xf0\x9f\x93\xaf posthorn",
          // Right to left, with a mark that turns the direction.
          "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
          "\xf4\x8f\xbf\xbf", "\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80"})
        BOOST_TEST(back(text) == text);
}

BOOST_AUTO_TEST_CASE(every_byte_that_is_not_utf_8_becomes_one_replacement) {
    struct row {
        std::string_view text;
        std::size_t replacements;
        std::string_view rest;
    };
    for (auto const& row : {
             row{"\x80", 1, ""},
             row{"\xff\xfe", 2, ""},
             // Overlong.
             row{"\xc0\xaf", 2, ""},
             row{"\xc1\xbf", 2, ""},
             row{"\xe0\x80\xaf", 3, ""},
             row{"\xf0\x80\x80\xaf", 4, ""},
             // A surrogate, and beyond the last code point.
             row{"\xed\xa0\x80", 3, ""},
             row{"\xf4\x90\x80\x80", 4, ""},
             row{"\xf5\x80\x80\x80", 4, ""},
             // Cut off.
             row{"\xe2\x82", 2, ""},
             row{"\xf0\x9f\x93", 3, ""},
             row{"\xc3(", 1, "("},
             row{"\xe2\x82\"", 2, "\""},
         }) {
        BOOST_TEST_CONTEXT(row.text) {
            std::string expected;
            for (std::size_t i = 0; i != row.replacements; ++i)
                expected += replacement;
            expected += row.rest;
            BOOST_TEST(back(row.text) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(escaping_never_breaks_out_of_its_literal) {
    // All pairs of bytes: whatever stands in a field, the literal parses.
    for (int a = 0; a != 256; ++a)
        for (int b = 0; b != 256; ++b) {
            std::string quoted = "\"";
            append_json_escaped(quoted, std::string{static_cast<char>(a), static_cast<char>(b)});
            quoted += '"';
            boost::system::error_code ec;
            auto const parsed = boost::json::parse(quoted, ec);
            if (ec || !parsed.is_string())
                BOOST_FAIL("bytes " << a << ' ' << b);
        }
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(timestamps_are_rfc_3339_with_the_decimals_they_need) {
    BOOST_TEST(time_text(0) == "1970-01-01T00:00:00Z");
    BOOST_TEST(time_text(1) == "1970-01-01T00:00:00.000001Z");
    BOOST_TEST(time_text(1'000) == "1970-01-01T00:00:00.001Z");
    BOOST_TEST(time_text(120'000) == "1970-01-01T00:00:00.120Z");
    BOOST_TEST(time_text(120'001) == "1970-01-01T00:00:00.120001Z");
    BOOST_TEST(time_text(-1) == "1969-12-31T23:59:59.999999Z");
    BOOST_TEST(time_text(1'709'210'096'000'000) == "2024-02-29T12:34:56Z");
    BOOST_TEST(time_text(-62'167'219'200'000'000) == "0000-01-01T00:00:00Z");
    BOOST_TEST(time_text(253'402'300'799'999'999) == "9999-12-31T23:59:59.999999Z");
}

BOOST_AUTO_TEST_CASE(a_real_that_is_not_finite_has_no_plain_text) {
    std::string out;
    append_plain(out, value(std::numeric_limits<double>::quiet_NaN()));
    append_plain(out, value(std::numeric_limits<double>::infinity()));
    BOOST_TEST(out.empty());
}

BOOST_AUTO_TEST_CASE(printing_appends) {
    std::string out = "x";
    append_json(out, value(true));
    append_plain(out, value(std::int64_t{1}));
    append_json_escaped(out, "y");
    posthorn::append_timestamp(out, utc_time());
    BOOST_TEST(out == "xtrue1y1970-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_SUITE_END()
