// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/routing/compiled_webhook.hpp>
#include <posthorn/signing/standard_webhooks.hpp>

#include "../support/catalogue.hpp"
#include "../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace posthorn;
using posthorn::test::text_of;

webhook valid() {
    webhook w;
    w.wording = "w";
    w.object = "project";
    w.url = "https://example.com/hook";
    w.method = verb::post;
    w.body = webhook_body(R"({"id":{{project.id}}})");
    return w;
}

std::string verdict_of(webhook const& w) {
    field_errors errors;
    if (detail::compiled_webhook::compile(w, test::objects::schema(), errors))
        return "accept";
    auto const text = errors.text();
    if (text.find("stands twice") != text.npos)
        return "reject:duplicate";
    return text.find("at most") != text.npos ? "reject:limit" : "reject";
}

// A set of header fields.
std::string verdict_of_headers(boost::json::value const& headers) {
    auto w = valid();
    if (headers.is_string()) {
        for (int i = 0; i != 5; ++i)
            w.headers.emplace_back("X-" + std::to_string(i), std::string(4096, 'v'));
        return verdict_of(w);
    }
    for (auto const& pair : headers.as_array())
        w.headers.emplace_back(std::string(pair.at(0).as_string()), std::string(pair.at(1).as_string()));
    return verdict_of(w);
}

// A text of an object behind the path of the URL.
std::string verdict_of_path(std::string_view suffix) {
    auto w = valid();
    w.url = "https://example.com/hook/{{project.label}}";
    field_errors errors;
    auto const compiled = detail::compiled_webhook::compile(w, test::objects::schema(), errors);
    BOOST_REQUIRE(compiled.has_value());
    test::project p;
    p.label = std::string(suffix);
    request_text text;
    if (compiled->render(test::view_of(created(p)), {}, text))
        return "reject";
    auto const rest = text.target().substr(std::string_view("/hook/").size());
    bool const escaped = rest.find_first_of("/\r\n ") == rest.npos;
    return escaped ? "accept-escaped" : "accept";
}

// A text that belongs to a host, and goes nowhere but into the body.
std::string verdict_of_data(std::string_view text) {
    auto w = valid();
    w.body = webhook_body(R"({"tenant":"{{project.label}}"})");
    field_errors errors;
    auto const compiled = detail::compiled_webhook::compile(w, test::objects::schema(), errors);
    BOOST_REQUIRE(compiled.has_value());
    test::project p;
    p.label = std::string(text);
    request_text out;
    BOOST_TEST(!compiled->render(test::view_of(created(p)), {}, out));
    BOOST_TEST(out.body() == R"({"tenant":")" + std::string(text) + R"("})");
    return "accept";
}

std::string verdict_of_secret(std::string_view described) {
    standard_webhooks const signer;
    std::string const good = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    auto const accepts = [&](std::string text) {
        return signer.make_key({signing_secret(secret(std::move(text)))}).has_value();
    };
    BOOST_TEST(accepts(good));
    if (described == "short")
        return accepts("whsec_c2hvcnQ=") ? "accept" : "reject:limit";
    if (described.starts_with("whsec_ plus URL-safe")) {
        auto url_safe = good;
        url_safe[10] = '_';
        url_safe[11] = '-';
        return accepts(url_safe) ? "accept" : "reject:value";
    }
    return accepts(good) && accepts(good) ? "accept" : "reject";
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_hostile_messages)

BOOST_AUTO_TEST_CASE(gives_the_verdicts_of_the_catalogue) {
    test::claimed_entries claimed("detail_hostile_messages");
    claimed.each([&](std::string const&, boost::json::object const& entry) {
        auto const& input = entry.at("input").as_object();
        auto const expected = claimed.expected(entry);
        if (auto const* const headers = input.if_contains("headers"))
            BOOST_TEST(verdict_of_headers(*headers) == expected);
        else if (input.contains("path_suffix"))
            BOOST_TEST(verdict_of_path(text_of(input, "path_suffix")) == expected);
        else if (input.contains("tenant"))
            BOOST_TEST(verdict_of_data(text_of(input, "tenant")) == expected);
        else if (input.contains("secret"))
            BOOST_TEST(verdict_of_secret(text_of(input, "secret")) == expected);
        else
            BOOST_TEST(expected == "not expressible");
    });
    BOOST_TEST(claimed.all().size() == 15U);
}

BOOST_AUTO_TEST_SUITE_END()
