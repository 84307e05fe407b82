// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/model/url.hpp>

#include "../../support/catalogue.hpp"

#include <boost/asio/ip/address_v6.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using posthorn::parse_url;
using posthorn::url_error;

std::string verdict(std::string_view text) {
    auto const parsed = parse_url(text);
    if (parsed.has_value())
        return "ok";
    static std::map<url_error, std::string> const names{
        {url_error::syntax, "syntax"}, {url_error::scheme, "scheme"}, {url_error::userinfo, "userinfo"},
        {url_error::host, "host"},     {url_error::port, "port"},     {url_error::too_long, "too_long"}};
    return names.at(parsed.error());
}

} // namespace

static_assert(!std::is_aggregate_v<posthorn::url>);
static_assert(std::is_nothrow_move_constructible_v<posthorn::url>);

BOOST_AUTO_TEST_SUITE(model_url)

BOOST_AUTO_TEST_CASE(takes_a_url_apart) {
    struct row {
        std::string_view text;
        bool https;
        std::string_view host;
        unsigned port;
        bool is_address;
        std::string_view target;
        std::string_view authority;
    };
    for (auto const& row : {
             row{"https://example.com/a/b?c=d", true, "example.com", 443, false, "/a/b?c=d", "example.com"},
             row{"http://example.com", false, "example.com", 80, false, "/", "example.com"},
             row{"HTTPS://EXAMPLE.Com/Path", true, "example.com", 443, false, "/Path", "example.com"},
             row{"https://example.com?q", true, "example.com", 443, false, "/?q", "example.com"},
             row{"https://example.com?", true, "example.com", 443, false, "/?", "example.com"},
             row{"https://example.com?@evil.com/", true, "example.com", 443, false, "/?@evil.com/",
                 "example.com"},
             row{"https://example.com./x", true, "example.com", 443, false, "/x", "example.com"},
             row{"https://example.com:443/", true, "example.com", 443, false, "/", "example.com"},
             row{"http://example.com:443/", false, "example.com", 443, false, "/", "example.com:443"},
             row{"https://example.com:80/", true, "example.com", 80, false, "/", "example.com:80"},
             row{"https://example.com:65535/", true, "example.com", 65535, false, "/", "example.com:65535"},
             row{"https://_a.b_c.example/", true, "_a.b_c.example", 443, false, "/", "_a.b_c.example"},
             row{"https://localhost:8080/", true, "localhost", 8080, false, "/", "localhost:8080"},
             row{"https://192.0.2.7:8443/", true, "192.0.2.7", 8443, true, "/", "192.0.2.7:8443"},
             row{"https://[2001:DB8::1]/", true, "2001:db8::1", 443, true, "/", "[2001:db8::1]"},
             row{"https://[2001:db8::1]:8443/x", true, "2001:db8::1", 8443, true, "/x", "[2001:db8::1]:8443"},
             row{"https://a.b/%2e%2E//..;x=1,2!$&'()*+:@", true, "a.b", 443, false,
                 "/%2e%2E//..;x=1,2!$&'()*+:@", "a.b"},
         }) {
        BOOST_TEST_CONTEXT(row.text) {
            auto const parsed = parse_url(row.text);
            BOOST_TEST_REQUIRE(parsed.has_value());
            BOOST_TEST(parsed->https() == row.https);
            BOOST_TEST(parsed->host() == row.host);
            BOOST_TEST(parsed->port() == row.port);
            BOOST_TEST(parsed->is_address() == row.is_address);
            BOOST_TEST(parsed->target() == row.target);
            BOOST_TEST(parsed->authority() == row.authority);
        }
    }
}

