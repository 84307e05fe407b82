// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/expression.hpp>
#include <posthorn/expression/parse.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/expression/syntax.hpp>

#include "../../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <optional>
#include <pthread.h>
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
    posthorn::expression_scratch scratch;
    posthorn::append_json(out, expression::compile(text, scope).value().evaluate(e, scratch));
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

BOOST_AUTO_TEST_CASE(operators_and_functions_give_what_cel_gives) {
    struct row {
        std::string_view text;
        std::string_view json;
        // The canonical text, where it is another one.
        std::string_view printed = {};
    };
    project p;
    p.owner = "Ann";
    p.tags = {"a", "b"};
    auto const e = posthorn::modified(p, p).by("ada");
    for (auto const& [text, json, printed] : {
             row{"1 + 2 * 3 - 4 / 2 % 3", "5"},
             row{"(1 + 2) * 3", "9"},
             row{"7 / 2", "3"},
             row{"-7 / 2", "-3"},
             row{"-7 % 3", "-1"},
             row{"1 / 0", "null"},
             row{"1 % 0", "null"},
             row{"1.0 / 0.0 > 1e308", "true", "1.0 / 0.0 > 1e+308"},
             row{"9223372036854775807 + 1", "null"},
             row{"-9223372036854775808 / -1", "null"},
             row{"-9223372036854775808 % -1", "null"},
             row{"-(-9223372036854775808)", "null"},
             row{"0u - 1u", "null"},
             row{"1 == 1.0 && 1u == 1 && 2u > 1.5", "true"},
             row{"9007199254740993 == 9007199254740992.0", "false"},
             row{"18446744073709551615u > -1", "true"},
             row{"'a' + \"b\" == 'ab'", "true", "\"a\" + \"b\" == \"ab\""},
             row{"'a' < 'b' && 'B' < 'a'", "true", "\"a\" < \"b\" && \"B\" < \"a\""},
             row{"project.urgent ? 'now' : 'later'", "\"now\"", "project.urgent ? \"now\" : \"later\""},
             row{"project.where.city == 'Ulm' || true", "true", "project.where.city == \"Ulm\" || true"},
             row{"project.where.city.startsWith('U') && false", "false",
                 "project.where.city.startsWith(\"U\") && false"},
             row{"project.where.city.startsWith('U') && true", "null",
                 "project.where.city.startsWith(\"U\") && true"},
             row{"!project.where.city.startsWith('U')", "null", "!project.where.city.startsWith(\"U\")"},
             row{"project.where.city != 'Ulm'", "false", "project.where.city != \"Ulm\""},
             row{"project.where.city == null && project.where.street == null", "true"},
             row{"project.where.city == project.where.street", "false"},
             row{"project.where.city != project.where.street", "false"},
             row{"1 / 0 == 9223372036854775807 + 1", "false"},
             row{"project.where != null", "false"},
             row{"project.owner != null", "true"},
             row{"null == null", "true"},
             row{"has(project.where) || has(project.where.city)", "false"},
             row{"has(project.owner)", "true"},
             row{"'b' in project.tags && !('c' in project.tags)", "true",
                 "\"b\" in project.tags && !(\"c\" in project.tags)"},
             row{"project.id in [1, 7.0, 3u]", "true"},
             row{"project.where.city in ['Ulm']", "false", "project.where.city in [\"Ulm\"]"},
             row{"project.id in []", "false"},
             row{"project.status == 'open'", "true", "project.status == \"open\""},
             row{"size(project.tags) == 2 && project.owner.size() == 3", "true",
                 "size(project.tags) == 2 && size(project.owner) == 3"},
             row{"lower(project.owner) + upper('\xc3\xa9\xc5\x93\xc3\xbf\xc3\x9f\xce\xb1\xd1\x8f')",
                 "\"ann\xc3\x89\xc5\x92\xc5\xb8\xc3\x9f\xce\x91\xd0\xaf\"",
                 "lower(project.owner) + upper(\"\xc3\xa9\xc5\x93\xc3\xbf\xc3\x9f\xce\xb1\xd1\x8f\")"},
             row{"event.time - duration('1h') < event.time", "true",
                 "event.time - duration(\"1h\") < event.time"},
             row{"timestamp('2026-01-31T12:00:00+01:00')", "\"2026-01-31T11:00:00Z\"",
                 "timestamp(\"2026-01-31T12:00:00+01:00\")"},
             row{"timestamp('9999-12-31T23:59:59Z') + duration('1s')", "null",
                 "timestamp(\"9999-12-31T23:59:59Z\") + duration(\"1s\")"},
             row{"duration('1h30m') - duration('-0.25s')", "\"5400.25s\"",
                 "duration(\"1h30m\") - duration(\"-0.25s\")"},
             row{"int(2.9) + int(3u) + int(-2.9)", "3"},
             row{"int(1e300)", "null", "int(1e+300)"},
             row{"double(3) / 2.0", "1.5"},
             row{"'P-' + string(project.id) == 'P-7'", "true", "\"P-\" + string(project.id) == \"P-7\""},
             row{R"("\u00e9\x41\101\n" == 'x')", "false",
                 "\"\xc3\xa9"
                 "AA\\n\" == \"x\""},
             row{"0x1F", "31", "31"},
             row{"(true && (true && false)) || (false || false)", "false",
                 "true && true && false || false || false"},
         })
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(json_of(text, view_of(e), scope_for<project>()) == json);
            auto const compiled = expression::compile(text, scope_for<project>()).value();
            BOOST_TEST(compiled.text() == (printed.empty() ? text : printed));
        }
}

