// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/masking.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace {

using posthorn::exchange;

constexpr std::string_view fields = "Authorization: Bearer 4f9QkA/zz0+Lm3XhT7vR==\r\n"
                                    "Cookie: session=s3cr3ts3cr3t; theme=dark\r\n"
                                    "X-Pin: 1234\r\n";

std::string masked(std::string text, std::string_view secrets = fields) {
    exchange x;
    x.response.excerpt = std::move(text);
    posthorn::detail::mask_secrets(x, secrets);
    return x.response.excerpt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_masking)

BOOST_AUTO_TEST_CASE(a_value_is_masked_wherever_it_stands) {
    BOOST_TEST(masked("Bearer 4f9QkA/zz0+Lm3XhT7vR==") == "***");
    BOOST_TEST(masked("you said Bearer 4f9QkA/zz0+Lm3XhT7vR==, twice: Bearer 4f9QkA/zz0+Lm3XhT7vR==.") ==
               "you said ***, twice: ***.");
    BOOST_TEST(masked("session=s3cr3ts3cr3t; theme=dark") == "***");
}

BOOST_AUTO_TEST_CASE(it_is_masked_without_its_scheme_or_its_name_too) {
    BOOST_TEST(masked("token 4f9QkA/zz0+Lm3XhT7vR is wrong") == "token *** is wrong");
    BOOST_TEST(masked("{\"session\": \"s3cr3ts3cr3t\"}") == "{\"session\": \"***\"}");
}

// What another way of escaping leaves of it.
BOOST_AUTO_TEST_CASE(a_long_run_of_letters_and_digits_is_masked_by_itself) {
    BOOST_TEST(masked("4f9QkA\\/zz0\\u002bLm3XhT7vR") == "4f9QkA\\/zz0\\u002b***");
    BOOST_TEST(masked("https://elsewhere/?t=4f9QkA%2Fzz0%2BLm3XhT7vR%3D%3D") ==
               "https://elsewhere/?t=4f9QkA%2Fzz0%2B***%3D%3D");
}

BOOST_AUTO_TEST_CASE(one_that_breaks_off_at_the_end_is_masked) {
    BOOST_TEST(masked("you said 4f9QkA/zz0+Lm") == "you said ***");
    BOOST_TEST(masked("you said 4f9QkA/z") == "you said ***");
    BOOST_TEST(masked("you said 4f9QkA/") == "you said 4f9QkA/");
    BOOST_TEST(masked("4f9QkA/zz0+Lm was what you said") == "4f9QkA/zz0+Lm was what you said");
}

BOOST_AUTO_TEST_CASE(what_is_short_or_no_secret_stays) {
    BOOST_TEST(masked("your PIN is 1234, Bearer of a dark theme") ==
               "your PIN is 1234, Bearer of a dark theme");
    BOOST_TEST(masked("") == "");
    BOOST_TEST(masked("Bearer 4f9QkA/zz0+Lm3XhT7vR==", "") == "Bearer 4f9QkA/zz0+Lm3XhT7vR==");
}

BOOST_AUTO_TEST_CASE(no_text_of_an_exchange_is_forgotten) {
    exchange x;
    x.response.status = 500;
    for (auto* const text :
         {&x.response.excerpt, &x.response.location, &x.response.retry_after, &x.detail, &x.log_detail})
        *text = "it was s3cr3ts3cr3t!";
    posthorn::detail::mask_secrets(x, fields);
    for (auto const* const text :
         {&x.response.excerpt, &x.response.location, &x.response.retry_after, &x.detail, &x.log_detail})
        BOOST_TEST(*text == "it was ***!");
    BOOST_TEST(x.response.status == 500);
}

BOOST_AUTO_TEST_SUITE_END()
