// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/text/masking.hpp>

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

BOOST_AUTO_TEST_CASE(an_escaped_value_is_masked) {
    BOOST_TEST(masked(R"(4f9QkA\/zz0\u002bLm3XhT7vR)") == "***");
    BOOST_TEST(masked("https://elsewhere/?t=4f9QkA%2Fzz0%2BLm3XhT7vR%3D%3D") ==
               "https://elsewhere/?t=***%3D%3D");
    constexpr std::string_view quoted = "X-Pass: a\"b<c'&\\ d\r\n";
    for (auto const* const form :
         {"a\"b<c'&\\ d", R"(a\"b<c'&\\ d)", R"(a\u0022b\u003Cc'&\\ d)", "a&quot;b&lt;c&#39;&amp;\\ d",
          "a&#x22;b&#60;c&apos;&amp;&#92; d", "a%22b%3Cc%27%26%5c+d", "a%22b%3cc%27%26%5C%20d"})
        BOOST_TEST(masked("got " + std::string(form) + "!", quoted) == "got ***!");
}

// What another way of escaping leaves of it.
BOOST_AUTO_TEST_CASE(a_long_run_of_letters_and_digits_is_masked_by_itself) {
    BOOST_TEST(masked("4f9QkA (zz0 and) Lm3XhT7vR") == "4f9QkA (zz0 and) ***");
}

BOOST_AUTO_TEST_CASE(one_that_breaks_off_at_the_end_is_masked) {
    BOOST_TEST(masked("you said 4f9QkA/zz0+Lm") == "you said ***");
    BOOST_TEST(masked("you said 4f9QkA/z") == "you said ***");
    BOOST_TEST(masked("you said 4f9QkA/") == "you said 4f9QkA/");
    BOOST_TEST(masked("4f9QkA/zz0+Lm was what you said") == "4f9QkA/zz0+Lm was what you said");
    BOOST_TEST(masked("your PIN is 12") == "your PIN is **");
    BOOST_TEST(masked("you need a Bearer") == "you need a Bearer");
}

BOOST_AUTO_TEST_CASE(a_short_secret_is_masked_too) {
    BOOST_TEST(masked("your PIN is 1234, or pin1234.") == "your PIN is ***, or pin***.");
    BOOST_TEST(masked("a b12 c", "X-Pin: b\r\n") == "a *12 c");
    BOOST_TEST(masked("<b>abc</b>", "Authorization: Bearer abc\r\n") == "<b>***</b>");
    BOOST_TEST(masked("token=abc&x", "X-Auth: Token abc\r\n") == "token=***&x");
    BOOST_TEST(masked("no horse, no correct one", "X-Pass: correct horse\r\n") == "no ***, no *** one");
    BOOST_TEST(masked("sid is q7, dark it is", "Cookie: sid=q7; theme=dark\r\n") == "sid is **, *** it is");
    // A few bytes stand in words by chance.
    BOOST_TEST(masked("Aq7b, status 401", "Cookie: sid=q7; v=1\r\n") == "Aq7b, status 401");
}

BOOST_AUTO_TEST_CASE(basic_credentials_are_masked_as_what_they_encode) {
    // us:correct horse
    constexpr std::string_view basic = "Authorization: Basic dXM6Y29ycmVjdCBob3JzZQ==\r\n";
    BOOST_TEST(masked("you are us:correct horse", basic) == "you are ***");
    BOOST_TEST(masked("us, not with correct horse", basic) == "us, not with ***");
    BOOST_TEST(masked("us, not with correct+horse or correct%20horse", basic) == "us, not with *** or ***");
    BOOST_TEST(masked("dXM6Y29ycmVjdCBob3JzZQ==", basic) == "***==");
    BOOST_TEST(masked("you may not, us", basic) == "you may not, us");
    // us:pw, without padding; ab: with a user who is the secret, as for some API keys; a:b%2Fc, as in a URL.
    BOOST_TEST(masked("us:pw, pw", "X-Auth: basic dXM6cHc\r\n") == "***, **");
    BOOST_TEST(masked("the key sk_1 is", "Authorization: Basic c2tfMTo=\r\n") == "the key *** is");
    BOOST_TEST(masked("a:b%2Fc b/c b%2fc", "Authorization: Basic YTpiJTJGYw==\r\n") == "*** *** ***");
    BOOST_TEST(masked("Basic, us", "Authorization: Basic \r\n") == "Basic, us");
}

BOOST_AUTO_TEST_CASE(a_percent_encoded_value_is_masked_decoded_too) {
    constexpr std::string_view secrets = "X-Token: a%2Fb%3Dc%\r\n";
    BOOST_TEST(masked("you said a/b=c% or a%2fb%3dc%", secrets) == "you said *** or ***");
    BOOST_TEST(masked("sid is x y", "Cookie: sid=x%20y\r\n") == "sid is ***");
}

BOOST_AUTO_TEST_CASE(what_is_no_secret_stays) {
    BOOST_TEST(masked("Bearer of a session") == "Bearer of a session");
    BOOST_TEST(masked("") == "");
    BOOST_TEST(masked("Bearer 4f9QkA/zz0+Lm3XhT7vR==", "") == "Bearer 4f9QkA/zz0+Lm3XhT7vR==");
    BOOST_TEST(masked("anything", "X-Token: \r\n") == "anything");
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