BOOST_AUTO_TEST_CASE(an_empty_text_without_an_address_is_a_text) {
    project const p;
    auto const e = posthorn::created(p);
    auto const scope = scope_for<project>();
    BOOST_TEST(json_of("event.actor.contains('')", view_of(e), scope) == "true");
    BOOST_TEST(json_of("event.actor.contains('a')", view_of(e), scope) == "false");
    BOOST_TEST(json_of("event.actor.startsWith('') && event.actor.endsWith('')", view_of(e), scope) ==
               "true");
    BOOST_TEST(json_of("lower(event.actor) + event.actor", view_of(e), scope) == "\"\"");
}

BOOST_AUTO_TEST_CASE(the_case_of_what_is_not_utf_8_stays) {
    project p;
    // A lead byte whose second byte is missing.
    p.label = "\xc3\x41\xc3";
    auto const e = posthorn::created(p);
    auto const scope = scope_for<project>();
    BOOST_TEST(json_of("lower(project.label) == project.label", view_of(e), scope) == "false");
    BOOST_TEST(json_of("upper(project.label) == project.label", view_of(e), scope) == "true");
    BOOST_TEST(json_of("lower(project.label).endsWith('a')", view_of(e), scope) == "false");
    BOOST_TEST(json_of("lower(project.label).contains('a')", view_of(e), scope) == "true");
}

