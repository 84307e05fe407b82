// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/header_rules.hpp>

#include "../../support/catalogue.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <string_view>

namespace {

using posthorn::check_header;
using posthorn::header_error;

std::string verdict(std::string_view name, std::string_view value) {
    auto const error = check_header(name, value);
    if (!error)
        return "accept";
    switch (*error) {
    case header_error::name:
        return "reject:name";
    case header_error::value:
        return "reject:value";
    case header_error::reserved:
        return "reject:reserved";
    case header_error::limit:
        return "reject:limit";
    }
    return "?";
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_header_rules)

BOOST_AUTO_TEST_CASE(gives_the_verdicts_of_the_catalogue) {
    posthorn::test::claimed_entries claimed("model_header_rules");
    claimed.each([&](std::string const&, boost::json::object const& entry) {
        auto const& field = entry.at("input").as_object();
        std::string text(posthorn::test::text_of(field, "value"));
        if (text.starts_with("hex:"))
            text = posthorn::test::bytes_of_hex(std::string_view(text).substr(4));
        BOOST_TEST(verdict(posthorn::test::text_of(field, "name"), text) == claimed.expected(entry));
    });
    BOOST_TEST(claimed.all().size() == 41U);
}

BOOST_AUTO_TEST_CASE(a_name_is_a_token) {
    std::string_view const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                     "!#$%&'*+-.^_`|~";
    for (int byte = 0; byte != 256; ++byte) {
        std::string const name = std::string("x") + static_cast<char>(byte) + 'x';
        BOOST_TEST_CONTEXT("byte " << byte) {
            BOOST_TEST(posthorn::header_name_ok(name) ==
                       (allowed.find(static_cast<char>(byte)) != std::string_view::npos));
        }
    }
    BOOST_TEST(!posthorn::header_name_ok(""));
}

BOOST_AUTO_TEST_CASE(a_value_is_visible_ascii_with_blanks_inside) {
    for (int byte = 0; byte != 256; ++byte) {
        auto const c = static_cast<char>(byte);
        bool const visible = byte >= 0x21 && byte <= 0x7e;
        BOOST_TEST_CONTEXT("byte " << byte) {
            BOOST_TEST(posthorn::header_value_ok(std::string("x") + c + 'x') ==
                       (visible || c == ' ' || c == '\t'));
            BOOST_TEST(posthorn::header_value_ok(std::string(1, c)) == visible);
            BOOST_TEST(posthorn::header_value_ok(std::string(1, c) + 'x') == visible);
            BOOST_TEST(posthorn::header_value_ok(std::string("x") + c) == visible);
        }
    }
    BOOST_TEST(posthorn::header_value_ok(""));
}

BOOST_AUTO_TEST_CASE(lengths_are_limited) {
    BOOST_TEST(verdict(std::string(256, 'n'), "v") == "accept");
    BOOST_TEST(verdict(std::string(257, 'n'), "v") == "reject:limit");
    BOOST_TEST(!posthorn::header_name_ok(std::string(257, 'n')));
    BOOST_TEST(verdict("X-A", std::string(4096, 'v')) == "accept");
    BOOST_TEST(verdict("X-A", std::string(4097, 'v')) == "reject:limit");
    BOOST_TEST(!posthorn::header_value_ok(std::string(4097, 'v')));
    BOOST_TEST(posthorn::max_header_block_size == 16384U);
    BOOST_TEST(posthorn::max_header_fields == 64U);
}

BOOST_AUTO_TEST_CASE(reserved_names_are_reserved_in_any_case) {
    for (std::string_view const name :
         {"Host", "Content-Length", "Transfer-Encoding", "TE", "Connection", "Upgrade", "HTTP2-Settings",
          "Trailer", "Keep-Alive", "Content-Encoding", "EXPECT", "proxy-connection", "Proxy-",
          "Webhook-Anything", "WEBHOOK-SIGNATURE"})
        BOOST_TEST(verdict(name, "x") == "reject:reserved", name);
    for (std::string_view const name : {"User-Agent", "Content-Type", "Accept", "Authorization", "X-Host",
                                        "Hosts", "X-Webhook-Id", "Webhook", "Proxy", "TEA", "Date"})
        BOOST_TEST(verdict(name, "x") == "accept", name);
}

BOOST_AUTO_TEST_CASE(secret_names_are_secret_in_any_case) {
    for (std::string_view const name : {"Authorization", "AUTHORIZATION", "Proxy-Authorization", "cookie",
                                        "X-Api-Key", "x-auth-token", "X-Client-SECRET", "-Key"})
        BOOST_TEST(posthorn::header_is_secret(name), name);
    for (std::string_view const name : {"X-Authorization", "Set-Cookie", "Cookies", "Key", "Monkey",
                                        "X-Tokens", "X-Key-Id", "Content-Type", ""})
        BOOST_TEST(!posthorn::header_is_secret(name), name);
}

BOOST_AUTO_TEST_CASE(describes_every_error_with_a_sentence_of_its_own) {
    std::set<std::string_view> sentences;
    for (auto const e :
         {header_error::name, header_error::value, header_error::reserved, header_error::limit})
        for (auto const in : {posthorn::language::english, posthorn::language::french}) {
            sentences.insert(posthorn::describe(e, in));
            BOOST_TEST(posthorn::describe(e, in).ends_with('.'));
        }
    BOOST_TEST(sentences.size() == 8U);
    BOOST_TEST(posthorn::describe(header_error::reserved) ==
               "This header is set by the sender itself: leave it out.");
    BOOST_TEST(posthorn::describe(header_error::reserved, posthorn::language::french) ==
               "Cet en-tête est défini par l'émetteur lui-même : omettez-le.");
}

BOOST_AUTO_TEST_SUITE_END()
