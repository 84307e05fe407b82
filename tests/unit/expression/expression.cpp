// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/expression.hpp>
#include <posthorn/expression/print.hpp>

#include "../../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace posthorn::test;
using posthorn::action;
using posthorn::expression;
using posthorn::value_kind;

std::string json_of(std::string_view text, posthorn::detail::event_view const& e,
                    posthorn::detail::expression_scope const& scope) {
    std::string out;
    append_json(out, expression::compile(text, scope).value().evaluate(e));
    return out;
}

struct wrong {
    std::string_view text;
    std::size_t offset;
    std::string_view message;
};

void check_wrong(wrong const& row, posthorn::detail::expression_scope const& scope) {
    BOOST_TEST_CONTEXT(row.text) {
        auto const compiled = expression::compile(row.text, scope);
        BOOST_TEST_REQUIRE(!compiled);
        BOOST_TEST(compiled.error().offset() == row.offset);
        BOOST_TEST(compiled.error().message() == row.message);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(expression_expression)

BOOST_AUTO_TEST_CASE(paths_read_object_previous_scope_and_event) {
    project before;
    project after;
    before.label = "Old";
    after.label = "New";
    after.where = site{"Ulm", "Main", "0000"};
    auto const e = posthorn::modified(before, after).by("ada");
    auto const v = view_of(e);
    auto const scope = scope_for<project>();
    BOOST_TEST(json_of("project.label", v, scope) == R"("New")");
    BOOST_TEST(json_of("previous.label", v, scope) == R"("Old")");
    BOOST_TEST(json_of("project.where.city", v, scope) == R"("Ulm")");
    BOOST_TEST(json_of("project.status", v, scope) == R"("open")");
    BOOST_TEST(json_of("event.id", v, scope) == R"("01000000-0000-0000-0000-0000000000ab")");
    BOOST_TEST(json_of("event.action", v, scope) == R"("modified")");
    BOOST_TEST(json_of("event.object", v, scope) == R"("project")");
    BOOST_TEST(json_of("event.time", v, scope) == R"("2023-11-14T22:13:20Z")");
    BOOST_TEST(json_of("event.actor", v, scope) == R"("ada")");
    phase const piers;
    auto const scoped = posthorn::created(piers).within(after);
    BOOST_TEST(json_of("project.label", view_of(scoped), scope_for<phase>(action::created)) == R"("New")");
    BOOST_TEST(json_of("phase.label", view_of(scoped), scope_for<phase>(action::created)) == R"("Piers")");
}

BOOST_AUTO_TEST_CASE(a_whole_object_is_a_record) {
    phase const piers;
    auto const e = posthorn::deleted(piers);
    auto const scope = scope_for<phase>(action::deleted);
    BOOST_TEST(json_of("phase", view_of(e), scope) == R"({"id":3,"label":"Piers"})");
    BOOST_TEST(json_of("previous", view_of(e), scope) == R"({"id":3,"label":"Piers"})");
}

BOOST_AUTO_TEST_CASE(unset_parts_of_a_path_give_null) {
    project const p;
    auto const e = posthorn::created(p);
    auto const any = scope_for<project>(std::nullopt);
    BOOST_TEST(json_of("project.owner", view_of(e), any) == "null");
    BOOST_TEST(json_of("project.where", view_of(e), any) == "null");
    BOOST_TEST(json_of("project.where.city", view_of(e), any) == "null");
    BOOST_TEST(json_of("project.where.street", view_of(e), any) == "null");
    BOOST_TEST(json_of("previous", view_of(e), any) == "null");
    BOOST_TEST(json_of("previous.where.city", view_of(e), any) == "null");
}

BOOST_AUTO_TEST_CASE(types_are_known_before_any_event) {
    auto const type = [](std::string_view text, std::optional<action> what) {
        return expression::compile(text, scope_for<project>(what)).value().type();
    };
    BOOST_TEST((type("project.id", action::created).kind == value_kind::integer));
    BOOST_TEST((type("project.tags", action::created).kind == value_kind::list));
    BOOST_TEST((type("project", action::created).kind == value_kind::record));
    BOOST_TEST((type("event.time", action::created).kind == value_kind::timestamp));
    BOOST_TEST((type("event.actor", action::created).kind == value_kind::text));
    BOOST_TEST(!type("project.id", action::created).optional);
    BOOST_TEST(type("project.owner", action::created).optional);
    // What stands behind an optional part is optional too.
    BOOST_TEST(type("project.where.city", action::created).optional);
    BOOST_TEST(!type("previous.id", action::modified).optional);
    BOOST_TEST(!type("previous.id", action::deleted).optional);
    BOOST_TEST(type("previous.id", std::nullopt).optional);
}

BOOST_AUTO_TEST_CASE(blanks_may_stand_around_names) {
    project const p;
    auto const e = posthorn::created(p);
    for (auto const text :
         {"project.id", " project.id", "project.id\t", " project . id ", "\tproject\t.\tid"})
        BOOST_TEST(json_of(text, view_of(e), scope_for<project>()) == "7");
}

BOOST_AUTO_TEST_CASE(errors_give_the_offset_and_what_was_meant) {
    auto const scope = scope_for<project>();
    for (auto const& row : {
             wrong{"", 0, "a field path such as `project.id` is missing here"},
             wrong{"   ", 3, "a field path such as `project.id` is missing here"},
             wrong{"project.", 8, "a field path such as `project.id` is missing here"},
             wrong{"project. ", 9, "a field path such as `project.id` is missing here"},
             wrong{".id", 0, "expected a name, found `.id`"},
             wrong{"7", 0, "expected a name, found `7`"},
             wrong{"project..id", 8, "expected a name, found `.id`"},
             wrong{"project.9", 8, "expected a name, found `9`"},
             wrong{"project.id == 7", 11, "unexpected `== 7`; write a field path such as `project.id`"},
             wrong{"project id", 8, "unexpected `id`; write a field path such as `project.id`"},
             wrong{"projetc.id", 0, "unknown name `projetc` (did you mean `project`?)"},
             wrong{"evnt.id", 0, "unknown name `evnt` (did you mean `event`?)"},
             wrong{"user.login", 0, "unknown name `user`"},
             wrong{"Project.id", 0, "unknown name `Project` (did you mean `project`?)"},
             wrong{"project.lable", 8, "unknown field `lable` of `project` (did you mean `label`?)"},
             wrong{"project.xyzzy_quux", 8, "unknown field `xyzzy_quux` of `project`"},
             wrong{"event.actr", 6, "unknown field `actr` of `event` (did you mean `actor`?)"},
             wrong{"project.where.town_hall_clock", 14, "unknown field `town_hall_clock` of `project.where`"},
             wrong{"project.id.x", 11, "`project.id` has no fields"},
             wrong{"project.tags.x", 13, "`project.tags` has no fields"},
             wrong{"project.label\n", 13, "unexpected `\n`; write a field path such as `project.id`"},
         })
        check_wrong(row, scope);
}

BOOST_AUTO_TEST_CASE(errors_name_a_path_without_the_blanks_around_it) {
    auto const scope = scope_for<project>();
    check_wrong({" project.lable ", 9, "unknown field `lable` of `project` (did you mean `label`?)"}, scope);
    check_wrong({"project . lable", 10, "unknown field `lable` of `project` (did you mean `label`?)"}, scope);
    check_wrong({" project.id.x", 12, "`project.id` has no fields"}, scope);
}

BOOST_AUTO_TEST_CASE(previous_does_not_exist_when_an_object_is_created) {
    check_wrong({"previous.id", 0, "`previous` does not exist here: a created object has no earlier state"},
                scope_for<project>(action::created));
    for (std::optional<action> const what :
         {std::optional(action::modified), std::optional(action::deleted), std::optional<action>()})
        BOOST_TEST(expression::compile("previous.id", scope_for<project>(what)).has_value());
}

BOOST_AUTO_TEST_CASE(hidden_fields_are_unknown_and_never_suggested) {
    auto const scope = scope_for<account>();
    auto const compiled = expression::compile("user.password_hash", scope);
    BOOST_TEST_REQUIRE(!compiled);
    BOOST_TEST(compiled.error().message() == "unknown field `password_hash` of `user`");
    auto const near = expression::compile("user.password_has", scope);
    BOOST_TEST(near.error().message().find("password_hash") == std::string::npos);
    BOOST_TEST(!expression::compile("project.where.alarm_code", scope_for<project>()));
}

BOOST_AUTO_TEST_CASE(the_scope_is_known_to_its_objects_only) {
    BOOST_TEST(expression::compile("project.id", scope_for<phase>()).has_value());
    BOOST_TEST(!expression::compile("project.id", scope_for<account>()));
    BOOST_TEST(!expression::compile("phase.id", scope_for<project>()));
}

BOOST_AUTO_TEST_CASE(hostile_texts_are_refused_in_short_messages) {
    auto const scope = scope_for<project>();
    for (std::string const& text :
         {std::string(1 << 16, 'a'), std::string(1 << 16, '.'), "project." + std::string(1 << 16, 'a'),
          "project" + std::string(1 << 16, '('), std::string("pro\0ject", 8), std::string("\xff\xfe"),
          std::string(1 << 16, ' ')}) {
        auto const compiled = expression::compile(text, scope);
        BOOST_TEST_REQUIRE(!compiled);
        BOOST_TEST(compiled.error().message().size() < 200U);
    }
}

BOOST_AUTO_TEST_CASE(the_value_of_an_error_throws_its_message) {
    auto const compiled = expression::compile("nobody", scope_for<account>());
    BOOST_CHECK_EXCEPTION((void)compiled.value(), std::invalid_argument, [](auto const& e) {
        return std::string_view(e.what()).starts_with("unknown name");
    });
}

BOOST_AUTO_TEST_SUITE_END()