BOOST_AUTO_TEST_CASE(work_on_long_data_is_bounded) {
    project p;
    p.label = std::string(1 << 20, 'a');
    p.tags.assign((1 << 20) + 1, "x");
    auto const e = posthorn::created(p);
    auto const scope = scope_for<project>();
    BOOST_TEST(json_of("lower(project.label) == project.label", view_of(e), scope) == "true");
    // What is made has at most 1 MiB; a list, at most so many elements to look at.
    BOOST_TEST(json_of("project.label + 'b' == null", view_of(e), scope) == "true");
    BOOST_TEST(json_of("'y' in project.tags", view_of(e), scope) == "null");
    std::string often = "project.label.contains('b')";
    for (int i = 0; i != 20; ++i)
        often += " || project.label.contains('b')";
    BOOST_TEST(json_of(often, view_of(e), scope) == "null");
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
             wrong{"", 0, "an expression such as `project.id` is missing here"},
             wrong{"   ", 3, "an expression such as `project.id` is missing here"},
             wrong{"project.", 8, "the name of a field is missing after `.`"},
             wrong{"project. ", 9, "the name of a field is missing after `.`"},
             wrong{".id", 0, "unexpected `.`; an expression such as `project.id` is missing before it"},
             wrong{"project..id", 8, "the name of a field is missing after `.`"},
             wrong{"project id", 8, "unexpected `id`; an operator is missing before it"},
             wrong{"project.id ==", 13, "an expression such as `project.id` is missing here"},
             wrong{"project.id = 7", 11, "write `==` to compare"},
             wrong{"project.urgent & true", 15, "write `&&`"},
             wrong{"project.id == 7 == true", 16,
                   "two comparisons in a row; put one into parentheses, or join them with `&&`"},
             wrong{"(project.id", 11, "`)` is missing after the expression in parentheses"},
             wrong{"project.urgent ? 1", 18, "`:` is missing after the first choice of `?`"},
             wrong{"[1, 2]", 0, "a list can only stand to the right of `in`"},
             wrong{"project.id in [1, 2", 19, "`]` is missing after the elements of a list"},
             wrong{"size(project.label", 18, "`)` is missing after the elements of the call"},
             wrong{"size()", 0, "`size` takes one argument"},
             wrong{"size(project.label, 1)", 0, "`size` takes one argument"},
             wrong{"sise(project.label)", 0, "unknown function `sise` (did you mean `size`?)"},
             wrong{"contains(project.label, 'x')", 0, "write `text.contains(...)`"},
             wrong{"project.label.has()", 14, "write `has(...)`, not behind a dot"},
             wrong{"lower(project.label).code", 21,
                   "fields are read from a path of names such as `project.status` only"},
             wrong{"'abc", 0, "this text literal has no end; close it with '"},
             wrong{R"('a\qc')", 2, "an unknown escape; write \\\\ for a backslash"},
             wrong{"'a\nb'", 2, "a text literal ends on its line; write \\n for a line feed"},
             wrong{"'a\xff'", 2, "this is not UTF-8"},
             wrong{"9223372036854775808", 0,
                   "`9223372036854775808` is no integer of 64 bits; write it with `u`"},
             wrong{"18446744073709551616", 0, "`18446744073709551616` is no integer of 64 bits"},
             wrong{"1e999", 0, "`1e999` is no number that fits a double"},
             wrong{"12px", 2, "a number ends here, and `px` follows without an operator"},
             wrong{"project.id # 7", 11, "unexpected `#`"},
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
         })
        check_wrong(row, scope);
}

BOOST_AUTO_TEST_CASE(operators_say_what_they_take) {
    auto const scope = scope_for<project>();
    for (auto const& row : {
             wrong{"project.budget > 'x'", 0,
                   "`>` cannot compare a double with text; write the number without quotes"},
             wrong{"project.label == 5", 0, "`==` cannot compare text with an int; write the text in quotes"},
             wrong{"project.due > '2026'", 0,
                   "`>` cannot compare a timestamp with text; write timestamp(\"2026-01-31T12:00:00Z\")"},
             wrong{"project.urgent < true", 0, "`<` cannot compare true or false with its like"},
             wrong{"project.tags == project.tags", 0, "`==` cannot compare a list with its like"},
             wrong{"project == project", 0, "`==` cannot compare an object with its like"},
             wrong{"project.id in project.tags", 0,
                   "`in` cannot compare an int with text; write the number without quotes"},
             wrong{"project.id in [1, 'x']", 18,
                   "`in` cannot compare an int with text; write the number without quotes"},
             wrong{"project.id in project.label", 14, "a list must stand to the right of `in`; this is text"},
             wrong{"project.id + 1.0", 13,
                   "`+` does not work between an int and a double; write 2.0 for a double, 2u for a uint, or "
                   "convert with double(...) or int(...)"},
             wrong{
                 "project.budget % 2.0", 17,
                 "`%` does not work between a double and a double; write 2.0 for a double, 2u for a uint, or "
                 "convert with double(...) or int(...)"},
             wrong{"project.label - 'x'", 16, "`-` does not work between text and text"},
             wrong{"-project.label", 0, "`-` takes an int or a double; this is text"},
             wrong{"!project.id", 0, "`!` takes true or false; this is an int"},
             wrong{"project.urgent && project.id", 18, "`&&` joins what is true or false; this is an int"},
             wrong{"project.label || true", 0, "`||` joins what is true or false; this is text"},
             wrong{"project.id ? 1 : 2", 0, "`?` stands behind what is true or false; this is an int"},
             wrong{
                 "project.urgent ? 1 : 'x'", 21,
                 "both choices of `?` must be of one kind and no list or object; these are an int and text"},
             wrong{"project.id.contains('x')", 0, "contains takes text; this is an int"},
             wrong{"project.label.contains(1)", 23, "contains takes text; this is an int"},
             wrong{"size(project.id)", 5, "size takes text or a list; this is an int"},
             wrong{"has(1)", 4, "has(...) takes a field path such as `project.owner`"},
             wrong{"int(project.label)", 4, "int takes a number; this is text"},
             wrong{"timestamp(project.label)", 10,
                   "write a text literal such as timestamp(\"2026-01-31T12:00:00Z\")"},
             wrong{"timestamp('2026-02-30T00:00:00Z')", 10,
                   "write a text literal such as timestamp(\"2026-01-31T12:00:00Z\")"},
             wrong{"duration('1 hour')", 9,
                   "write a text literal such as duration(\"1h30m\"); units are h, m, s, ms, us"},
         })
        check_wrong(row, scope);
}

