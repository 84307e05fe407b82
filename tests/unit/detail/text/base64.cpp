// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/text/base64.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace {

using posthorn::detail::base64_decode;
using posthorn::detail::base64_encode;

std::string encode(std::string_view bytes) {
    std::string out;
    base64_encode(std::span(reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size()), out);
    return out;
}

struct pair {
    std::string_view bytes;
    std::string_view text;
};

// RFC 4648, section 10; then every digit of the alphabet's end.
constexpr pair pairs[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {std::string_view("\0\0\0", 3), "AAAA"},
    {"\xff\xff\xff", "////"},
    {"\xfb\xef\xbe", "++++"},
    {"\xff", "/w=="},
};

BOOST_AUTO_TEST_SUITE(detail_base64)

BOOST_AUTO_TEST_CASE(encodes_and_decodes_the_published_pairs) {
    for (auto const& [bytes, text] : pairs) {
        BOOST_TEST(encode(bytes) == text);
        std::string decoded;
        BOOST_TEST(base64_decode(text, decoded));
        BOOST_TEST(decoded == bytes);
    }
}

BOOST_AUTO_TEST_CASE(decodes_into_memory_that_is_there) {
    for (auto const& [bytes, text] : pairs) {
        BOOST_TEST(posthorn::detail::base64_decoded_size(text) == bytes.size());
        std::string memory(bytes.size() + 1, '#');
        BOOST_TEST(base64_decode(text, memory.data()));
        BOOST_TEST(memory == std::string(bytes) + '#');
    }
    for (std::string_view const odd : {"A", "AA", "AAA", "=", "AAAAA"}) {
        char memory = '#';
        BOOST_TEST(posthorn::detail::base64_decoded_size(odd) == 0U);
        BOOST_TEST(!base64_decode(odd, &memory));
        BOOST_TEST(memory == '#');
    }
}

BOOST_AUTO_TEST_CASE(every_byte_survives_at_every_position_and_length) {
    std::string bytes;
    for (int i = 0; i != 256; ++i)
        bytes.push_back(static_cast<char>(i));
    for (std::size_t skip = 0; skip != 3; ++skip)
        for (std::size_t length = 0; length + skip <= bytes.size(); ++length) {
            auto const part = std::string_view(bytes).substr(skip, length);
            auto const text = encode(part);
            std::string decoded;
            BOOST_REQUIRE(text.size() == (length + 2) / 3 * 4);
            BOOST_REQUIRE(base64_decode(text, decoded));
            BOOST_REQUIRE(decoded == part);
        }
}

BOOST_AUTO_TEST_CASE(encoding_appends) {
    std::string out = "v1,";
    unsigned char const bytes[] = {'f', 'o'};
    base64_encode(bytes, out);
    BOOST_TEST(out == "v1,Zm8=");
}

BOOST_AUTO_TEST_CASE(decoding_replaces) {
    std::string out = "a longer text than what comes";
    BOOST_TEST(base64_decode("Zm8=", out));
    BOOST_TEST(out == "fo");
    BOOST_TEST(base64_decode("", out));
    BOOST_TEST(out == "");
}

BOOST_AUTO_TEST_CASE(malformed_text_is_refused) {
    constexpr std::string_view malformed[] = {
        "Z",      "Zg",           "Zg=",      "Zm8",
        "Zm9vZ",  "Z===",         "====",     "==",
        "=",      "Zg==Zg==",     "Zm8=Zm9v", "Zg==\n",
        "Zm9v\n", "Zm9v\r\n\r\n", " Zm9",     "Zm 9",
        "Zm-_",   "-___",         "Zm9\x80",  std::string_view("Zm9\0", 4),
        "Z=9v",   "Zm=v",         "Zm.v",     "Zm,v",
    };
    for (auto const text : malformed) {
        std::string out;
        BOOST_TEST(!base64_decode(text, out), "accepted: " << text);
    }
}

BOOST_AUTO_TEST_CASE(stray_bits_in_the_last_digit_are_refused) {
    std::string out;
    BOOST_TEST(base64_decode("Zg==", out));
    for (auto const text : {"Zh==", "Zi==", "Zo==", "Zv=="})
        BOOST_TEST(!base64_decode(text, out), "accepted: " << text);
    BOOST_TEST(base64_decode("Zm8=", out));
    for (auto const text : {"Zm9=", "Zm+="})
        BOOST_TEST(!base64_decode(text, out), "accepted: " << text);
}

BOOST_AUTO_TEST_CASE(no_other_byte_is_a_digit) {
    int digits = 0;
    for (int i = 0; i != 256; ++i) {
        std::string text = "AAA";
        text.push_back(static_cast<char>(i));
        std::string out;
        // "AAA=" is two bytes and padding, not a digit.
        digits += base64_decode(text, out) && out.size() == 3;
    }
    BOOST_TEST(digits == 64);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
