// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/text/real_number.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace {

using posthorn::detail::real_number;
using posthorn::detail::real_number_by_strtod;

// By the standard library of this build, and by what stands in for it elsewhere.
void check(std::string_view text, std::optional<double> expected) {
    BOOST_TEST_CONTEXT(text) {
        for (auto const& read : {real_number(text), real_number_by_strtod(text)}) {
            BOOST_TEST((read == expected));
            BOOST_TEST((!read || std::signbit(*read) == std::signbit(*expected)));
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_real_number)

BOOST_AUTO_TEST_CASE(the_whole_text_is_a_number) {
    check("0", 0.0);
    check("-0", -0.0);
    check("1.5", 1.5);
    check("-1.5", -1.5);
    check(".5", 0.5);
    check("5.", 5.0);
    check("1e2", 100.0);
    check("1E+2", 100.0);
    check("25e-2", 0.25);
    check("007.50", 7.5);
    using namespace std::string_view_literals;
    for (auto const no :
         {""sv,     " 1"sv,  "1 "sv,     "+1"sv,       "1,5"sv, "1.5.2"sv,  "1e"sv,      "1e+"sv,
          "e5"sv,   "."sv,   "-"sv,      "--1"sv,      "- 1"sv, "0x10"sv,   "1x"sv,      "inf"sv,
          "-inf"sv, "nan"sv, "nan(1)"sv, "infinity"sv, "1\0"sv, "1\0002"sv, "\xd9\xa1"sv})
        check(no, std::nullopt);
}

BOOST_AUTO_TEST_CASE(the_nearest_double_and_none_beyond_the_range) {
    using limits = std::numeric_limits<double>;
    check("1.7976931348623157e308", limits::max());
    check("1.7976931348623159e308", std::nullopt);
    check("-1e309", std::nullopt);
    check("1e999999999999", std::nullopt);
    check("2.2250738585072014e-308", limits::min());
    check("4.9406564584124654e-324", limits::denorm_min());
    check("2e-324", std::nullopt);
    check("0e-999999", 0.0);
    check("0." + std::string(400, '0') + "1e401", 1.0);
    check("1" + std::string(400, '0'), std::nullopt);
    // Half-way between two doubles: the even one, unless a digit far behind decides.
    check("9007199254740993", 9007199254740992.0);
    check("9007199254740993." + std::string(800, '0') + "1", 9007199254740994.0);
    check("2.2250738585072011e-308", 0x0.fffffffffffffp-1022);
}

BOOST_AUTO_TEST_CASE(what_is_printed_is_read_as_it_was) {
    std::mt19937_64 random(1);
    std::array<char, 32> digits;
    for (int i = 0; i != 20'000; ++i) {
        auto const n = std::bit_cast<double>(random());
        if (!std::isfinite(n))
            continue;
        auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
        std::string_view const text(digits.data(), static_cast<std::size_t>(end - digits.data()));
        BOOST_REQUIRE((real_number(text) == n));
        BOOST_REQUIRE((real_number_by_strtod(text) == n));
    }
}

BOOST_AUTO_TEST_SUITE_END()
