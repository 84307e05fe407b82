// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/service.hpp>

#include "support/desk_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>

using namespace posthorn;
using namespace posthorn::test;
using admin::right;
using boost::test_tools::per_element;

namespace {

// Objects as a host has them: of a map, found by their id.
template <class T>
admin::object_source<T> source_of(std::map<std::string, T> const& known) {
    admin::object_source<T> source;
    source.list = [&known](std::string_view scope, std::string_view text, std::size_t limit) {
        std::vector<admin::object_choice> found;
        for (auto const& [id, object] : known)
            if (found.size() != limit && id.find(text) != std::string::npos)
                found.emplace_back(id, "number " + id + (scope.empty() ? "" : " of " + std::string(scope)));
        return found;
    };
    source.load = [&known](std::string_view id) {
        auto const it = known.find(std::string(id));
        return it == known.end() ? std::optional<T>() : std::optional(it->second);
    };
    return source;
}

template <class Policies>
struct basic_test_host : basic_desk_host<Policies> {
    template <class... With>
    explicit basic_test_host(With... with) : basic_desk_host<Policies>(std::move(with)...) {
        this->desk.offer(source_of(projects));
        this->desk.offer(source_of(phases));
        this->desk.offer(source_of(users));
    }

    // Makes the call, and gives what its window shows.
    admin::outcome<admin::test_report> test(admin::webhook_form const& form, admin::test_choice const& with,
                                            admin::acting_user const& user) {
        std::optional<admin::outcome<admin::test_report>> ended;
        this->desk.async_test(user, form, with,
                              [&](admin::outcome<admin::test_report> r) { ended.emplace(std::move(r)); });
        BOOST_TEST(!ended.has_value());
        this->io.restart();
        this->pass(1min);
        BOOST_REQUIRE(ended.has_value());
        return *std::move(ended);
    }
    admin::outcome<admin::test_report> test(admin::webhook_form const& form, std::string object = "1") {
        admin::test_choice choice;
        choice.object = std::move(object);
        return test(form, choice, this->ada);
    }

    std::map<std::string, project> const projects{{"1", {1, "P1"}}, {"42", {42, "A/B"}}};
    std::map<std::string, phase> const phases{{"7", {7}}};
    std::map<std::string, user> const users{{"u", {"ursula"}}};
};

using test_host = basic_test_host<simulated_policies>;

struct blocking_policies
    : default_policies::with_clock<testing::simulated_clock>::with_random<testing::seeded_random>::
          with_observer<event_log>::with_semantics<in_transaction>::with_blocking_transport<
              testing::scripted_transport>::with_transport<not_set> {};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_admin_test_calls)

