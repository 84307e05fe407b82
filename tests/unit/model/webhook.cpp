// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/filter_draft.hpp>
#include <posthorn/model/action.hpp>
#include <posthorn/model/verb.hpp>
#include <posthorn/model/webhook.hpp>
#include <posthorn/webhook_draft.hpp>

#include "../../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace {

using posthorn::verb;
using posthorn::webhook_body;
using draft = posthorn::webhook_draft<posthorn::test::objects>;

template <class T>
concept printable_as_text =
    std::is_convertible_v<T, std::string> || std::is_convertible_v<T, std::string_view>;

} // namespace

static_assert(!printable_as_text<posthorn::secret>);

BOOST_AUTO_TEST_SUITE(model_webhook)

BOOST_AUTO_TEST_CASE(a_new_webhook_is_active_and_asks_for_all_actions) {
    posthorn::webhook const w;
    BOOST_TEST(w.id.is_nil());
    BOOST_TEST(w.active);
    BOOST_TEST(!w.what);
    BOOST_TEST(w.body.is_none());
    BOOST_TEST((w.method == verb::post));
}

BOOST_AUTO_TEST_CASE(verbs_and_actions_have_wire_names) {
    BOOST_TEST(to_string(verb::get) == "GET");
    BOOST_TEST(to_string(verb::post) == "POST");
    BOOST_TEST(to_string(verb::put) == "PUT");
    BOOST_TEST(to_string(verb::patch) == "PATCH");
    BOOST_TEST(to_string(verb::delete_) == "DELETE");
    BOOST_TEST(!needs_body(verb::get));
    BOOST_TEST(needs_body(verb::post));
    BOOST_TEST(needs_body(verb::put));
    BOOST_TEST(needs_body(verb::patch));
    BOOST_TEST(!needs_body(verb::delete_));
    BOOST_TEST(to_string(posthorn::action::created) == "created");
    BOOST_TEST(to_string(posthorn::action::modified) == "modified");
    BOOST_TEST(to_string(posthorn::action::deleted) == "deleted");
}

BOOST_AUTO_TEST_CASE(a_body_is_none_standard_or_text) {
    BOOST_TEST(webhook_body().is_none());
    BOOST_TEST(!webhook_body().is_standard());
    BOOST_TEST(webhook_body::standard().is_standard());
    BOOST_TEST(!webhook_body::standard().is_none());
    // A text that is empty is a body all the same.
    BOOST_TEST(!webhook_body("").is_none());
    BOOST_TEST(!webhook_body("x").is_standard());
    BOOST_TEST(webhook_body("x").text() == "x");
}

BOOST_AUTO_TEST_CASE(a_secret_header_has_no_text_value) {
    posthorn::webhook_header const open("X-A", "b");
    BOOST_TEST(!open.is_secret());
    BOOST_TEST(open.value() == "b");
    posthorn::webhook_header const hidden("X-A", posthorn::secret("hush"));
    BOOST_TEST(hidden.is_secret());
    BOOST_TEST(hidden.value() == "");
    BOOST_TEST(hidden.secret_value().reveal() == "hush");
}

BOOST_AUTO_TEST_CASE(a_draft_fills_every_field) {
    posthorn::wall_time const end(std::chrono::seconds{9});
    auto const d = draft("Tell the archive")
                       .on<posthorn::test::account>(posthorn::action::deleted)
                       .put("https://example.com/{{user.login}}")
                       .body("{}")
                       .header("X-A", "b")
                       .header("X-B", posthorn::secret("hush"))
                       .sign(posthorn::secret("old"), end)
                       .sign(posthorn::secret("new"))
                       .description("since 2026")
                       .inactive();
    auto const& w = d.value();
    BOOST_TEST(w.wording == "Tell the archive");
    BOOST_TEST(w.description == "since 2026");
    BOOST_TEST(!w.active);
    BOOST_TEST(w.url == "https://example.com/{{user.login}}");
    BOOST_TEST((w.method == verb::put));
    BOOST_TEST(w.body.text() == "{}");
    BOOST_TEST(w.headers.size() == 2U);
    BOOST_TEST(w.headers[1].is_secret());
    BOOST_TEST(w.object == "user");
    BOOST_TEST((w.what == posthorn::action::deleted));
    BOOST_TEST(w.signing.size() == 2U);
    BOOST_TEST((w.signing[0].not_after() == end));
    BOOST_TEST(!w.signing[1].not_after());
}

BOOST_AUTO_TEST_CASE(every_verb_of_a_draft_sets_method_and_url) {
    BOOST_TEST((draft("w").get("u").value().method == verb::get));
    BOOST_TEST((draft("w").post("u").value().method == verb::post));
    BOOST_TEST((draft("w").put("u").value().method == verb::put));
    BOOST_TEST((draft("w").patch("u").value().method == verb::patch));
    BOOST_TEST((draft("w").del("u").value().method == verb::delete_));
    BOOST_TEST(draft("w").del("u").value().url == "u");
    BOOST_TEST(draft("w").body(posthorn::default_body).value().body.is_standard());
    BOOST_TEST((!draft("w").on<posthorn::test::project>().value().what));
}

BOOST_AUTO_TEST_CASE(a_draft_may_be_assigned_what_its_own_functions_give) {
    auto d = draft("Tell the archive").on<posthorn::test::project>().post("https://example.com/in");
    d = std::move(d).sign(posthorn::secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    d = std::move(d).body("1");
    BOOST_TEST(d.value().wording == "Tell the archive");
    BOOST_TEST(d.value().url == "https://example.com/in");
    BOOST_TEST(d.value().signing.size() == 1U);
    auto f = posthorn::filter_draft<posthorn::test::objects>("Large").on<posthorn::test::project>();
    f = std::move(f).for_everyone();
    BOOST_TEST(f.value().name == "Large");
    BOOST_TEST(f.value().object == "project");
}

BOOST_AUTO_TEST_SUITE_END()