BOOST_AUTO_TEST_CASE(a_predicate_is_true_or_false) {
    auto const scope = scope_for<project>();
    BOOST_TEST(expression::compile_predicate("project.urgent", scope).has_value());
    auto const compiled = expression::compile_predicate("project.label", scope);
    BOOST_TEST_REQUIRE(!compiled);
    BOOST_TEST(compiled.error().message() ==
               "this is text; a filter or a condition must be true or false, such as a comparison");
}

BOOST_AUTO_TEST_CASE(a_saved_filter_speaks_of_its_object_alone) {
    auto scope = scope_for<project>();
    scope.is_filter = true;
    BOOST_TEST(expression::compile_predicate("project.urgent", scope).has_value());
    check_wrong({"previous.urgent", 0,
                 "a saved filter speaks of `project` alone; use `previous` in a webhook's condition"},
                scope);
    check_wrong({"event.actor == 'ada'", 0,
                 "a saved filter speaks of `project` alone; use `event` in a webhook's condition"},
                scope);
    check_wrong({"projekt.urgent", 0, "unknown name `projekt` (did you mean `project`?)"}, scope);
    // It is tested on the object of a project's event and on the scope of a phase's.
    project p;
    p.urgent = true;
    phase const piers;
    auto const urgent = expression::compile_predicate("project.urgent", scope).value();
    BOOST_TEST(urgent.matches(view_of(posthorn::created(p))));
    BOOST_TEST(urgent.matches(view_of(posthorn::created(piers).within(p))));
    p.urgent = false;
    BOOST_TEST(!urgent.matches(view_of(posthorn::created(piers).within(p))));
}

BOOST_AUTO_TEST_CASE(an_error_shows_its_place) {
    auto const scope = scope_for<project>();
    auto const of = [&](std::string_view text) { return expression::compile(text, scope).error(); };
    BOOST_TEST(of("project.statu == 'open'").text() ==
               "line 1, column 9: unknown field `statu` of `project` (did you mean `status`?)\n"
               "project.statu == 'open'\n"
               "        ^");
    auto const second = of("project.urgent &&\n\tproject.lable == 'x'");
    BOOST_TEST(second.line() == 2U);
    BOOST_TEST(second.column() == 10U);
    BOOST_TEST(second.excerpt() == " project.lable == 'x'\n         ^");
    // Columns count characters, not bytes.
    auto const wide = of("'\xc3\xa9\xc3\xa8' == project.lable");
    BOOST_TEST(wide.column() == 17U);
    BOOST_TEST(wide.excerpt() == "'\xc3\xa9\xc3\xa8' == project.lable\n                ^");
    // A long line is shortened on both sides.
    auto const far = of("project.label == '" + std::string(100, 'a') + "' && project.lable == '" +
                        std::string(100, 'b') + "'");
    BOOST_TEST(far.excerpt().starts_with("..."));
    BOOST_TEST(far.excerpt().find("project.lable") != std::string::npos);
    auto const line = far.excerpt().substr(0, far.excerpt().find('\n'));
    BOOST_TEST(line.ends_with("..."));
    BOOST_TEST(line.size() < 80U);
    BOOST_TEST(line.substr(far.excerpt().find('^') - line.size() - 1, 5) == "lable");
}