BOOST_AUTO_TEST_CASE(names_what_is_wrong) {
    struct row {
        std::string_view text;
        std::string_view verdict;
    };
    for (auto const& row : std::vector<row>{
             {"example.com:8080/hook", "scheme"},
             {"1http://example.com/", "syntax"},
             {"://example.com/", "syntax"},
             {"https:/example.com/", "syntax"},
             {"https://example.com/#", "syntax"},
             {"https://example.com#x", "syntax"},
             {"https://example.com/[x]", "syntax"},
             {"https://example.com/?a[]=1", "syntax"},
             {"https://example.com/\"", "syntax"},
             {"https://example.com/{id}", "syntax"},
             {"https://example.com/\x7f", "syntax"},
             {"https://example.com/%", "syntax"},
             {"https://example.com/%4", "syntax"},
             {"https://example.com/%41%", "syntax"},
             {"https://example.com/?%g1", "syntax"},
             {"https://[::1", "syntax"},
             {"https://exa[mple.com/", "syntax"},
             {"https://example.com]/", "syntax"},
             {"https://example.com:8[0/", "syntax"},
             {"https://user:password@example.com/", "userinfo"},
             {"https://example.com:/", "port"},
             {"https://example.com:0/", "port"},
             {"https://example.com:65536/", "port"},
             {"https://example.com:+80/", "port"},
             {"https://[2001:db8::1]:/", "port"},
             {"https://", "host"},
             {"https:///x", "host"},
             {"https://:8080/", "host"},
             {"https://?q", "host"},
             {"https://.example.com/", "host"},
             {"https://-a.example.com/", "host"},
             {"https://a!.example.com/", "host"},
             {"https://1.2.3.4.5/", "host"},
             {"https://1.2.3/", "host"},
             {"https://256.2.3.4/", "host"},
             {"https://1.2.3.256/", "host"},
             {"https://example.1/", "host"},
             {"https://example.0X1F/", "host"},
             {"https://example.0x/", "host"},
             {"https://1.2.3.4./", "host"},
         })
        BOOST_TEST_CONTEXT(row.text) {
            BOOST_TEST(verdict(row.text) == row.verdict);
        }
}

BOOST_AUTO_TEST_CASE(knows_the_limits_of_names) {
    std::string const label63(63, 'a');
    auto const long_name = label63 + '.' + label63 + '.' + label63 + '.';
    BOOST_TEST(verdict("https://" + label63 + ".com/") == "ok");
    BOOST_TEST(verdict("https://" + label63 + "a.com/") == "host");
    BOOST_TEST(verdict("https://" + long_name + std::string(61, 'b') + '/') == "ok");
    BOOST_TEST(verdict("https://" + long_name + std::string(61, 'b') + "./") == "ok");
    BOOST_TEST(verdict("https://" + long_name + std::string(62, 'b') + '/') == "host");
}

BOOST_AUTO_TEST_CASE(counts_bytes_up_to_2048) {
    std::string const base = "https://example.com/";
    BOOST_TEST(verdict(base + std::string(2048 - base.size(), 'a')) == "ok");
    BOOST_TEST(verdict(base + std::string(2049 - base.size(), 'a')) == "too_long");
}

BOOST_AUTO_TEST_CASE(reads_nothing_behind_the_text) {
    std::string_view const text = "https://example.com/%41";
    BOOST_TEST(verdict(text) == "ok");
    BOOST_TEST(verdict(text.substr(0, text.size() - 1)) == "syntax");
    BOOST_TEST(verdict(text.substr(0, text.size() - 2)) == "syntax");
}

// The bytes of RFC 3986 without '#', whatever stands around them.
BOOST_AUTO_TEST_CASE(refuses_every_byte_that_is_not_in_the_grammar) {
    std::string_view const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                     "-._~:/?@!$&'()*+,;=";
    for (int byte = 0; byte != 256; ++byte) {
        auto const c = static_cast<char>(byte);
        BOOST_TEST_CONTEXT("byte " << byte) {
            BOOST_TEST(parse_url(std::string("https://example.com/a") + c).has_value() ==
                       (allowed.find(c) != std::string_view::npos));
        }
    }
}

BOOST_AUTO_TEST_CASE(accepts_a_labels_that_decode) {
    for (std::string_view const label :
         {"xn--xample-9ua", "xn--e1afmkfd", "xn--p1ai", "xn--zckzah", "xn--fiqs8s", "xn--mgbaam7a8h",
          "xn--bcher-kva", "xn--ls8h", "XN--BCHER-KVA", "xn--a-b-kva9d", "xn--dn32g", "xn--jhqm",
          // The samples of RFC 3492 that fit into a label.
          "xn--egbpdaj6bu4bxfgehfvwxn", "xn--ihqwcrb4cv8a8dqg056pqjye", "xn--proprostnemluvesky-uyb24dma41a",
          "xn--4dbcagdahymbxekheh6e0a7fei0b", "xn--i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd",
          "xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l",
          "xn--porqunopuedensimplementehablarenespaol-fmd56a",
          "xn--tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g"})
        BOOST_TEST_CONTEXT(label) {
            BOOST_TEST(verdict("https://" + std::string(label) + ".com/") == "ok");
        }
}

BOOST_AUTO_TEST_CASE(refuses_labels_that_only_look_like_a_labels) {
    for (std::string_view const label :
         {"xn--", "xn---", "xn--a-", "xn---kva", "xn--a", "xn--zzzzzzzzzzzz", "xn--99999999", "xn--bcher-kv",
          "xn--b_cher-kva", "xn--kva-", "xn--en32g", "ab--cd", "xm--bcher-kva"})
        BOOST_TEST_CONTEXT(label) {
            BOOST_TEST(verdict("https://" + std::string(label) + ".com/") == "host");
        }
}

