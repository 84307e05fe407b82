// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/registry/webhook_changes.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace posthorn;
using detail::changes_between;

namespace {

using changes = std::vector<field_change>;
using detail::fingerprints;

fingerprints marks() {
    return fingerprints(static_keys::make(encryption_key("k", secret(std::string(32, 'k')))).value());
}

webhook sample() {
    webhook w;
    w.id.data[15] = 1;
    w.wording = "Tell the archive";
    w.url = "https://example.com/";
    w.object = "project";
    w.body = webhook_body("{}");
    return w;
}

changes between(webhook const& a, webhook const& b) {
    return changes_between(&a, &b, marks());
}

// The only change of a webhook that `edit` makes.
template <class Edit>
field_change change(Edit edit) {
    auto after = sample();
    edit(after);
    auto const found = between(sample(), after);
    BOOST_REQUIRE_EQUAL(found.size(), 1U);
    return found[0];
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit_webhook_changes)

BOOST_AUTO_TEST_CASE(equal_webhooks_have_no_changes) {
    BOOST_TEST(between(sample(), sample()).empty());
    auto saved = sample();
    saved.revision = 9;
    BOOST_TEST(between(sample(), saved).empty());
    webhook const* const none = nullptr;
    BOOST_TEST(changes_between(none, none, marks()).empty());
}

BOOST_AUTO_TEST_CASE(each_field_is_compared) {
    BOOST_TEST(
        (change([](webhook& w) { w.wording = "x"; }) == field_change("wording", "Tell the archive", "x")));
    BOOST_TEST((change([](webhook& w) { w.description = "d"; }) == field_change("description", "", "d")));
    BOOST_TEST((change([](webhook& w) { w.translations.emplace_back("fr", "x"); }) ==
                field_change("translations.fr.wording", "", "x")));
    BOOST_TEST((change([](webhook& w) { w.translations.emplace_back("pt-BR", "", "d"); }) ==
                field_change("translations.pt-BR.description", "", "d")));
    BOOST_TEST((change([](webhook& w) { w.active = false; }) == field_change("active", "yes", "no")));
    BOOST_TEST((change([](webhook& w) { w.url = "https://b.example.com/"; }) ==
                field_change("url", "https://example.com/", "https://b.example.com/")));
    BOOST_TEST(
        (change([](webhook& w) { w.method = verb::delete_; }) == field_change("verb", "POST", "DELETE")));
    BOOST_TEST((change([](webhook& w) { w.body = webhook_body("[]"); }) == field_change("body", "{}", "[]")));
    BOOST_TEST((change([](webhook& w) { w.body = webhook_body::standard(); }) ==
                field_change("body", "{}", "(default body)")));
    BOOST_TEST((change([](webhook& w) { w.body = webhook_body(); }) == field_change("body", "{}", "")));
    BOOST_TEST((change([](webhook& w) { w.mode = call_mode::after_commit; }) ==
                field_change("mode", "fire_and_forget", "after_commit")));
    BOOST_TEST(
        (change([](webhook& w) { w.object = "user"; }) == field_change("event", "project.*", "user.*")));
    BOOST_TEST((change([](webhook& w) { w.what = action::modified; }) ==
                field_change("event", "project.*", "project.modified")));
    BOOST_TEST((change([](webhook& w) { w.filter.emplace().data[15] = 2; }) ==
                field_change("filter", "", "00000000-0000-0000-0000-000000000002")));
    BOOST_TEST((change([](webhook& w) { w.condition = "true"; }) == field_change("condition", "", "true")));
    BOOST_TEST((change([](webhook& w) { w.pace.in_flight = 3; }) == field_change("in_flight", "", "3")));
    BOOST_TEST((change([](webhook& w) {
                    w.pace.rate = 100;
                    w.pace.period = std::chrono::minutes(1);
                }) == field_change("rate", "", "100 per 60000 ms")));
    BOOST_TEST((change([](webhook& w) { w.pace.in_order = true; }) == field_change("in_order", "", "yes")));
    BOOST_TEST((change([](webhook& w) { w.headers.emplace_back("X-A", std::string("1")); }) ==
                field_change("headers.X-A", "", "1")));
}

BOOST_AUTO_TEST_CASE(changes_come_in_the_order_of_the_form_and_removed_fields_last) {
    auto before = sample();
    before.headers.emplace_back("X-Old", std::string("1"));
    auto after = sample();
    after.condition = "true";
    after.wording = "new";
    after.headers.emplace_back("X-New", std::string("2"));
    BOOST_TEST((between(before, after) == changes{{"wording", "Tell the archive", "new"},
                                                  {"condition", "", "true"},
                                                  {"headers.X-New", "", "2"},
                                                  {"headers.X-Old", "1", ""}}));
}

BOOST_AUTO_TEST_CASE(headers_of_one_name_are_told_apart_by_their_place) {
    auto before = sample();
    before.headers.emplace_back("X-A", std::string("1"));
    before.headers.emplace_back("X-A", std::string("2"));
    auto after = before;
    after.headers[1] = webhook_header("X-A", std::string("3"));
    BOOST_TEST((between(before, after) == changes{{"headers.X-A[1]", "2", "3"}}));
}

BOOST_AUTO_TEST_CASE(a_new_webhook_shows_what_is_set_and_a_deleted_one_what_was) {
    auto const w = sample();
    changes const set{{"wording", "", "Tell the archive"},
                      {"active", "", "yes"},
                      {"url", "", "https://example.com/"},
                      {"verb", "", "POST"},
                      {"body", "", "{}"},
                      {"mode", "", "fire_and_forget"},
                      {"event", "", "project.*"}};
    BOOST_TEST((changes_between(nullptr, &w, marks()) == set));
    auto const gone = changes_between(&w, nullptr, marks());
    BOOST_REQUIRE_EQUAL(gone.size(), set.size());
    for (std::size_t i = 0; i != set.size(); ++i)
        BOOST_TEST((gone[i] == field_change(set[i].field, set[i].to, "")));
}

BOOST_AUTO_TEST_CASE(a_secret_shows_that_it_changed_and_nothing_of_itself) {
    auto before = sample();
    before.headers.emplace_back("Authorization", secret("Bearer first-of-all"));
    before.signing.emplace_back(secret("whsec_first"));
    auto after = sample();
    after.headers.emplace_back("Authorization", secret("Bearer second-of-all"));
    after.signing.emplace_back(secret("whsec_second"), wall_time(std::chrono::hours(24)));
    auto const found = between(before, after);
    BOOST_REQUIRE_EQUAL(found.size(), 2U);
    BOOST_TEST(found[0].field == "headers.Authorization");
    BOOST_TEST(found[1].field == "signing[0]");
    for (auto const& c : found) {
        BOOST_TEST(c.from.starts_with("*** "));
        BOOST_TEST(c.to.starts_with("*** "));
        BOOST_TEST(c.from.size() == std::string("*** 01234567").size());
        for (auto const& text : {c.from, c.to})
            for (char const* const piece : {"first", "second", "Bearer", "whsec"})
                BOOST_TEST(text.find(piece) == std::string::npos);
    }
    BOOST_TEST(found[1].to.ends_with(", until 1970-01-02T00:00:00Z"));
    BOOST_TEST(between(before, before).empty());
}

BOOST_AUTO_TEST_CASE(a_connection_is_shown_without_its_secrets) {
    BOOST_TEST(
        (change([](webhook& w) { w.connection.ca = "pem"; }) == field_change("connection.ca", "", "pem")));
    BOOST_TEST((change([](webhook& w) { w.connection.client_certificate = "pem"; }) ==
                field_change("connection.client_certificate", "", "pem")));
    BOOST_TEST((change([](webhook& w) { w.connection.proxy = "http://p"; }) ==
                field_change("connection.proxy", "", "http://p")));
    auto before = sample();
    before.connection.client_key = secret("first key");
    before.connection.proxy_credentials = secret("us:first");
    auto after = sample();
    after.connection.client_key = secret("second key");
    after.connection.proxy_credentials = secret("us:second");
    auto const found = between(before, after);
    BOOST_REQUIRE_EQUAL(found.size(), 2U);
    BOOST_TEST(found[0].field == "connection.client_key");
    BOOST_TEST(found[1].field == "connection.proxy_credentials");
    for (auto const& c : found)
        for (auto const& text : {c.from, c.to}) {
            BOOST_TEST(text.starts_with("*** "));
            BOOST_TEST(text.size() == std::string("*** 01234567").size());
        }
    BOOST_TEST((between(before, sample())[0].to == ""));
    BOOST_TEST(between(before, before).empty());
}

// Neither the value before it was secret, nor the one after.
BOOST_AUTO_TEST_CASE(a_field_that_is_secret_on_one_side_is_masked_on_both) {
    auto plain = sample();
    plain.headers.emplace_back("X-Token", std::string("open sesame"));
    auto hidden = sample();
    hidden.headers.emplace_back("X-Token", secret("open sesame"));
    for (auto const& found : {between(plain, hidden), between(hidden, plain)}) {
        BOOST_REQUIRE_EQUAL(found.size(), 1U);
        BOOST_TEST(found[0].from.starts_with("*** "));
        BOOST_TEST(found[0].to.starts_with("*** "));
        BOOST_TEST(found[0].from == found[0].to);
    }
}

BOOST_AUTO_TEST_CASE(changes_of_a_filter_are_listed_too) {
    filter before;
    before.name = "Ours";
    before.object = "project";
    before.revision = 1;
    auto after = before;
    after.revision = 2;
    BOOST_TEST(changes_between(&before, &after).empty());
    after.expression = "false";
    after.is_public = true;
    after.translations.emplace_back("fr", "Les nôtres");
    BOOST_TEST((changes_between(&before, &after) == changes{{"translations.fr.name", "", "Les nôtres"},
                                                            {"expression", "", "false"},
                                                            {"public", "no", "yes"}}));
    filter const* const none = nullptr;
    BOOST_TEST(changes_between(&before, none).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_long_text_is_shortened_between_characters) {
    std::string const e_acute = "\xc3\xa9";
    std::string text;
    while (text.size() < 10'000)
        text += e_acute;
    for (auto const& body : {text, "a" + text}) {
        auto const c = change([&](webhook& w) { w.body = webhook_body(body); });
        BOOST_TEST(c.to.size() < 2100U);
        BOOST_TEST(c.to.ends_with(e_acute + "..."));
    }
}

BOOST_AUTO_TEST_SUITE_END()