BOOST_AUTO_TEST_CASE(bounds_hold) {
    auto const scope = scope_for<project>();
    auto const error = [&](std::string const& text) {
        auto const compiled = expression::compile(text, scope);
        return compiled ? std::string() : compiled.error().message();
    };
    BOOST_TEST(error("'" + std::string(4094, 'a') + "' == project.label") ==
               "an expression has at most 4096 bytes");
    BOOST_TEST(error("'" + std::string(4094, 'a') + "'") == "");
    auto const nested = [](std::size_t depth) {
        return std::string(depth, '(') + "1" + std::string(depth, ')');
    };
    BOOST_TEST(error(nested(32)) == "");
    BOOST_TEST(error(nested(33)) == "nested deeper than 32 levels");
    BOOST_TEST(error(std::string(33, '!') + "true") == "nested deeper than 32 levels");
    std::string elements = "1";
    for (int i = 1; i != 256; ++i)
        elements += ",1";
    BOOST_TEST(error("1 in [" + elements + "]") == "");
    BOOST_TEST(error("1 in [" + elements + ",1]") == "a list has at most 256 elements");
    // The sign of a number is no level, also at the deepest.
    BOOST_TEST(error(std::string(32, '(') + "-1" + std::string(32, ')')) == "");
    // Long chains are flat, not deep.
    std::string chain = "project.id";
    for (int i = 0; i != 900; ++i)
        chain += " + 1";
    BOOST_TEST(error(chain) == "");
}

BOOST_AUTO_TEST_CASE(what_compiles_also_compiles_from_its_canonical_text) {
    auto const scope = scope_for<project>();
    auto const error = [&](std::string const& text) {
        auto const compiled = expression::compile(text, scope);
        if (!compiled)
            return compiled.error().message();
        auto const again = expression::compile(compiled->text(), scope);
        return again ? std::string() : "its canonical text: " + again.error().message();
    };
    auto const repeated = [](std::string_view text, std::size_t times) {
        std::string all;
        for (std::size_t i = 0; i != times; ++i)
            all += text;
        return all;
    };
    // lower(lower(...)): methods nest.
    BOOST_TEST(error("project.label" + repeated(".lower()", 32)) == "");
    BOOST_TEST(error("project.label" + repeated(".lower()", 33)) == "nested deeper than 32 levels");
    BOOST_TEST(error("project.label" + repeated(".lower()", 500)) == "nested deeper than 32 levels");
    // Twice negated, the innermost needs parentheses: -(-5).
    BOOST_TEST(error(repeated("-", 32) + "5") == "");
    BOOST_TEST(error(repeated("-", 33) + "5") == "nested deeper than 32 levels");
    // 3 bytes of source are 5 or more.
    BOOST_TEST(error("1" + repeated("+1", 1000)) == "");
    BOOST_TEST(error("1" + repeated("+1", 2000)) == "an expression has at most 4096 bytes, also in its "
                                                    "canonical form, which puts blanks around operators");
    BOOST_TEST(error("'" + repeated("\\a", 1000) + "'").starts_with("an expression has at most 4096 bytes"));
}

