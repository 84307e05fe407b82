// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/filter_draft.hpp>
#include <posthorn/model/filter.hpp>

#include "../../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace posthorn::test;
using posthorn::criterion;
using enum posthorn::criterion_operator;
using draft = posthorn::filter_draft<objects>;

} // namespace

// g++ 12 destroys braced aggregates beside co_await twice.
static_assert(!std::is_aggregate_v<posthorn::filter>);
static_assert(!std::is_aggregate_v<criterion>);

BOOST_AUTO_TEST_SUITE(model_filter)

BOOST_AUTO_TEST_CASE(a_new_filter_is_nobodys_and_asks_for_all) {
    posthorn::filter const f;
    BOOST_TEST(f.id.is_nil());
    BOOST_TEST(f.name == "");
    BOOST_TEST(f.object == "");
    BOOST_TEST(f.expression == "");
    BOOST_TEST(f.owner == "");
    BOOST_TEST(!f.is_public);
}

BOOST_AUTO_TEST_CASE(a_private_filter_is_seen_by_its_owner_alone) {
    posthorn::filter f;
    f.owner = "ada";
    BOOST_TEST(f.visible_to("ada"));
    BOOST_TEST(!f.visible_to("Ada"));
    BOOST_TEST(!f.visible_to("ad"));
    BOOST_TEST(!f.visible_to("ada "));
    BOOST_TEST(!f.visible_to(""));
}

BOOST_AUTO_TEST_CASE(a_public_filter_is_seen_by_all) {
    posthorn::filter f;
    f.is_public = true;
    BOOST_TEST(f.visible_to("ada"));
    BOOST_TEST(f.visible_to(""));
    f.owner = "ada";
    BOOST_TEST(f.visible_to("bob"));
}

BOOST_AUTO_TEST_CASE(a_private_filter_without_an_owner_is_not_seen_by_a_user_without_a_name) {
    posthorn::filter const f;
    BOOST_TEST(!f.visible_to(""));
}

BOOST_AUTO_TEST_CASE(a_draft_fills_every_field) {
    auto const d = draft("Open ones").on<project>().where("project.status == 'open'").owned_by("ada");
    auto const& f = d.value();
    BOOST_TEST(f.id.is_nil());
    BOOST_TEST(f.name == "Open ones");
    BOOST_TEST(f.object == "project");
    // As it was given; saving makes it canonical.
    BOOST_TEST(f.expression == "project.status == 'open'");
    BOOST_TEST(f.owner == "ada");
    BOOST_TEST(!f.is_public);
    BOOST_TEST(d.errors().empty());
}

BOOST_AUTO_TEST_CASE(the_last_word_on_who_sees_it_counts) {
    auto const open = draft("f").owned_by("ada").for_everyone();
    BOOST_TEST(open.value().is_public);
    BOOST_TEST(open.value().owner == "ada");
    auto const closed = draft("f").for_everyone().owned_by("ada");
    BOOST_TEST(!closed.value().is_public);
}

BOOST_AUTO_TEST_CASE(criteria_become_text_whether_they_come_before_the_type_or_after) {
    std::string const text = R"(project.status == "open" && project.budget > 10000.0)";
    auto const after =
        draft("f").on<project>().where({{"status", equals, {"open"}}, {"budget", greater, {"10000"}}});
    BOOST_TEST(after.value().expression == text);
    BOOST_TEST(after.errors().empty());
    auto const before =
        draft("f").where({{"status", equals, {"open"}}, {"budget", greater, {"10000"}}}).on<project>();
    BOOST_TEST(before.value().expression == text);
    BOOST_TEST(before.errors().empty());
}

BOOST_AUTO_TEST_CASE(no_criteria_are_all_objects) {
    BOOST_TEST(draft("f").on<project>().where(std::vector<criterion>()).value().expression == "true");
    BOOST_TEST(draft("f").on<project>().value().expression == "");
}

BOOST_AUTO_TEST_CASE(wrong_criteria_are_told_and_leave_no_text_that_could_be_saved) {
    auto const d = draft("f").on<project>().where({{"status", equals, {"open"}}, {"budgt", less, {"1"}}});
    BOOST_TEST(d.errors().text() ==
               "criteria[1].field: unknown field `budgt` of `project` (did you mean `budget`?)");
    posthorn::detail::expression_scope scope = scope_for<project>();
    scope.is_filter = true;
    BOOST_TEST(!posthorn::expression::compile_predicate(d.value().expression, scope));
}

BOOST_AUTO_TEST_CASE(criteria_without_a_type_are_an_error_until_the_type_is_named) {
    auto d = draft("f").where({{"login", equals, {"ada"}}});
    BOOST_TEST(d.errors().text() == "object: choose the object type that the filter is about");
    BOOST_TEST(d.value().expression != "");
    auto const named = std::move(d).on<account>();
    BOOST_TEST(named.errors().empty());
    BOOST_TEST(named.value().expression == R"(user.login == "ada")");
    // Another type: the criteria are judged again.
    auto const moved = draft("f").where({{"login", equals, {"ada"}}}).on<account>().on<phase>();
    BOOST_TEST(moved.errors().text() == "criteria[0].field: unknown field `login` of `phase`");
}

BOOST_AUTO_TEST_CASE(the_last_where_counts) {
    auto const text = draft("f").on<project>().where({{"nothing", equals, {"1"}}}).where("project.urgent");
    BOOST_TEST(text.value().expression == "project.urgent");
    BOOST_TEST(text.errors().empty());
    auto const criteria = draft("f").where("project.urgent").where({{"id", less, {"5"}}}).on<project>();
    BOOST_TEST(criteria.value().expression == "project.id < 5");
    // A type that is named later does not bring replaced criteria back.
    auto const replaced = draft("f").where({{"id", less, {"5"}}}).where("project.urgent").on<project>();
    BOOST_TEST(replaced.value().expression == "project.urgent");
}

BOOST_AUTO_TEST_SUITE_END()
