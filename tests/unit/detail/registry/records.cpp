// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/registry/records.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace posthorn;
using detail::record_of;
using detail::secret_field;
using detail::secrets_of;
using detail::webhook_of;

namespace {

uuid const some_id = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

webhook sample() {
    webhook w;
    w.id = some_id;
    w.wording = "Tell \"the\" archive\n";
    w.description = "Zoë";
    w.translations.emplace_back("fr", "Prévenir les \"archives\"", "Zoé\n");
    w.translations.emplace_back("de", "Dem Archiv sagen");
    w.active = false;
    w.url = "https://archive.example.com/{{project.id}}";
    w.method = verb::patch;
    w.body = webhook_body("{\"a\": {{project.id}}}");
    w.headers.emplace_back("X-Plain", std::string("{{project.code}}"));
    w.headers.emplace_back("Authorization", secret("Bearer hidden-one"));
    w.mode = call_mode::after_commit;
    w.object = "project";
    w.what = action::deleted;
    w.filter = some_id;
    w.condition = "project.id > 1";
    w.pace.in_flight = 4;
    w.pace.rate = 4'000'000'000;
    w.pace.period = std::chrono::hours(24);
    w.pace.in_order = true;
    w.signing.emplace_back(secret("hidden-two"), wall_time(std::chrono::seconds(77)));
    w.signing.emplace_back(secret("hidden-three"));
    w.connection.ca = "-----BEGIN CERTIFICATE-----\n...";
    w.connection.client_certificate = "-----BEGIN CERTIFICATE-----\n---";
    w.connection.client_key = secret("hidden-four");
    w.connection.proxy = "http://proxy.example.com:3128";
    w.connection.proxy_credentials = secret("us:hidden-five");
    return w;
}

result<webhook> again(webhook const& w) {
    return webhook_of(w.id, record_of(w), secrets_of(w));
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit_records)

BOOST_AUTO_TEST_CASE(a_webhook_comes_back_whole) {
    auto const w = sample();
    auto const back = again(w);
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST(record_of(*back) == record_of(w));
    BOOST_REQUIRE(back->headers.size() == 2U);
    BOOST_TEST(back->headers[1].is_secret());
    BOOST_TEST(back->headers[1].secret_value().reveal() == "Bearer hidden-one");
    BOOST_REQUIRE(back->signing.size() == 2U);
    BOOST_TEST(back->signing[0].key().reveal() == "hidden-two");
    BOOST_TEST((back->signing[0].not_after() == w.signing[0].not_after()));
    BOOST_TEST(!back->signing[1].not_after());
    BOOST_TEST((back->filter == w.filter));
    BOOST_TEST((back->what == w.what));
    BOOST_TEST((back->translations == w.translations));
    BOOST_TEST((back->pace == w.pace));
    BOOST_TEST((back->connection == w.connection));
}

BOOST_AUTO_TEST_CASE(each_part_of_a_connection_comes_back_alone) {
    std::vector<connection_settings> all(5);
    all[0].ca = "ca";
    all[1].client_certificate = "certificate";
    all[2].client_key = secret("key");
    all[3].proxy = "http://proxy.example.com";
    all[4].proxy_credentials = secret("a:b");
    for (auto const& c : all) {
        auto w = sample();
        w.connection = c;
        auto const back = again(w);
        BOOST_REQUIRE(back.has_value());
        BOOST_TEST((back->connection == c));
    }
}

BOOST_AUTO_TEST_CASE(a_record_from_before_connections_is_read) {
    auto w = sample();
    w.connection = connection_settings();
    auto const record = record_of(w);
    BOOST_TEST(record.find("connection") == std::string::npos);
    auto const back = webhook_of(w.id, record, secrets_of(w));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST(back->connection.empty());
}

BOOST_AUTO_TEST_CASE(a_damaged_connection_makes_the_record_bad) {
    auto w = sample();
    w.connection = connection_settings();
    w.connection.ca = "c";
    constexpr std::string_view whole =
        R"({"ca":"c","client_certificate":"","client_key":false,"proxy":"","proxy_credentials":false})";
    for (std::string_view const damaged :
         {"1", "null", "[]", "{}", R"({"ca":"c"})",
          R"({"ca":"c","client_certificate":"","client_key":true,"proxy":"","proxy_credentials":false})",
          R"({"ca":"c","client_certificate":"","client_key":"k","proxy":"","proxy_credentials":false})",
          R"({"ca":"c","client_certificate":"","client_key":false,"proxy":1,"proxy_credentials":false})"}) {
        auto record = record_of(w);
        BOOST_TEST_REQUIRE(record.find(whole) != std::string::npos);
        record.replace(record.find(whole), whole.size(), damaged);
        BOOST_TEST((webhook_of(w.id, record, secrets_of(w)).error() == errc::bad_record), damaged);
    }
}

BOOST_AUTO_TEST_CASE(a_record_from_before_translations_is_read) {
    auto w = sample();
    w.translations.clear();
    constexpr std::string_view none = "\"translations\":[],";
    auto record = record_of(w);
    BOOST_TEST_REQUIRE(record.find(none) != std::string::npos);
    record.erase(record.find(none), none.size());
    auto const back = webhook_of(w.id, record, secrets_of(w));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST(record_of(*back) == record_of(w));
    filter f;
    f.name = "Ours";
    auto of_filter = record_of(f);
    BOOST_TEST_REQUIRE(of_filter.find(none) != std::string::npos);
    of_filter.erase(of_filter.find(none), none.size());
    BOOST_TEST(detail::filter_of(f.id, of_filter).value().name == "Ours");
}

BOOST_AUTO_TEST_CASE(a_damaged_translation_makes_the_record_bad) {
    auto w = sample();
    w.translations.resize(1);
    w.translations[0] = translation("fr", "a", "b");
    constexpr std::string_view whole = R"({"language":"fr","wording":"a","description":"b"})";
    filter f;
    f.name = "Ours";
    f.translations.emplace_back("fr", "a");
    constexpr std::string_view named = R"({"language":"fr","name":"a"})";
    for (std::string_view const damaged :
         {"1", "null", "{}", R"({"language":"fr"})", R"({"language":1,"wording":"a","name":"a"})"}) {
        auto record = record_of(w);
        record.replace(record.find(whole), whole.size(), damaged);
        BOOST_TEST((webhook_of(w.id, record, secrets_of(w)).error() == errc::bad_record));
        auto of_filter = record_of(f);
        of_filter.replace(of_filter.find(named), named.size(), damaged);
        BOOST_TEST((detail::filter_of(f.id, of_filter).error() == errc::bad_record));
    }
}

BOOST_AUTO_TEST_CASE(a_pace_is_optional_and_a_damaged_one_makes_the_record_bad) {
    auto w = sample();
    w.pace = pacing();
    BOOST_TEST(record_of(w).find("pace") == std::string::npos, "as in a record from before there was one");
    BOOST_TEST((again(w)->pace == pacing()));
    w.pace.in_flight = 2;
    constexpr std::string_view whole = R"({"in_flight":2,"rate":0,"period_ms":1000,"in_order":false})";
    for (std::string_view const damaged :
         {"1", "null", "[]", "{}", R"({"in_flight":2,"rate":0,"period_ms":1000})",
          R"({"in_flight":-2,"rate":0,"period_ms":1000,"in_order":false})",
          R"({"in_flight":2,"rate":4294967296,"period_ms":1000,"in_order":false})",
          R"({"in_flight":2,"rate":0,"period_ms":-1,"in_order":false})",
          R"({"in_flight":2,"rate":0,"period_ms":1000,"in_order":0})"}) {
        auto record = record_of(w);
        BOOST_TEST_REQUIRE(record.find(whole) != std::string::npos);
        record.replace(record.find(whole), whole.size(), damaged);
        BOOST_TEST((webhook_of(w.id, record, secrets_of(w)).error() == errc::bad_record));
    }
}

BOOST_AUTO_TEST_CASE(each_verb_mode_action_and_body_comes_back) {
    for (auto const v : {verb::get, verb::post, verb::put, verb::patch, verb::delete_})
        for (auto const m :
             {call_mode::in_transaction, call_mode::after_commit, call_mode::fire_and_forget}) {
            auto w = sample();
            w.method = v;
            w.mode = m;
            BOOST_TEST((again(w)->method == v));
            BOOST_TEST((again(w)->mode == m));
        }
    auto w = sample();
    w.what.reset();
    w.filter.reset();
    w.body = webhook_body();
    BOOST_TEST(again(w)->body.is_none());
    BOOST_TEST(!again(w)->what);
    BOOST_TEST(!again(w)->filter);
    w.body = webhook_body::standard();
    BOOST_TEST(again(w)->body.is_standard());
    w.body = webhook_body("");
    BOOST_TEST((!again(w)->body.is_none() && !again(w)->body.is_standard()));
}

BOOST_AUTO_TEST_CASE(a_record_holds_no_secret) {
    auto const text = record_of(sample());
    BOOST_TEST(text.find("hidden") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_missing_or_too_many_makes_the_record_bad) {
    auto const w = sample();
    auto const all = secrets_of(w);
    for (std::size_t missing = 0; missing != all.size(); ++missing) {
        auto some = all;
        some.erase(some.begin() + static_cast<std::ptrdiff_t>(missing));
        BOOST_TEST((webhook_of(w.id, record_of(w), some).error() == errc::bad_record));
        some = all;
        some[missing].field = "headers[9]";
        BOOST_TEST((webhook_of(w.id, record_of(w), some).error() == errc::bad_record));
    }
    auto more = all;
    more.push_back({"headers[9]", secret("x")});
    BOOST_TEST((webhook_of(w.id, record_of(w), more).error() == errc::bad_record));
}

// Damaged in any way, a record is refused or read as something; never followed too deep, never a crash.
BOOST_AUTO_TEST_CASE(a_damaged_record_is_refused_or_read) {
    auto const w = sample();
    auto const record = record_of(w);
    for (std::size_t n = 0; n != record.size(); ++n) {
        BOOST_TEST(!webhook_of(w.id, record.substr(0, n), secrets_of(w)).has_value());
        for (char const c : {'\0', '"', '{', '1', '\xff'}) {
            auto damaged = record;
            damaged[n] = c;
            auto const read = webhook_of(w.id, damaged, secrets_of(w));
            BOOST_TEST((read.has_value() || read.error() == errc::bad_record));
        }
    }
    BOOST_TEST(!webhook_of(w.id, std::string(100'000, '['), {}).has_value());
    for (char const* const text :
         {"", "null", "[]", "{}", "{\"body\": {}}", "{\"body\": {\"kind\": \"none\"}}"})
        BOOST_TEST((webhook_of(w.id, text, {}).error() == errc::bad_record));
}

BOOST_AUTO_TEST_CASE(a_filter_comes_back_whole) {
    filter f;
    f.id = some_id;
    f.name = "Open \"ones\"";
    f.translations.emplace_back("fr", "Les \"ouverts\"");
    f.object = "project";
    f.expression = "project.status == \"open\"";
    f.owner = "zoë";
    f.is_public = true;
    auto const back = detail::filter_of(f.id, record_of(f));
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST((back->id == f.id));
    BOOST_TEST((back->translations == f.translations));
    BOOST_TEST(record_of(*back) == record_of(f));
    for (char const* const text : {"", "1", "{}", "{\"name\": 1}"})
        BOOST_TEST((detail::filter_of(f.id, text).error() == errc::bad_record));
}

// Boost.JSON reads it as infinite, and would write what nobody can read.
BOOST_AUTO_TEST_CASE(a_number_that_no_double_holds_is_damage) {
    auto text = record_of(sample());
    text.insert(1, "\"later\":[{\"n\":1e999}],");
    BOOST_TEST(!webhook_of(some_id, text, secrets_of(sample())).has_value());
    BOOST_TEST(!detail::facts_of(text).has_value());
    BOOST_TEST(!detail::deactivated(text).has_value());
    BOOST_TEST(!detail::with_secrets(text, 1, {}).has_value());
}

// Encrypted anew, it is still what the host's code made.
BOOST_AUTO_TEST_CASE(a_rotation_of_keys_is_no_change_by_a_user) {
    detail::webhook_facts facts;
    facts.drafted = 3;
    auto const text = record_of(sample(), facts);
    BOOST_TEST(detail::facts_of(detail::with_secrets(text, 3, {}).value()).value().drafted == 4U);
    BOOST_TEST(detail::facts_of(detail::with_secrets(text, 5, {}).value()).value().drafted == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