BOOST_FIXTURE_TEST_CASE(a_test_shows_what_was_sent_and_answered, test_host) {
    auto f = typed();
    f.headers.emplace_back("X-Code", "{{project.code}}");
    f.headers.emplace_back("Authorization", "Bearer 0123456789", true);
    f.signing.emplace_back("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
    receiver.answer(testing::scripted_answer(200).body("you are Bearer 0123456789").after(120ms));
    auto const r = test(f, "42").value();
    BOOST_TEST(r.url == "https://a.example.com/42");
    BOOST_TEST(r.method == "POST");
    BOOST_TEST(r.body == "\"A/B\"");
    BOOST_TEST(!r.error);
    BOOST_TEST(r.status == 200);
    BOOST_TEST(r.answer == "you are ***");
    BOOST_TEST((r.took == 120ms));
    BOOST_TEST(!r.retried_after.has_value());
    auto const has = [&](std::string_view line) {
        return std::ranges::any_of(r.headers, [&](auto const& h) { return h.starts_with(line); });
    };
    BOOST_TEST(has("X-Code: A/B"));
    BOOST_TEST(has("Authorization: ***"));
    BOOST_TEST(has("webhook-signature: v1,"));
    BOOST_TEST(has("Content-Type: application/json"));
    // The receiver got all of it, as it would of a real call.
    BOOST_REQUIRE(receiver.requests().size() == 1U);
    BOOST_TEST(receiver.requests()[0].header("Authorization") == "Bearer 0123456789");
    BOOST_TEST(receiver.requests()[0].body() == "\"A/B\"");
}

BOOST_FIXTURE_TEST_CASE(a_test_goes_the_way_that_the_form_says, test_host) {
    auto f = typed();
    f.connection.proxy = "http://proxy.example.com:3128";
    f.connection.proxy_credentials = admin::secret_input("us:correct horse");
    receiver.answer(testing::scripted_answer(200).body("you are us:correct horse"));
    BOOST_TEST(test(f).value().answer == "you are ***");
    BOOST_REQUIRE(receiver.requests().size() == 1U);
    auto const way = receiver.requests()[0].connection();
    BOOST_REQUIRE(way != nullptr);
    BOOST_TEST(way->proxy == f.connection.proxy);
    BOOST_TEST(way->proxy_credentials.reveal() == "us:correct horse");
    f.connection.proxy = "proxy";
    admin::test_choice choice;
    choice.object = "1";
    auto const wrong = test(f, choice, ada);
    BOOST_REQUIRE(wrong.has_error());
    BOOST_TEST(wrong.error().all().at(0).field() == "connection.proxy");
}

BOOST_FIXTURE_TEST_CASE(the_three_messages_are_those_of_the_screen, test_host) {
    receiver.answer(404);
    auto const r = test(typed()).value();
    BOOST_TEST(r.messages == (texts{"A technical error has occurred. Please contact your administrator.",
                                    "Review of the formula for URL: https://a.example.com/1",
                                    "Request sent to https://a.example.com/1 (status code: 404)"}),
               per_element());
    admin::test_choice choice;
    choice.object = "1";
    BOOST_TEST(test(typed(), choice, francoise).value().messages ==
                   (texts{"Une erreur technique est survenue. Veuillez contacter votre administrateur.",
                          "Évaluation de la formule pour URL : https://a.example.com/1",
                          "Requête envoyée à https://a.example.com/1 (code de statut : 404)"}),
               per_element());
}

BOOST_FIXTURE_TEST_CASE(a_test_that_went_well_tells_no_error, test_host) {
    BOOST_TEST(test(typed()).value().messages ==
                   (texts{"Review of the formula for URL: https://a.example.com/1",
                          "Request sent to https://a.example.com/1 (status code: 200)"}),
               per_element());
}

BOOST_FIXTURE_TEST_CASE(a_test_tells_whether_a_delivery_would_be_retried, test_host) {
    receiver.answer(500);
    auto const failed = test(typed()).value();
    BOOST_REQUIRE(failed.retried_after.has_value());
    BOOST_TEST((*failed.retried_after >= 5s));
    BOOST_TEST((*failed.retried_after <= 6s));
    receiver.answer(testing::scripted_answer(503).retry_after("120"));
    BOOST_TEST((test(typed()).value().retried_after >= 120s));
    receiver.answer(410);
    BOOST_TEST(!test(typed()).value().retried_after.has_value());
    receiver.answer(errc::connect_refused);
    auto const refused = test(typed()).value();
    BOOST_TEST(refused.status == 0);
    BOOST_TEST(refused.error == make_error_code(errc::connect_refused));
    BOOST_TEST(refused.retried_after.has_value());
}

BOOST_FIXTURE_TEST_CASE(active_filter_and_condition_are_ignored, test_host) {
    admin::filter_form filter;
    filter.name = "none";
    filter.object = "project";
    filter.expression = "project.id == 0";
    auto f = typed();
    f.filter = desk.save(ada, filter).value();
    f.condition = "project.id == 0";
    f.active = false;
    BOOST_TEST(test(f).value().status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_test_stores_nothing, test_host) {
    receiver.answer(410);
    run();
    auto const r = test(typed()).value();
    BOOST_TEST(r.status == 410);
    BOOST_TEST(hooks->webhooks().empty());
    BOOST_TEST(desk.orders(ada).value().found.empty());
    BOOST_TEST(log.attempts().empty());
    // Nor does a 410 disable the saved one.
    auto const id = file(typed());
    auto form = desk.form(ada, id).value();
    form.url = "https://unsaved.example.com/";
    BOOST_TEST(test(form).value().url == "https://unsaved.example.com/");
    BOOST_TEST(stored(id).active);
    BOOST_TEST(stored(id).url == "https://a.example.com/{{project.id}}");
    BOOST_TEST(stored(id).revision == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_test_of_a_saved_webhook_stands_in_its_history, test_host) {
    auto const id = file(typed());
    BOOST_REQUIRE(test(desk.form(ada, id).value()).has_value());
    auto const past = desk.history(ada, id).value();
    BOOST_REQUIRE(past.size() == 2U);
    BOOST_TEST((past[0].what == history_action::tested));
    BOOST_TEST(past[0].user == "ada");
    // With what: the URL, even if nothing differs from what is saved.
    std::string const url = "https://a.example.com/{{project.id}}";
    BOOST_TEST((past[0].changes == std::vector<field_change>{{"url", url, url}}));
}

BOOST_FIXTURE_TEST_CASE(the_history_says_with_what_a_webhook_was_tested, test_host) {
    auto f = typed();
    f.headers.emplace_back("Authorization", "Bearer 0123456789", true);
    auto const id = file(f);
    auto form = desk.form(ada, id).value();
    form.url = "https://elsewhere.example.com/{{project.code}}";
    form.condition = "project.id == 1";
    form.verb = "PUT";
    form.headers[0] = admin::header_input("Authorization", "Bearer another", true);
    BOOST_REQUIRE(test(form).has_value());
    auto const changes = desk.history(ada, id).value().at(0).changes;
    texts fields;
    for (auto const& c : changes)
        fields.push_back(c.field);
    BOOST_TEST(fields == (texts{"url", "verb", "condition", "headers.Authorization"}), per_element());
    BOOST_TEST(changes.at(0).from == "https://a.example.com/{{project.id}}");
    BOOST_TEST(changes.at(0).to == "https://elsewhere.example.com/{{project.code}}");
    for (auto const& c : changes)
        BOOST_TEST((c.from + c.to).find("Bearer") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_saved_secret_is_sent_nowhere_else, test_host) {
    auto f = typed();
    f.headers.emplace_back("Authorization", "Bearer 0123456789", true);
    f.signing.emplace_back("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
    auto const saved = desk.form(ada, file(f)).value();
    texts const refused{"headers[0] secret_of_other_receiver", "signing[0] secret_of_other_receiver"};
    for (auto const* const url :
         {"https://evil.example.com/", "http://a.example.com/", "https://a.example.com:8080/"}) {
        auto form = saved;
        form.url = url;
        BOOST_TEST(said(test(form)) == refused, per_element());
        BOOST_TEST(said(desk.check(ada, form)) == refused, per_element());
        BOOST_TEST(said(desk.save(ada, form)) == refused, per_element());
        BOOST_TEST(said(desk.apply(ada, form)) == refused, per_element());
    }
    auto form = saved;
    form.connection.proxy = "http://evil.example.com:3128";
    BOOST_TEST(said(test(form)) == refused, per_element());
    // A URL that leads nowhere is an error of its own.
    for (auto const* const url :
         {"https://{{project.code}}/", "https://a.example.com{{project.code}}/", "htps://evil/"}) {
        form = saved;
        form.url = url;
        BOOST_TEST(test(form).has_error());
    }
    BOOST_TEST(receiver.requests().empty());
    form = saved;
    form.url = "https://A.example.com.:443/other/{{project.code}}";
    BOOST_TEST(said(test(form)) == texts(), per_element());
    BOOST_TEST(receiver.requests().at(0).header("Authorization") == "Bearer 0123456789");
}

BOOST_FIXTURE_TEST_CASE(a_saved_secret_is_sent_by_a_test_of_its_form, test_host) {
    auto f = typed();
    f.headers.emplace_back("Authorization", "Bearer 0123456789", true);
    auto const id = file(f);
    BOOST_REQUIRE(test(desk.form(ada, id).value()).has_value());
    BOOST_TEST(receiver.requests().at(0).header("Authorization") == "Bearer 0123456789");
}

BOOST_FIXTURE_TEST_CASE(a_phase_is_tested_inside_its_project, test_host) {
    auto f = typed();
    f.object = "phase";
    f.url = "https://a.example.com/{{project.code}}/{{phase.id}}";
    f.body = "{{event.action}}";
    admin::test_choice choice;
    choice.object = "7";
    choice.scope = "1";
    auto const r = test(f, choice, ada).value();
    BOOST_TEST(r.url == "https://a.example.com/P1/7");
    BOOST_TEST(r.body == "\"modified\"");
    choice.scope = "nowhere";
    BOOST_TEST(said(test(f, choice, ada)) == (texts{"scope object_unknown"}), per_element());
}

namespace {

// Lists phases of one project alone, and finds them wherever they are.
admin::object_source<phase> phases_of(std::string project, std::map<std::string, phase> const& known) {
    auto source = source_of(known);
    source.list = [all = source.list, project = std::move(project)](
                      std::string_view scope, std::string_view text, std::size_t limit) {
        return scope == project ? all(scope, text, limit) : std::vector<admin::object_choice>();
    };
    return source;
}

admin::webhook_form for_phases() {
    auto f = test_host::typed();
    f.object = "phase";
    return f;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_phase_of_another_project_is_rejected, test_host) {
    desk.offer(phases_of("1", phases));
    admin::test_choice choice;
    choice.object = "7";
    choice.scope = "42";
    auto const wrong = test(for_phases(), choice, ada);
    BOOST_TEST(said(wrong) == (texts{"object object_elsewhere"}), per_element());
    BOOST_TEST(wrong.error().begin()->message() ==
               "the `phase` `7` is not inside the `project` `42`; choose one of the list");
    BOOST_TEST(receiver.requests().empty());
    choice.scope = "1";
    BOOST_TEST(said(test(for_phases(), choice, ada)) == texts(), per_element());
}

// However many there are before it.
BOOST_FIXTURE_TEST_CASE(a_phase_far_behind_in_the_list_is_inside_its_project, test_host) {
    std::map<std::string, phase> many;
    for (int i = 0; i != 2500; ++i)
        many.emplace(std::to_string(i), phase{i});
    desk.offer(phases_of("1", many));
    admin::test_choice choice;
    choice.object = "999";
    choice.scope = "1";
    BOOST_TEST(said(test(for_phases(), choice, ada)) == texts(), per_element());
}

BOOST_FIXTURE_TEST_CASE(a_host_may_say_itself_what_is_inside_what, test_host) {
    auto source = phases_of("1", phases);
    source.is_inside = [](phase const& p, std::string_view scope) { return p.id == 7 && scope == "42"; };
    desk.offer(source);
    admin::test_choice choice;
    choice.object = "7";
    choice.scope = "1";
    BOOST_TEST(said(test(for_phases(), choice, ada)) == (texts{"object object_elsewhere"}), per_element());
    choice.scope = "42";
    BOOST_TEST(said(test(for_phases(), choice, ada)) == texts(), per_element());
}

BOOST_FIXTURE_TEST_CASE(a_user_is_tested_by_himself, test_host) {
    auto f = typed();
    f.object = "user";
    f.url = "https://a.example.com/{{user.name}}";
    f.body = "1";
    BOOST_TEST(test(f, "u").value().url == "https://a.example.com/ursula");
}

BOOST_FIXTURE_TEST_CASE(the_action_is_that_of_the_webhook_or_is_chosen, test_host) {
    auto f = typed();
    f.body = R"({"what": {{event.action}}, "by": {{event.actor}}, "had": {{has(previous)}}})";
    admin::test_choice choice;
    choice.object = "1";
    choice.what = action::created;
    BOOST_TEST(test(f, choice, ada).value().body == R"({"what": "created", "by": "ada", "had": false})");
    f.action = "deleted";
    f.body = R"({"what": {{event.action}}})";
    BOOST_TEST(test(f, choice, ada).value().body == R"({"what": "deleted"})");
}

BOOST_FIXTURE_TEST_CASE(what_is_missing_or_wrong_is_said_instead_of_sent, test_host) {
    admin::webhook_form empty;
    empty.verb.clear();
    BOOST_TEST(said(test(empty)) == (texts{"wording wording_missing", "event object_type_missing",
                                           "url url_missing", "verb verb_missing"}),
               per_element());
    auto f = typed();
    f.url = "https://a.example.com/{{project.idd}}";
    BOOST_TEST(said(test(f)) == (texts{"url unknown_field"}), per_element());
    BOOST_TEST(said(test(typed("\u200b"))) == (texts{"wording wording_missing"}), per_element());
    BOOST_TEST(said(test(typed(), "99")) == (texts{"object object_unknown"}), per_element());
    BOOST_TEST(receiver.requests().empty());
}

BOOST_FIXTURE_TEST_CASE(an_object_that_makes_no_request_is_said, test_host) {
    auto f = typed();
    f.headers.emplace_back("X-Code", "{{project.code}}");
    std::map<std::string, project> const broken{{"1", {1, "a\r\nb"}}};
    desk.offer(source_of(broken));
    auto const refused = test(f);
    BOOST_TEST(said(refused) == (texts{"object test_not_rendered"}), per_element());
    BOOST_TEST(refused.error().text().find(make_error_code(errc::bad_header_value).message()) !=
               std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_test_asks_nothing_of_what_makes_no_call, test_host) {
    auto form = desk.form(ada, file(typed())).value();
    auto yours = form;
    yours.wording = "changed meanwhile";
    BOOST_REQUIRE(desk.save(bob, yours).has_value());
    form.condition = "project.idd == 0";
    form.filter.emplace().data[0] = 1;
    form.description = std::string(5000, 'x');
    BOOST_TEST(test(form).value().status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_saved_secret_is_sent_for_those_who_may_change_the_webhook, test_host) {
    auto f = typed();
    f.headers.emplace_back("Authorization", "Bearer 0123456789", true);
    auto form = desk.form(ada, file(f)).value();
    form.url = "https://elsewhere.example.com/";
    admin::test_choice choice;
    choice.object = "1";
    BOOST_TEST(said(test(form, choice, {"maker", {right::view_webhooks, right::create_webhook}})) ==
                   (texts{"user right_missing"}),
               per_element());
    BOOST_TEST(receiver.requests().empty());
}

BOOST_FIXTURE_TEST_CASE(a_service_may_go_before_its_test_begins, test_host) {
    std::optional<admin::outcome<admin::test_report>> ended;
    admin::test_choice choice;
    choice.object = "1";
    auto later = [&] {
        admin::service<objects, simulated_policies> passing(*hooks);
        passing.offer(source_of(projects));
        return passing.async_test(ada, typed(), choice);
    }();
    std::move(later)([&](admin::outcome<admin::test_report> r) { ended.emplace(std::move(r)); });
    pass(1s);
    BOOST_REQUIRE(ended.has_value());
    BOOST_TEST(ended->value().status == 200);
}

BOOST_FIXTURE_TEST_CASE(objects_that_can_be_listed_alone_cannot_be_tested_with, test_host) {
    auto listed = source_of(projects);
    listed.load = nullptr;
    desk.offer(listed);
    BOOST_TEST(said(test(typed())) == (texts{"object object_not_offered"}), per_element());
}

BOOST_FIXTURE_TEST_CASE(testing_needs_the_right_to_create_or_to_modify, test_host) {
    admin::test_choice choice;
    choice.object = "1";
    BOOST_TEST(said(test(typed(), choice, {"v", {right::view_webhooks}})) == (texts{"user right_missing"}),
               per_element());
    BOOST_TEST(said(test(typed(), choice, {"c", {right::create_webhook}})) == (texts{"user right_missing"}),
               per_element());
    BOOST_TEST(said(test(typed(), choice, {"u", {right::view_webhooks, right::create_webhook}})) == texts(),
               per_element());
    auto const form = desk.form(ada, file(typed())).value();
    BOOST_TEST(said(test(form, choice, {"u", {right::view_webhooks, right::modify_webhook}})) == texts(),
               per_element());
}

BOOST_FIXTURE_TEST_CASE(objects_are_offered_to_choose_from, test_host) {
    auto const all = desk.objects(ada, "project").value();
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[1].label == "number 42");
    BOOST_TEST(desk.objects(ada, "project", "", "4").value().size() == 1U);
    BOOST_TEST(desk.objects(ada, "project", "", "", 1).value().size() == 1U);
    BOOST_TEST(desk.objects(ada, "phase", "1").value().at(0).label == "number 7 of 1");
    BOOST_TEST(said(desk.objects(nobody, "project")) == (texts{"user right_missing"}), per_element());
    BOOST_TEST(said(desk.objects(ada, "nothing")) == (texts{"object object_not_offered"}), per_element());
}

BOOST_FIXTURE_TEST_CASE(objects_come_in_pages, test_host) {
    std::map<std::string, project> many;
    for (int i = 0; i != 240; ++i)
        many.emplace("p" + std::to_string(1000 + i), project{i, "P"});
    desk.offer(source_of(many));
    std::vector<std::string> seen;
    for (std::string after;;) {
        auto const page = desk.objects(ada, "project", "", "p", 50, after).value();
        for (auto const& o : page)
            seen.push_back(o.id);
        if (page.size() < 50)
            break;
        after = page.back().id;
    }
    BOOST_TEST(seen.size() == 240U);
    BOOST_TEST(std::ranges::is_sorted(seen));
    BOOST_TEST((std::ranges::adjacent_find(seen) == seen.end()));
    BOOST_TEST(desk.objects(ada, "project", "", "p1239", 50).value().size() == 1U);
    BOOST_TEST(desk.objects(ada, "project", "", "", 50, "p1239").value().empty());
    BOOST_TEST(said(desk.objects(ada, "project", "", "", 50, "gone")) == (texts{"after object_unknown"}),
               per_element());
}

BOOST_FIXTURE_TEST_CASE(a_host_that_offers_no_objects_cannot_be_tested, desk_host) {
    std::optional<admin::outcome<admin::test_report>> ended;
    desk.async_test(ada, typed(), admin::test_choice(),
                    [&](admin::outcome<admin::test_report> r) { ended.emplace(std::move(r)); });
    settle();
    BOOST_REQUIRE(ended.has_value());
    BOOST_TEST(said(*ended) == (texts{"object object_not_offered"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_host_with_a_blocking_transport_alone_is_tested_too) {
    basic_test_host<blocking_policies> h;
    auto f = h.typed();
    f.synchronous = true;
    f.transaction_execution = true;
    h.receiver.answer(500);
    auto const r = h.test(f).value();
    BOOST_TEST(r.status == 500);
    // Whoever waits is told; nothing is tried again.
    BOOST_TEST(!r.retried_after.has_value());
}

BOOST_AUTO_TEST_CASE(the_guard_is_that_of_real_calls) {
    test_host h;
    auto f = h.typed();
    f.url = "http://127.0.0.1/";
    BOOST_TEST(said(h.test(f)) == (texts{"url address_refused"}), per_element());
    BOOST_TEST(h.receiver.requests().empty());
}

BOOST_AUTO_TEST_SUITE_END()