BOOST_AUTO_TEST_CASE(errors_are_one_line_of_valid_text) {
    auto const scope = scope_for<project>();
    auto const error = [&](std::string const& text) {
        return expression::compile(text, scope).error().message();
    };
    BOOST_TEST(error("project.id \x01") == "unexpected `?`");
    BOOST_TEST(error("project.id 'a\tb'") == "unexpected `'a?b'`; an operator is missing before it");
    // Shortened between characters, not inside one.
    std::string text = "project.id 'x";
    for (int i = 0; i != 64; ++i)
        text += "\xc3\xa9";
    std::string shown = "unexpected `'x";
    for (int i = 0; i != 31; ++i)
        shown += "\xc3\xa9";
    BOOST_TEST(error(text + "'") == shown + "...`; an operator is missing before it");
    BOOST_TEST(error("12abcdefg\xc3\xa9") == "a number ends here, and `abcdefg` follows without an operator");
}

BOOST_AUTO_TEST_CASE(what_has_no_literal_prints_as_what_gives_it) {
    using namespace posthorn::detail;
    auto const infinity = std::numeric_limits<double>::infinity();
    BOOST_TEST(print_expression(literal_node(infinity)) == "1.0 / 0.0");
    BOOST_TEST(print_expression(literal_node(-infinity)) == "-1.0 / 0.0");
    BOOST_TEST(print_expression(literal_node(std::numeric_limits<double>::quiet_NaN())) == "0.0 / 0.0");
    BOOST_TEST(print_expression(relation_node(symbol::less, path_node({"a"}),
                                              negate_node(literal_node(infinity)))) == "a < -(1.0 / 0.0)");
    // A method is called on the number, not on what is behind its sign.
    auto const call = call_node(function::contains, {literal_node(std::int64_t{-5}), literal_node(-0.0)});
    BOOST_TEST(print_expression(call) == "(-5).contains(-0.0)");
    BOOST_TEST((parse_expression(print_expression(call)).value() == call));
}

// Each operand of a chain once took its own frames, 1000 of them a third of a megabyte without optimisation.
BOOST_AUTO_TEST_CASE(a_long_chain_is_evaluated_on_little_stack) {
    std::string chain = "project.id";
    for (int i = 0; i != 1000; ++i)
        chain += " + 1";
    auto const compiled = expression::compile(chain, scope_for<project>()).value();
    static project const p;
    auto const e = view_of(posthorn::created(p));
    struct outcome {
        expression const& chain;
        posthorn::detail::event_view const& event;
        std::int64_t sum = 0;
    } result{compiled, e};
    pthread_attr_t small;
    pthread_attr_init(&small);
    BOOST_TEST_REQUIRE(pthread_attr_setstacksize(&small, 128 * 1024) == 0);
    pthread_t thread{};
    auto const body = [](void* given) -> void* {
        auto& r = *static_cast<outcome*>(given);
        posthorn::expression_scratch scratch;
        r.sum = r.chain.evaluate(r.event, scratch).as_integer();
        return nullptr;
    };
    BOOST_TEST_REQUIRE(pthread_create(&thread, &small, body, &result) == 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&small);
    BOOST_TEST(result.sum == 1007);
}

BOOST_AUTO_TEST_CASE(the_event_alone_is_no_value) {
    auto const scope = scope_for<project>();
    std::string_view const message = "`event` alone is no value; write one of its fields such as `event.id`";
    check_wrong({"event", 0, message}, scope);
    check_wrong({"has(event)", 4, message}, scope);
    check_wrong({"project.urgent && event != null", 18, message}, scope);
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
        return std::string_view(e.what()).starts_with("line 1, column 1: unknown name");
    });
}

BOOST_AUTO_TEST_CASE(equality_keys_come_best_first_then_as_written) {
    auto const keys = [](std::string_view text) {
        std::string paths;
        for (auto const& key : expression::compile(text, scope_for<project>()).value().equality_keys())
            paths.append(paths.empty() ? "" : " ").append(key.path);
        return paths;
    };
    BOOST_TEST(
        keys("project.urgent == true && 'x' == project.label && project.code == 'y' && 7 == project.id") ==
        "project.id project.label project.code project.urgent");
    BOOST_TEST(keys("project.code in ['a', 'b'] && project.label == 'x'") == "project.code project.label");
    BOOST_TEST(keys("project.id > 7 || project.label == 'x'") == "");
}

BOOST_AUTO_TEST_SUITE_END()
