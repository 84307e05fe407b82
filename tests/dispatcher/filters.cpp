// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/stored_records.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace posthorn;
using namespace posthorn::test;

namespace {

struct filtering_host : host {
    [[nodiscard]] static filter_draft<objects> filter(std::string name = "Ours") {
        return dispatcher_type::filter(std::move(name)).on<project>().for_everyone();
    }

    [[nodiscard]] std::size_t matched(project const& p) { return hooks->dispatch(created(p)).matched(); }

    template <class Draft>
    [[nodiscard]] std::string refused(Draft const& draft) {
        auto const saved = hooks->save(draft);
        BOOST_TEST_REQUIRE(!saved.has_value());
        return saved.error().text();
    }

    [[nodiscard]] static webhook_draft<objects> hook() {
        return draft().on<project>().post("https://a.example.com/hook").body("{{project.id}}");
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_filters)

BOOST_FIXTURE_TEST_CASE(a_condition_decides_per_event, filtering_host) {
    save(hook().when("project.code == 'P1' && project.id < 5"));
    BOOST_TEST(matched(one) == 1U);
    BOOST_TEST(matched(two) == 0U);
    BOOST_TEST(matched(project{9, "P1"}) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_condition_is_stored_in_canonical_form, filtering_host) {
    auto const id = save(hook().when("( project.id==1 )"));
    BOOST_TEST(stored(id).condition == "project.id == 1");
    BOOST_TEST(stored_webhooks(storage).front().condition == "project.id == 1");
}

BOOST_FIXTURE_TEST_CASE(a_wrong_condition_is_refused_with_its_place, filtering_host) {
    BOOST_TEST(refused(hook().when("project.cod == 'x'")) ==
               "condition: line 1, column 9: unknown field `cod` of `project` (did you mean `code`?)\n"
               "project.cod == 'x'\n"
               "        ^");
    BOOST_TEST(hooks->webhooks().empty());
}

BOOST_FIXTURE_TEST_CASE(conditions_know_the_event, filtering_host) {
    save(hook().when("event.actor == 'ada' && event.action == 'created'"));
    BOOST_TEST(hooks->dispatch(created(one).by("ada")).matched() == 1U);
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 0U);
    BOOST_TEST(hooks->dispatch(deleted(one).by("ada")).matched() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_condition_sees_the_time_and_id_that_the_delivery_has, filtering_host) {
    save(draft()
             .on<project>()
             .post("https://a.example.com/hook")
             .body("[{{event.id}},{{event.time}}]")
             .when("event.time == timestamp('2030-01-01T00:00:00Z') && event.id != ''"));
    run();
    auto const then = wall_time(std::chrono::sys_days(std::chrono::year(2030) / 1 / 1));
    BOOST_TEST(hooks->dispatch(created(one).at(then)).matched() == 1U);
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 0U);
    auto const id = uuid{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
    BOOST_TEST(hooks->dispatch(created(one).at(then).with_id(id)).matched() == 1U);
    settle();
    BOOST_TEST_REQUIRE(receiver.count() == 2U);
    BOOST_TEST(receiver.requests()[1].body() ==
               R"(["01020304-0506-0708-090a-0b0c0d0e0f10","2030-01-01T00:00:00Z"])");
}

BOOST_FIXTURE_TEST_CASE(a_saved_filter_decides_for_projects_and_their_phases, filtering_host) {
    auto const f = save(filter().where("project.code == 'P1'"));
    save(hook().for_filter(f));
    save(draft().on<phase>().post("https://a.example.com/hook").body("{{phase.id}}").for_filter(f));
    BOOST_TEST(matched(one) == 1U);
    BOOST_TEST(matched(two) == 0U);
    phase const piers{3};
    BOOST_TEST(hooks->dispatch(created(piers).within(one)).matched() == 1U);
    BOOST_TEST(hooks->dispatch(created(piers).within(two)).matched() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_filter_without_criteria_lets_all_pass, filtering_host) {
    save(hook().for_filter(save(filter("All projects"))));
    save(hook().for_filter(save(filter("All of them").where(std::vector<criterion>{}))));
    BOOST_TEST(matched(one) == 2U);
    BOOST_TEST(matched(two) == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_filter_can_be_made_of_criteria, filtering_host) {
    auto const f = save(filter().where(
        {{"code", criterion_operator::starts_with, {"P"}}, {"id", criterion_operator::less, {"2"}}}));
    BOOST_TEST(hooks->filters().front().expression == "project.code.startsWith(\"P\") && project.id < 2");
    save(hook().for_filter(f));
    BOOST_TEST(matched(one) == 1U);
    BOOST_TEST(matched(two) == 0U);
    BOOST_TEST(refused(filter().where({{"cod", criterion_operator::equals, {"P"}}})) ==
               "criteria[0].field: unknown field `cod` of `project` (did you mean `code`?)");
}

BOOST_FIXTURE_TEST_CASE(a_changed_filter_counts_for_all_that_name_it, filtering_host) {
    auto const f = save(filter().where("project.id == 1"));
    save(hook().for_filter(f));
    save(hook().for_filter(f).when("project.code != ''"));
    BOOST_TEST(matched(one) == 2U);
    auto changed = hooks->filters().front();
    changed.expression = "project.id == 2";
    BOOST_TEST((hooks->save(changed).value() == f));
    BOOST_TEST(matched(one) == 0U);
    BOOST_TEST(matched(two) == 2U);
    changed.expression = "project.id === 2";
    BOOST_TEST(!hooks->save(changed).has_value());
    BOOST_TEST(matched(two) == 2U);
}

BOOST_FIXTURE_TEST_CASE(all_that_is_wrong_with_a_filter_is_told_at_once, filtering_host) {
    posthorn::filter nothing;
    nothing.expression = "true";
    BOOST_TEST(refused(nothing) == "name: a filter needs a name\n"
                                   "owner: a private filter needs the user whose it is; or make it public\n"
                                   "object: a filter needs the object type that it is about");
    posthorn::filter wrong;
    wrong.name = "x";
    wrong.is_public = true;
    wrong.object = "projct";
    BOOST_TEST(refused(wrong) == "object: unknown object type `projct` (did you mean `project`?)");
    wrong.object = "user";
    BOOST_TEST(refused(wrong) == "object: no events are filtered by `user`; a filter is about a scope");
    BOOST_TEST(refused(filter().where("project.id")) ==
               "expression: line 1, column 1: this is an int; a filter or a condition must be true or false, "
               "such as a comparison\nproject.id\n^");
    BOOST_TEST(refused(filter().where("previous.id == 1"))
                   .starts_with("expression: line 1, column 1: a saved filter"));
    BOOST_TEST(hooks->filters().empty());
    BOOST_TEST(stored_filters(storage).empty());
}

BOOST_FIXTURE_TEST_CASE(a_filter_that_does_not_fit_the_webhook_is_refused, filtering_host) {
    auto const f = save(filter());
    uuid unknown{};
    unknown.data[0] = 9;
    BOOST_TEST(refused(hook().for_filter(unknown)) ==
               "filter: no saved filter has the id 09000000-0000-0000-0000-000000000000; choose another one, "
               "or none");
    BOOST_TEST(refused(draft().on<user>().post("https://a.example.com/").body("{}").for_filter(f)) ==
               "filter: objects of type `user` have no scope, so no filter can be chosen; use a condition");
}

BOOST_FIXTURE_TEST_CASE(a_filter_that_webhooks_name_cannot_be_removed, filtering_host) {
    auto const f = save(filter());
    auto const h = save(hook().for_filter(f).inactive());
    BOOST_TEST((hooks->remove_filter(f).error() == errc::filter_in_use));
    auto moved = hooks->filters().front();
    moved.object = "user";
    BOOST_TEST(refused(moved) ==
               "object: no events are filtered by `user`; a filter is about a scope\n"
               "object: webhooks name this filter, so it stays about `project`; save a new one "
               "instead");
    BOOST_TEST(hooks->remove(h).has_value());
    BOOST_TEST(hooks->remove_filter(f).has_value());
    BOOST_TEST(hooks->filters().empty());
    BOOST_TEST(stored_filters(storage).empty());
    BOOST_TEST((hooks->remove_filter(f).error() == errc::unknown_filter));
}

BOOST_FIXTURE_TEST_CASE(what_the_registry_holds_works_after_a_restart, filtering_host) {
    auto const f = save(filter().where("project.id == 1"));
    auto const g = save(filter("Other").where("project.id == 2"));
    save(hook().for_filter(f));
    save(hook().when("project.id == 2"));
    hooks.reset();
    hooks.emplace(io, clock, receiver, storage, log, testing::seeded_random(8));
    BOOST_TEST(matched(one) == 1U);
    BOOST_TEST(matched(two) == 1U);
    BOOST_TEST_REQUIRE(hooks->filters().size() == 2U);
    BOOST_TEST((hooks->filters()[0].id == f));
    BOOST_TEST((hooks->filters()[1].id == g));
    BOOST_TEST(log.problems().empty());
}

BOOST_FIXTURE_TEST_CASE(a_webhook_whose_filter_is_missing_cannot_be_used_and_the_log_says_so,
                        filtering_host) {
    auto const f = save(filter());
    auto const h = save(hook().for_filter(f));
    save(hook());
    hooks.reset();
    store_text(storage, filter_key(f), std::nullopt);
    hooks.emplace(io, clock, receiver, storage, log, testing::seeded_random(8));
    auto const r = hooks->dispatch(created(one));
    BOOST_TEST(r.accepted() == 1U);
    BOOST_TEST_REQUIRE(r.refused().size() == 1U);
    BOOST_TEST((r.refused()[0].error() == errc::webhook_unusable));
    BOOST_TEST_REQUIRE(log.problems().size() == 1U);
    BOOST_TEST(log.problems()[0].find("webhook " + to_text(h) + " cannot be used: its filter " + to_text(f) +
                                      " is missing") != std::string::npos);
    // It can be deactivated, or be given another filter.
    auto w = stored(h);
    w.active = false;
    BOOST_TEST(hooks->save(w).has_value());
    w = stored(h);
    w.active = true;
    w.filter.reset();
    BOOST_TEST(hooks->save(w).has_value());
    BOOST_TEST(matched(one) == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_whose_filter_no_longer_fits_the_catalog_cannot_be_used, filtering_host) {
    auto const f = save(filter());
    save(hook().for_filter(f));
    hooks.reset();
    auto old = stored_filters(storage).front();
    old.expression = "project.gone == 1";
    store(storage, old);
    hooks.emplace(io, clock, receiver, storage, log, testing::seeded_random(8));
    // What it would let pass is not known.
    auto const r = hooks->dispatch(created(one));
    BOOST_TEST(r.accepted() == 0U);
    BOOST_TEST_REQUIRE(r.refused().size() == 1U);
    BOOST_TEST((r.refused()[0].error() == errc::webhook_unusable));
    BOOST_TEST_REQUIRE(log.problems().size() == 2U);
    BOOST_TEST(log.problems()[0].find("cannot be used: expression: line 1, column 9: unknown field `gone`") !=
               std::string::npos);
    // It is there to be mended, and protected as long as it is named.
    BOOST_TEST_REQUIRE(hooks->filters().size() == 1U);
    BOOST_TEST((hooks->remove_filter(f).error() == errc::filter_in_use));
    BOOST_TEST(refused(hook().for_filter(f)) ==
               "filter: the filter is wrong itself; mend it, or choose another one, or none");
    auto mended = hooks->filters().front();
    mended.expression = "project.id == 1";
    BOOST_TEST(hooks->save(mended).has_value());
    BOOST_TEST(matched(one) == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_whose_filter_is_about_other_objects_cannot_be_used, filtering_host) {
    auto const f = save(filter().where("project.code == 'P1'"));
    auto const h = save(hook().for_filter(f));
    hooks.reset();
    // As an older catalog, or another hand, may have left it.
    auto w = stored_webhooks(storage).front();
    w.object = "user";
    w.body = webhook_body("{{user.name}}");
    store(storage, w);
    hooks.emplace(io, clock, receiver, storage, log, testing::seeded_random(8));
    user const ann{"ann"};
    BOOST_TEST(hooks->dispatch(created(ann)).refused().size() == 1U);
    BOOST_TEST_REQUIRE(log.problems().size() == 1U);
    BOOST_TEST(log.problems()[0].find("webhook " + to_text(h) + " cannot be used") != std::string::npos);
    BOOST_TEST(hooks->save(stored(h)).has_value());
    BOOST_TEST(hooks->dispatch(created(ann)).refused().size() == 1U);
    // Without it, it asks for everything.
    auto unfiltered = stored(h);
    unfiltered.filter.reset();
    BOOST_TEST(hooks->save(unfiltered).has_value());
    BOOST_TEST(hooks->dispatch(created(ann)).accepted() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_renamed_filter_stays_in_force, filtering_host) {
    auto const f = save(filter().where("project.id == 1"));
    save(hook().for_filter(f));
    auto renamed = hooks->filters().front();
    renamed.name = "Theirs";
    BOOST_TEST(hooks->save(renamed).has_value());
    BOOST_TEST(hooks->filters().front().name == "Theirs");
    BOOST_TEST(matched(one) == 1U);
    BOOST_TEST(matched(two) == 0U);
}

namespace {

struct task {
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(task, (), (id))

using nested_objects = catalog<object<project, "project">, object<phase, "phase", scoped_by<project>>,
                               object<task, "task", scoped_by<phase>>>;

} // namespace

BOOST_FIXTURE_TEST_CASE(scopes_may_be_nested_and_a_filter_is_about_the_nearest, filtering_host) {
    dispatcher<nested_objects, simulated_policies> nested(io, clock, receiver, log,
                                                          testing::seeded_random(9));
    auto const about_phases =
        nested.save(nested.filter("Phase 3").on<phase>().where("phase.id == 3").for_everyone()).value();
    auto const about_projects =
        nested.save(nested.filter("One").on<project>().where("project.id == 1").for_everyone()).value();
    auto const on_tasks = nested.webhook("t").on<task>().post("https://a.example.com/").body("{}");
    BOOST_TEST(
        nested.save(posthorn::webhook_draft<nested_objects>(on_tasks).for_filter(about_phases)).has_value());
    auto const wrong =
        nested.save(posthorn::webhook_draft<nested_objects>(on_tasks).for_filter(about_projects));
    BOOST_TEST_REQUIRE(!wrong.has_value());
    BOOST_TEST(wrong.error().text() == "filter: the filter is about `project`; choose one about `phase`");
    BOOST_TEST(nested
                   .save(nested.webhook("p")
                             .on<phase>()
                             .post("https://a.example.com/")
                             .body("{}")
                             .for_filter(about_projects))
                   .has_value());
    task const t{1};
    phase const third{3};
    phase const other{4};
    BOOST_TEST(nested.dispatch(created(t).within(third)).matched() == 1U);
    BOOST_TEST(nested.dispatch(created(t).within(other)).matched() == 0U);
    BOOST_TEST(nested.dispatch(created(other).within(one)).matched() == 1U);
    BOOST_TEST(nested.dispatch(created(other).within(two)).matched() == 0U);
}

// Else its accessors would read another struct.
BOOST_FIXTURE_TEST_CASE(a_filter_about_another_scope_makes_its_webhook_unusable, filtering_host) {
    auto const about_projects = save(filter().where("project.code == 'P1'"));
    auto w = posthorn::webhook(posthorn::webhook_draft<nested_objects>("t")
                                   .on<task>()
                                   .post("https://a.example.com/")
                                   .body("{}")
                                   .value());
    w.id.data[0] = 7;
    w.filter = about_projects;
    store(storage, w);
    dispatcher<nested_objects, simulated_policies> nested(io, clock, receiver, storage, log,
                                                          testing::seeded_random(9));
    task const t{1};
    phase const third{3};
    auto const r = nested.dispatch(created(t).within(third));
    BOOST_TEST(r.accepted() == 0U);
    BOOST_TEST_REQUIRE(r.refused().size() == 1U);
    BOOST_TEST((r.refused()[0].error() == errc::webhook_unusable));
    BOOST_TEST_REQUIRE(log.problems().size() == 1U);
    BOOST_TEST(log.problems()[0].find("is not valid here, or about other objects") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
