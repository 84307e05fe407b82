// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/form.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace posthorn;
using namespace posthorn::admin;
namespace data = boost::unit_test::data;

namespace {

webhook_form filled() {
    webhook_form f;
    f.wording = "Tell the archive";
    f.url = "https://a.example.com/";
    f.body = "{}";
    f.object = "project";
    return f;
}

struct reading {
    explicit reading(webhook_form const& form, webhook const* stored = nullptr)
        : meant(webhook_of(form, stored, errors)) {}

    // The codes, with their fields.
    [[nodiscard]] std::vector<std::string> said() const {
        std::vector<std::string> all;
        for (auto const& e : errors)
            all.push_back(e.field() + ' ' + std::string(e.code()));
        return all;
    }

    field_errors errors;
    webhook meant;
};

using texts = std::vector<std::string>;

encryption_keys one_key() {
    encryption_key key("one", secret(std::string(encryption_key::size, '1')));
    return static_keys::make(std::move(key)).value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(admin_form)

BOOST_AUTO_TEST_CASE(an_edited_webhook_keeps_its_pace) {
    auto stored = reading(filled()).meant;
    stored.pace.in_flight = 2;
    stored.pace.rate = 30;
    stored.pace.period = std::chrono::minutes(1);
    stored.pace.in_order = true;
    auto edited = form_of(stored);
    edited.wording = "Another name";
    BOOST_TEST((reading(edited, &stored).meant.pace == stored.pace));
}

BOOST_AUTO_TEST_CASE(a_new_form_is_active_asynchronous_and_asks_for_all_actions) {
    webhook_form const empty;
    BOOST_TEST(empty.active);
    BOOST_TEST(!empty.synchronous);
    BOOST_TEST(!empty.transaction_execution);
    reading const r(filled());
    BOOST_TEST(r.errors.empty());
    BOOST_TEST(r.meant.active);
    BOOST_TEST((r.meant.mode == call_mode::fire_and_forget));
    BOOST_TEST(!r.meant.what.has_value());
    BOOST_TEST(!r.meant.filter.has_value());
    BOOST_TEST((r.meant.method == verb::post));
}

BOOST_AUTO_TEST_CASE(both_boxes_make_the_call_mode) {
    auto f = filled();
    f.synchronous = true;
    BOOST_TEST((reading(f).meant.mode == call_mode::after_commit));
    f.transaction_execution = true;
    BOOST_TEST((reading(f).meant.mode == call_mode::in_transaction));
    f.synchronous = false;
    BOOST_TEST(reading(f).said() == (texts{"transaction_execution transaction_not_synchronous"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(verbs_are_read_as_people_write_them) {
    std::pair<char const*, verb> const all[] = {{"GET", verb::get},        {"post", verb::post},
                                                {"Put", verb::put},        {"PATCH", verb::patch},
                                                {"DELETE", verb::delete_}, {"DEL", verb::delete_}};
    for (auto const& [text, meant] : all) {
        auto f = filled();
        f.verb = text;
        reading const r(f);
        BOOST_TEST(r.errors.empty(), text);
        BOOST_TEST((r.meant.method == meant), text);
    }
    auto f = filled();
    f.verb = "FETCH";
    BOOST_TEST(reading(f).said() == (texts{"verb verb_unknown"}), boost::test_tools::per_element());
    f.verb.clear();
    BOOST_TEST(reading(f).said() == (texts{"verb verb_missing"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(actions_are_read_as_people_write_them) {
    std::pair<char const*, std::optional<action>> const all[] = {
        {"all", std::nullopt},          {"created", action::created}, {"create", action::created},
        {"modified", action::modified}, {"modify", action::modified}, {"deleted", action::deleted},
        {"delete", action::deleted}};
    for (auto const& [text, meant] : all) {
        auto f = filled();
        f.action = text;
        reading const r(f);
        BOOST_TEST(r.errors.empty(), text);
        BOOST_TEST((r.meant.what == meant), text);
    }
    auto f = filled();
    f.action = "renamed";
    BOOST_TEST(reading(f).said() == (texts{"event action_unknown"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_body_is_none_and_the_standard_one_is_asked_for) {
    auto f = filled();
    f.body.clear();
    BOOST_TEST(reading(f).meant.body.is_none());
    f.default_body = true;
    BOOST_TEST(reading(f).meant.body.is_standard());
}

BOOST_AUTO_TEST_CASE(everything_that_cannot_be_read_is_told_at_once) {
    auto f = filled();
    f.verb = "FETCH";
    f.action = "renamed";
    f.transaction_execution = true;
    f.headers.emplace_back("Authorization", "", true).is_kept = true;
    BOOST_TEST(reading(f).said() ==
                   (texts{"verb verb_unknown", "headers[0] secret_not_kept",
                          "transaction_execution transaction_not_synchronous", "event action_unknown"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_saved_comes_back_through_its_form) {
    webhook w;
    w.id.data[0] = 1;
    w.revision = 7;
    w.wording = "Tell the archive";
    w.description = "why";
    w.active = false;
    w.url = "https://a.example.com/{{project.id}}";
    w.method = verb::put;
    w.body = webhook_body("{{project}}");
    w.headers.emplace_back("X-Code", "{{project.code}}");
    w.headers.emplace_back("Authorization", secret("Bearer abc"));
    w.mode = call_mode::in_transaction;
    w.object = "project";
    w.what = action::modified;
    w.filter.emplace().data[0] = 2;
    w.condition = "project.id == 1";
    wall_time const end(std::chrono::seconds(1000));
    w.signing.emplace_back(secret("old"), end);
    w.signing.emplace_back(secret("new"));

    auto const form = form_of(w, one_key());
    BOOST_TEST(form.headers[1].value.find("abc") == std::string::npos);
    BOOST_TEST(form.headers[1].value.starts_with("***"));
    BOOST_TEST(form.signing[0].value.starts_with("***"));
    BOOST_TEST(form.signing[0].value != form.signing[1].value);

    reading const r(form, &w);
    BOOST_TEST(r.errors.empty());
    auto const& same = r.meant;
    BOOST_TEST((same.id == w.id));
    BOOST_TEST(same.revision == 7U);
    BOOST_TEST(same.wording == w.wording);
    BOOST_TEST(same.description == w.description);
    BOOST_TEST(!same.active);
    BOOST_TEST(same.url == w.url);
    BOOST_TEST((same.method == w.method));
    BOOST_TEST(same.body.text() == w.body.text());
    BOOST_REQUIRE(same.headers.size() == 2U);
    BOOST_TEST(same.headers[0].value() == "{{project.code}}");
    BOOST_TEST((same.headers[1].secret_value() == secret("Bearer abc")));
    BOOST_TEST((same.mode == w.mode));
    BOOST_TEST((same.what == w.what));
    BOOST_TEST((same.filter == w.filter));
    BOOST_TEST(same.condition == w.condition);
    BOOST_REQUIRE(same.signing.size() == 2U);
    BOOST_TEST((same.signing[0].key() == secret("old")));
    BOOST_TEST((same.signing[0].not_after() == end));
    BOOST_TEST((same.signing[1].key() == secret("new")));
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_typed_anew_replaces_the_saved_one) {
    webhook w;
    w.headers.emplace_back("Authorization", secret("old"));
    w.signing.emplace_back(secret("old"));
    auto form = form_of(w);
    form.headers[0] = header_input("Authorization", "new", true);
    form.signing[0] = key_input("new");
    reading const r(form, &w);
    BOOST_TEST((r.meant.headers[0].secret_value() == secret("new")));
    BOOST_TEST((r.meant.signing[0].key() == secret("new")));
}

BOOST_AUTO_TEST_CASE(a_secret_is_kept_under_its_own_name_only) {
    webhook w;
    w.headers.emplace_back("Authorization", secret("old"));
    auto form = form_of(w);
    form.headers[0].name = "X-Token";
    BOOST_TEST(reading(form, &w).said() == (texts{"headers[0] secret_not_kept"}),
               boost::test_tools::per_element());
    form.headers[0].name = "authorization";
    BOOST_TEST(reading(form, &w).errors.empty());
}

BOOST_AUTO_TEST_CASE(a_key_that_was_not_saved_cannot_be_kept) {
    auto form = filled();
    form.signing.emplace_back().kept = 0;
    webhook const without;
    BOOST_TEST(reading(form, &without).said() == (texts{"signing[0] secret_not_kept"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_connection_comes_back_through_its_form) {
    webhook w;
    w.connection.ca = "authorities";
    w.connection.client_certificate = "certificate";
    w.connection.client_key = secret("the key");
    w.connection.proxy = "http://proxy.example.com:3128";
    w.connection.proxy_credentials = secret("us:word");
    auto const form = form_of(w, one_key());
    BOOST_TEST(form.connection.client_key.value.starts_with("*** "));
    BOOST_TEST(form.connection.proxy_credentials.value.starts_with("*** "));
    BOOST_TEST(form.connection.client_key.value.find("key") == std::string::npos);
    reading const r(form, &w);
    BOOST_TEST(r.errors.empty());
    BOOST_TEST((r.meant.connection == w.connection));
    webhook const bare;
    BOOST_TEST((form_of(bare).connection == connection_input()));
    BOOST_TEST(reading(form_of(bare), &bare).meant.connection.empty());
}

BOOST_AUTO_TEST_CASE(secrets_of_a_connection_are_typed_anew_or_removed) {
    webhook w;
    w.connection.client_key = secret("old");
    w.connection.proxy_credentials = secret("us:old");
    auto form = form_of(w);
    form.connection.client_key = secret_input("new");
    form.connection.proxy_credentials = secret_input();
    reading const r(form, &w);
    BOOST_TEST((r.meant.connection.client_key == secret("new")));
    BOOST_TEST(r.meant.connection.proxy_credentials.empty());
}

namespace {

// With a secret of each kind.
webhook with_secrets(std::string url, std::string proxy = {}) {
    webhook w;
    w.url = std::move(url);
    w.headers.emplace_back("X-Plain", "1");
    w.headers.emplace_back("Authorization", secret("Bearer old"));
    w.signing.emplace_back(secret("old"));
    w.connection.client_key = secret("old");
    w.connection.proxy = std::move(proxy);
    w.connection.proxy_credentials = secret("us:old");
    return w;
}

texts const all_refused{"headers[1] secret_of_other_receiver", "signing[0] secret_of_other_receiver",
                        "connection.client_key secret_of_other_receiver",
                        "connection.proxy_credentials secret_of_other_receiver"};

// What is said of the kept secrets when this webhook is edited to lead there.
texts said_of_move(webhook const& saved, std::string url, std::string proxy) {
    auto form = form_of(saved);
    form.url = std::move(url);
    form.connection.proxy = std::move(proxy);
    reading const r(form, &saved);
    bool const are_kept = r.meant.headers[1].secret_value() == secret("Bearer old") &&
                          r.meant.signing[0].key() == secret("old") &&
                          r.meant.connection.client_key == secret("old") &&
                          r.meant.connection.proxy_credentials == secret("us:old");
    BOOST_TEST(are_kept == r.errors.empty());
    return r.said();
}

} // namespace

BOOST_DATA_TEST_CASE(a_kept_secret_is_bound_to_scheme_host_and_port,
                     data::make(std::vector<std::string>{
                         "https://b.example.com/{{project.id}}", "https://example.com/",
                         "http://a.example.com/{{project.id}}", "https://a.example.com:8443/{{project.id}}",
                         "https://a.example.com.b.example/", "https://[2001:db8::1]/", "https://192.0.2.1"}),
                     url) {
    auto const saved = with_secrets("https://a.example.com/{{project.id}}");
    BOOST_TEST(said_of_move(saved, url, "") == all_refused, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(other_spellings_and_other_paths_lead_to_the_same_receiver,
                     data::make(std::vector<std::string>{
                         "https://a.example.com/{{project.id}}", "https://a.example.com",
                         "https://a.example.com?x=1", "HTTPS://A.Example.COM/", "https://a.example.com:443/",
                         "https://a.example.com./other"}),
                     url) {
    BOOST_TEST(said_of_move(with_secrets("https://a.example.com/x"), url, "") == texts(),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_has_many_spellings) {
    auto const saved = with_secrets("http://[2001:db8::1]/");
    for (auto const* const same : {"http://[2001:DB8:0:0::1]:80/x", "http://[2001:db8::0.0.0.1]/"})
        BOOST_TEST(said_of_move(saved, same, "") == texts(), boost::test_tools::per_element());
    for (auto const* const other : {"http://[2001:db8::2]/", "http://[2001:db8::1]:81/"})
        BOOST_TEST(said_of_move(saved, other, "") == all_refused, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_kept_secret_is_bound_to_the_proxy) {
    std::string const url = "https://a.example.com/";
    std::string const ours = "http://ours.example.com:3128";
    auto const saved = with_secrets(url, ours);
    for (auto const* const same : {"http://ours.example.com:3128/", "http://OURS.example.com.:3128"})
        BOOST_TEST(said_of_move(saved, url, same) == texts(), boost::test_tools::per_element());
    for (auto const* const other : {"", "http://theirs.example.com:3128", "http://ours.example.com"})
        BOOST_TEST(said_of_move(saved, url, other) == all_refused, boost::test_tools::per_element());
    BOOST_TEST(said_of_move(with_secrets(url), url, ours) == all_refused, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_error_names_both_receivers_and_what_to_do) {
    auto const saved = with_secrets("https://a.example.com/{{project.id}}");
    auto form = form_of(saved);
    form.url = "http://B.example.com:81/";
    form.connection.proxy = "http://proxy.example.com:3128";
    reading const r(form, &saved);
    BOOST_TEST(r.errors.begin()->message() ==
               "the saved secret was entered for https://a.example.com and is not sent to "
               "http://b.example.com:81 (proxy http://proxy.example.com:3128); enter it again, or remove it");
}

BOOST_AUTO_TEST_CASE(secrets_that_are_entered_again_or_removed_move_with_the_url) {
    auto const saved = with_secrets("https://a.example.com/");
    auto form = form_of(saved);
    form.url = "https://b.example.com/";
    form.headers[1] = header_input("Authorization", "new", true);
    form.signing.clear();
    form.connection.client_key = secret_input("new");
    form.connection.proxy_credentials = secret_input();
    reading const r(form, &saved);
    BOOST_TEST(r.errors.empty());
    BOOST_TEST((r.meant.headers[1].secret_value() == secret("new")));
}

// The URL itself is the error then.
BOOST_AUTO_TEST_CASE(a_url_that_leads_nowhere_says_nothing_of_secrets) {
    auto const saved = with_secrets("https://a.example.com/");
    for (auto const* const url :
         {"htps://a.example.com/", "a.example.com", "https://a.example.com:0/", "https://{{x}}/"})
        BOOST_TEST(said_of_move(saved, url, "") == texts(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(credentials_are_kept_for_the_same_proxy_only) {
    webhook w;
    w.connection.proxy = "http://ours.example.com:3128";
    w.connection.proxy_credentials = secret("us:word");
    auto form = form_of(w);
    form.connection.proxy = "http://theirs.example.com:3128";
    reading const r(form, &w);
    BOOST_TEST(r.said() == (texts{"connection.proxy_credentials secret_of_other_receiver"}),
               boost::test_tools::per_element());
    BOOST_TEST(r.meant.connection.proxy_credentials.empty());
}

BOOST_AUTO_TEST_CASE(a_secret_of_a_connection_that_was_not_saved_cannot_be_kept) {
    auto form = filled();
    form.connection.client_key.is_kept = true;
    webhook const without;
    for (auto const* const stored : {&without, static_cast<webhook const*>(nullptr)})
        BOOST_TEST(reading(form, stored).said() == (texts{"connection.client_key secret_not_kept"}),
                   boost::test_tools::per_element());
}

// The four required fields, each of them.
BOOST_AUTO_TEST_CASE(a_webhook_can_be_tested_once_the_four_required_fields_are_filled) {
    BOOST_TEST(is_testable(filled()));
    for (auto const field :
         {&webhook_form::wording, &webhook_form::url, &webhook_form::verb, &webhook_form::object}) {
        auto f = filled();
        (f.*field).clear();
        BOOST_TEST(!is_testable(f));
    }
    auto blank = filled();
    blank.wording = " \u00a0\u200b";
    BOOST_TEST(!is_testable(blank));
    auto without_body = filled();
    without_body.body.clear();
    BOOST_TEST(is_testable(without_body));
}

BOOST_AUTO_TEST_SUITE_END()
