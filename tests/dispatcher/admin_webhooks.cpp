// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/service.hpp>

#include "support/desk_fixture.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;
using admin::right;
using boost::test_tools::per_element;

namespace {

struct synchronous_policies
    : simulated_policies::with_semantics<in_transaction, fire_and_forget>::with_blocking_transport<
          testing::scripted_transport> {};

options two_languages() {
    options o;
    o.languages = {"en", "fr"};
    return o;
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_admin_webhooks)

BOOST_FIXTURE_TEST_CASE(each_operation_needs_its_rights, desk_host) {
    auto const id = file(typed());
    struct operation {
        std::vector<right> needed;
        std::function<texts(admin::acting_user const&)> run;
    };
    auto const existing = [&] {
        auto f = typed();
        f.id = id;
        f.revision = stored(id).revision;
        return f;
    };
    operation const all[] = {
        {{right::view_webhooks}, [&](auto const& u) { return said(desk.webhooks(u)); }},
        {{right::view_webhooks}, [&](auto const& u) { return said(desk.form(u, id)); }},
        {{right::view_webhooks}, [&](auto const& u) { return said(desk.history(u, id)); }},
        {{right::view_webhooks, right::create_webhook},
         [&](auto const& u) { return said(desk.new_webhook(u)); }},
        {{right::view_webhooks, right::create_webhook},
         [&](auto const& u) { return said(desk.save(u, typed())); }},
        {{right::view_webhooks, right::modify_webhook},
         [&](auto const& u) { return said(desk.save(u, existing())); }},
        {{right::view_webhooks, right::modify_webhook},
         [&](auto const& u) { return said(desk.apply(u, existing())); }},
        {{right::view_webhooks, right::create_webhook},
         [&](auto const& u) { return said(desk.check(u, typed())); }},
        {{right::view_webhooks, right::modify_webhook},
         [&](auto const& u) { return said(desk.check(u, existing())); }},
        {{right::view_webhooks}, [&](auto const& u) { return said(desk.active(u)); }},
        {{right::view_webhooks}, [&](auto const& u) { return said(desk.select_text(u, "a")); }},
        {{right::view_webhooks}, [&](auto const& u) { return said(desk.deselect(u)); }},
        {{right::view_webhooks}, [&](auto const& u) { return said(desk.begin_session(u)); }},
        {{right::view_webhooks},
         [&](auto const& u) { return said(desk.set_default_list_filter(u, std::nullopt)); }},
        {{right::view_webhooks}, [&](auto const& u) { return said(desk.default_list_filter(u)); }},
        {{right::view_webhooks, right::delete_webhook},
         [&](auto const& u) { return said(desk.remove(u, id)); }},
    };
    for (auto const& o : all) {
        admin::rights enough;
        for (auto const r : o.needed)
            enough |= r;
        // Without one of them each, and none happens.
        for (auto const r : o.needed)
            BOOST_TEST(o.run({"u", admin::rights::all() - r}) == (texts{"user right_missing"}),
                       per_element());
        BOOST_TEST(o.run(nobody).size() == o.needed.size());
        BOOST_TEST(o.run({"u", enough}) == texts(), per_element());
    }
    // The last one was deleted, and two were made.
    BOOST_TEST(hooks->webhooks().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_missing_right_is_named, desk_host) {
    auto const refused = desk.webhooks(nobody);
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().all()[0].message() ==
               "nobody lacks the right `view_webhooks`; ask your administrator for it");
    BOOST_TEST(refused.error().all()[0].message(language::french) ==
               "nobody n'a pas le droit `view_webhooks` ; demandez-le à votre administrateur");
}

BOOST_FIXTURE_TEST_CASE(a_new_webhook_is_active_and_asynchronous, desk_host) {
    auto const form = desk.new_webhook(ada).value();
    BOOST_TEST(form.active);
    BOOST_TEST(!form.synchronous);
    BOOST_TEST(form.id.is_nil());
    auto f = typed();
    BOOST_TEST(stored(file(f)).active);
}

BOOST_FIXTURE_TEST_CASE(a_saved_form_takes_part, desk_host) {
    auto f = typed();
    f.action = "modify";
    auto const id = file(f);
    hooks->dispatch(created(one));
    hooks->dispatch(modified(one, two));
    run();
    settle();
    BOOST_REQUIRE(receiver.requests().size() == 1U);
    BOOST_TEST(receiver.requests()[0].url() == "https://a.example.com/2");
    BOOST_TEST(desk.history(ada, id).value()[0].user == "ada");
}

// Everything at once: what cannot be read, and what may not be.
BOOST_FIXTURE_TEST_CASE(an_empty_form_names_the_four_required_fields, desk_host) {
    admin::webhook_form empty;
    empty.verb.clear();
    BOOST_TEST(said(desk.save(ada, empty)) == (texts{"wording wording_missing", "event object_type_missing",
                                                     "url url_missing", "verb verb_missing"}),
               per_element());
    BOOST_TEST(hooks->webhooks().empty());
}

BOOST_FIXTURE_TEST_CASE(post_put_and_patch_need_a_body_and_get_takes_none, desk_host) {
    for (auto const* const verb : {"POST", "PUT", "PATCH", "GET", "DEL"}) {
        auto f = typed();
        f.verb = verb;
        f.body.clear();
        bool const needs = std::string_view(verb) != "GET" && std::string_view(verb) != "DEL";
        BOOST_TEST(said(desk.save(ada, f)) == (needs ? texts{"body body_missing"} : texts()), per_element());
    }
    auto f = typed();
    f.verb = "GET";
    BOOST_TEST(said(desk.save(ada, f)) == (texts{"body body_not_allowed"}), per_element());
}

BOOST_FIXTURE_TEST_CASE(transaction_execution_is_for_synchronous_webhooks, desk_host) {
    auto f = typed();
    f.transaction_execution = true;
    BOOST_TEST(said(desk.save(ada, f)) == (texts{"transaction_execution transaction_not_synchronous"}),
               per_element());
}

BOOST_FIXTURE_TEST_CASE(a_mode_that_is_not_compiled_in_is_refused, desk_host) {
    auto f = typed();
    f.synchronous = true;
    BOOST_TEST(said(desk.save(ada, f)) == (texts{"mode mode_unsupported"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_mode_that_is_compiled_in_is_accepted) {
    basic_desk_host<synchronous_policies> h;
    auto f = h.typed();
    f.synchronous = true;
    BOOST_TEST(said(h.desk.save(h.ada, f)) == (texts{"mode mode_unsupported"}), per_element());
    f.transaction_execution = true;
    BOOST_TEST((h.stored(h.file(f)).mode == call_mode::in_transaction));
}

BOOST_FIXTURE_TEST_CASE(a_type_without_scope_has_no_project_filter, desk_host) {
    admin::filter_form filter;
    filter.name = "some";
    filter.object = "project";
    auto const id = desk.save(ada, filter).value();
    auto f = typed();
    f.filter = id;
    BOOST_TEST(said(desk.save(ada, f)) == texts(), per_element());
    f.object = "user";
    f.url = "https://a.example.com/";
    f.body = "1";
    BOOST_TEST(said(desk.save(ada, f)) == (texts{"filter filter_without_scope"}), per_element());
}

BOOST_FIXTURE_TEST_CASE(an_error_in_a_formula_has_its_position_and_both_languages, desk_host) {
    auto f = typed();
    f.url = "https://a.example.com/{{project.idd}}";
    auto const errors = desk.check(ada, f);
    BOOST_REQUIRE(errors.all().size() == 1U);
    auto const& e = errors.all()[0];
    BOOST_TEST(e.field() == "url");
    BOOST_TEST(e.code() == "unknown_field");
    BOOST_REQUIRE(e.position().has_value());
    BOOST_TEST(e.position()->line == 1U);
    BOOST_TEST(e.position()->column == 33U);
    BOOST_TEST(e.message().starts_with("line 1, column 33: unknown field `idd`"));
    BOOST_TEST(
        e.message(language::french).starts_with("ligne 1, colonne 33 : champ `idd` inconnu dans `project`"));
}

BOOST_FIXTURE_TEST_CASE(checking_a_form_saves_nothing, desk_host) {
    BOOST_TEST(desk.check(ada, typed()).empty());
    BOOST_TEST(hooks->webhooks().empty());
}

BOOST_FIXTURE_TEST_CASE(apply_is_for_saved_webhooks_and_stays, desk_host) {
    BOOST_TEST(said(desk.apply(ada, typed())) == (texts{"id apply_needs_saved"}), per_element());
    auto form = desk.form(ada, file(typed())).value();
    form.wording = "Tell the museum";
    auto const again = desk.apply(ada, form).value();
    BOOST_TEST(again.wording == "Tell the museum");
    BOOST_TEST(again.revision == form.revision + 1);
    // What is edited on with can be applied again.
    BOOST_TEST(said(desk.apply(ada, again)) == texts(), per_element());
}

BOOST_FIXTURE_TEST_CASE(the_second_of_two_editors_is_told, desk_host) {
    auto const id = file(typed());
    auto mine = desk.form(ada, id).value();
    auto yours = desk.form(bob, id).value();
    mine.url = "https://mine.example.com/";
    yours.url = "https://yours.example.com/";
    BOOST_REQUIRE(desk.save(ada, mine).has_value());
    BOOST_TEST(said(desk.save(bob, yours)) == (texts{"revision revision_conflict"}), per_element());
    BOOST_TEST(stored(id).url == "https://mine.example.com/");
    BOOST_REQUIRE(desk.remove(ada, id).has_value());
    BOOST_TEST(said(desk.save(bob, yours)) == (texts{"id webhook_unknown"}), per_element());
    BOOST_TEST(hooks->webhooks().empty());
}

BOOST_FIXTURE_TEST_CASE(a_form_that_does_not_say_what_it_was_filled_from_overwrites_nothing, desk_host) {
    auto f = typed();
    f.id = file(f);
    f.url = "https://other.example.com/";
    BOOST_TEST(said(desk.save(ada, f)) == (texts{"revision revision_missing"}), per_element());
    BOOST_TEST(stored(f.id).url == "https://a.example.com/{{project.id}}");
}

BOOST_FIXTURE_TEST_CASE(secrets_are_kept_without_being_shown, desk_host) {
    auto f = typed();
    f.headers.emplace_back("Authorization", "Bearer 0123456789", true);
    f.signing.emplace_back("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
    auto const id = file(f);
    auto form = desk.form(ada, id).value();
    BOOST_TEST(form.headers[0].value.find("0123456789") == std::string::npos);
    BOOST_TEST(form.signing[0].value.find("MDEy") == std::string::npos);
    form.wording = "other";
    BOOST_REQUIRE(desk.apply(ada, form).has_value());
    BOOST_TEST((stored(id).headers[0].secret_value() == secret("Bearer 0123456789")));
    BOOST_TEST((stored(id).signing[0].key() == secret("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz")));
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_is_not_there_is_said, desk_host) {
    uuid const id{};
    BOOST_TEST(said(desk.form(ada, id)) == (texts{"id webhook_unknown"}), per_element());
    BOOST_TEST(said(desk.remove(ada, id)) == (texts{"id webhook_unknown"}), per_element());
    auto f = typed();
    f.id.data[0] = 1;
    f.revision = 1;
    BOOST_TEST(said(desk.save(ada, f)) == (texts{"id webhook_unknown"}), per_element());
}

BOOST_FIXTURE_TEST_CASE(the_history_tells_who_did_what_newest_first, desk_host) {
    auto const id = file(typed());
    auto form = desk.form(bob, id).value();
    form.url = "https://b.example.com/";
    BOOST_REQUIRE(desk.save(bob, form).has_value());
    BOOST_REQUIRE(desk.remove(ada, id).has_value());
    auto const all = desk.history(ada, id).value();
    BOOST_REQUIRE(all.size() == 3U);
    BOOST_TEST((all[0].what == history_action::deleted));
    BOOST_TEST(all[0].user == "ada");
    BOOST_TEST((all[1].what == history_action::changed));
    BOOST_TEST(all[1].user == "bob");
    BOOST_REQUIRE(all[1].changes.size() == 1U);
    BOOST_TEST(all[1].changes[0].field == "url");
    BOOST_TEST(all[1].changes[0].from == "https://a.example.com/{{project.id}}");
    BOOST_TEST(all[1].changes[0].to == "https://b.example.com/");
    BOOST_TEST((all[2].what == history_action::created));
    auto const second = desk.history(ada, id, all[0].number, 1).value();
    BOOST_REQUIRE(second.size() == 1U);
    BOOST_TEST(second[0].number == all[1].number);
}

BOOST_AUTO_TEST_CASE(wordings_are_given_in_every_language_and_shown_in_the_users) {
    basic_desk_host<simulated_policies> h(two_languages());
    BOOST_TEST(said(h.desk.save(h.ada, h.typed())) == (texts{"translations.fr.wording translation_missing"}),
               per_element());
    auto f = h.typed();
    f.translations.emplace_back("fr", "Prévenir les archives");
    auto const id = h.file(f);
    BOOST_TEST(h.desk.webhooks(h.ada).value().found[0].wording == "Tell the archive");
    BOOST_TEST(h.desk.webhooks(h.francoise).value().found[0].wording == "Prévenir les archives");
    admin::acting_user const german{"gerd", admin::rights::all(), "de"};
    BOOST_TEST(h.desk.webhooks(german).value().found[0].wording == "Tell the archive");
    BOOST_TEST(h.desk.form(h.ada, id).value().translations.size() == 1U);
    // In whichever language it is looked for.
    admin::webhook_query q;
    q.contains = "ARCHIVES";
    BOOST_TEST(h.desk.webhooks(h.ada, q).value().matching == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_list_shows_what_a_person_looks_for, desk_host) {
    admin::filter_form filter;
    filter.name = "Large ones";
    filter.object = "project";
    filter.is_public = true;
    auto f = typed();
    f.filter = desk.save(ada, filter).value();
    f.action = "deleted";
    f.active = false;
    auto const id = file(f);
    auto const list = desk.webhooks(ada).value();
    BOOST_REQUIRE(list.found.size() == 1U);
    auto const& row = list.found[0];
    BOOST_TEST((row.id == id));
    BOOST_TEST(row.wording == "Tell the archive");
    BOOST_TEST(!row.active);
    BOOST_TEST(row.event == "project.deleted");
    BOOST_TEST(row.verb == "POST");
    BOOST_TEST(row.url == "https://a.example.com/{{project.id}}");
    BOOST_TEST(row.filter == "Large ones");
}

BOOST_FIXTURE_TEST_CASE(the_list_comes_in_pages, desk_host) {
    for (int i = 0; i != 7; ++i)
        file(typed((i % 2 == 0 ? "even " : "odd ") + std::to_string(i)));
    admin::webhook_query q;
    q.limit = 2;
    q.contains = "EVEN";
    texts seen;
    std::size_t pages = 0;
    do {
        auto const list = desk.webhooks(ada, q).value();
        BOOST_TEST(list.matching == 4U);
        BOOST_TEST(list.all == 7U);
        for (auto const& row : list.found)
            seen.push_back(row.wording);
        q.after = list.next;
        ++pages;
    } while (!q.after.is_nil());
    BOOST_TEST(seen == (texts{"even 0", "even 2", "even 4", "even 6"}), per_element());
    BOOST_TEST(pages == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_list_goes_on_behind_a_webhook_that_is_gone, desk_host) {
    std::vector<uuid> ids;
    for (int i = 0; i != 5; ++i) {
        ids.push_back(file(typed("number " + std::to_string(i))));
        pass(10ms);
    }
    admin::webhook_query q;
    q.limit = 2;
    q.after = desk.webhooks(ada, q).value().next;
    BOOST_TEST((q.after == ids[1]));
    BOOST_REQUIRE(desk.remove(bob, ids[1]).has_value());
    auto const next = desk.webhooks(ada, q).value();
    BOOST_REQUIRE(next.found.size() == 2U);
    BOOST_TEST((next.found[0].id == ids[2]));
    BOOST_TEST((next.next == ids[3]));
    // Nor does it matter what the last one is called by now.
    auto renamed = desk.form(ada, ids[3]).value();
    renamed.wording = "other";
    BOOST_REQUIRE(desk.save(ada, renamed).has_value());
    q.after = ids[3];
    q.contains = "number";
    BOOST_REQUIRE(desk.webhooks(ada, q).value().found.size() == 1U);
    q.limit = 0;
    BOOST_TEST(desk.webhooks(ada, q).value().found.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_sealed_history_is_intact_and_tampering_is_found) {
    host h;
    admin::service<objects, simulated_policies> desk(
        *h.hooks,
        encryption_keys(static_keys::make(encryption_key("k1", secret(std::string(32, 'k')))).value()));
    admin::acting_user const ada{"ada", admin::rights::all()};
    auto const id = desk.save(ada, desk_host::typed()).value();
    auto const sealed = desk.verify_history().value();
    BOOST_TEST(sealed.is_intact());
    BOOST_TEST(sealed.sealed == 1U);
    BOOST_TEST(sealed.unsealed == 0U);
    BOOST_REQUIRE(desk.remove(ada, id).has_value());
    BOOST_TEST(desk.verify_history(sealed.last).value().sealed == 2U);
    // Of another history, whoever kept the last checkpoint knows.
    auto const last = desk.verify_history().value().last;
    host other;
    admin::service<objects, simulated_policies> const desk_of_another(
        *other.hooks,
        encryption_keys(static_keys::make(encryption_key("k1", secret(std::string(32, 'k')))).value()));
    BOOST_TEST(desk_of_another.verify_history().value().is_intact());
    BOOST_TEST(!desk_of_another.verify_history(last).value().is_intact());
}

BOOST_AUTO_TEST_SUITE_END()