// Boost.Asio's inet_pton is the second opinion; what it knows beyond ours is the zone.
BOOST_AUTO_TEST_CASE(agrees_with_the_system_about_ipv6) {
    std::mt19937 random(20260901);
    std::array<std::string_view, 14> const pieces{":", "::",  "0",         "1",     "ffff",     "12345", "",
                                                  "G", "A0b", "127.0.0.1", "1.2.3", "01.2.3.4", "9999",  "f"};
    std::size_t valid = 0;
    for (int i = 0; i != 200'000; ++i) {
        std::string text;
        for (auto left = random() % 17; left != 0; --left) {
            text += pieces[random() % 3 == 0 ? random() % pieces.size() : 2 + random() % 3];
            text += random() % 8 == 0 ? "" : ":";
        }
        if (random() % 2 == 0 && !text.empty())
            text.pop_back();
        boost::system::error_code ec;
        boost::asio::ip::make_address_v6(text.c_str(), ec);
        bool const ours = parse_url("https://[" + text + "]/").has_value();
        valid += ours ? 1U : 0U;
        if (ours == ec.failed())
            BOOST_TEST(ours == !ec.failed(), text);
    }
    BOOST_TEST(valid > 1000U);
}

BOOST_AUTO_TEST_CASE(gives_the_verdicts_of_the_catalogue) {
    posthorn::public_addresses const guard;
    posthorn::test::claimed_entries claimed("model_url");
    claimed.each([&](std::string const&, boost::json::object const& entry) {
        auto const* const hex = entry.if_contains("input_utf8_hex");
        auto const text = hex ? posthorn::test::bytes_of_hex(hex->as_string())
                              : std::string(posthorn::test::text_of(entry, "input"));
        auto expected = claimed.expected(entry);
        expected = expected.substr(expected.find(':') + 1);

        auto const parsed = parse_url(text);
        bool const allowed = parsed.has_value() && guard.allows_endpoint(*parsed);
        BOOST_TEST_CONTEXT(text) {
            if (expected.starts_with("accept"))
                BOOST_TEST(allowed);
            else if (expected == "address")
                BOOST_TEST((parsed.has_value() && parsed->is_address() && !allowed));
            else if ((expected == "host" || expected == "port") && parsed.has_value())
                BOOST_TEST(!allowed);
            else
                BOOST_TEST(verdict(text) == expected);
        }
    });
    BOOST_TEST(claimed.all().size() == 198U);
}

BOOST_AUTO_TEST_CASE(describes_every_error_with_a_sentence_of_its_own) {
    std::set<std::string_view> sentences;
    for (auto const e : {url_error::syntax, url_error::scheme, url_error::userinfo, url_error::host,
                         url_error::port, url_error::too_long})
        for (auto const in : {posthorn::language::english, posthorn::language::french}) {
            sentences.insert(posthorn::describe(e, in));
            BOOST_TEST(posthorn::describe(e, in).ends_with('.'));
        }
    BOOST_TEST(sentences.size() == 12U);
    BOOST_TEST(posthorn::describe(url_error::too_long) ==
               "The URL is too long: use at most 2048 characters.");
    BOOST_TEST(posthorn::describe(url_error::too_long, posthorn::language::french) ==
               "L'URL est trop longue : utilisez au plus 2048 caractères.");
}

BOOST_AUTO_TEST_CASE(value_of_an_error_throws_its_sentence) {
    auto const is_the_sentence = [](std::invalid_argument const& e) {
        return e.what() == posthorn::describe(url_error::scheme);
    };
    BOOST_CHECK_EXCEPTION((void)parse_url("ftp://example.com/").value(), std::invalid_argument,
                          is_the_sentence);
}

BOOST_AUTO_TEST_CASE(percent_encodes_everything_but_unreserved_bytes) {
    std::string out = "/x/";
    posthorn::append_percent_encoded(out, "aZ09-._~");
    BOOST_TEST(out == "/x/aZ09-._~");
    posthorn::append_percent_encoded(out, std::string_view("/?#%&=+ \r\n\0\xc3\xbc\xff", 14));
    BOOST_TEST(out == "/x/aZ09-._~%2F%3F%23%25%26%3D%2B%20%0D%0A%00%C3%BC%FF");
    BOOST_TEST(verdict("https://example.com" + out) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()
