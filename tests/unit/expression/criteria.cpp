// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/criteria.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/expression/syntax.hpp>
#include <posthorn/testing/seeded_random.hpp>

#include "../../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using posthorn::criteria_of;
using posthorn::criterion;
using posthorn::criterion_operator;
using posthorn::expression;
using posthorn::field_schema;
using posthorn::operators_for;
using posthorn::record_schema;
using posthorn::to_expression;
using posthorn::value_kind;
using posthorn::value_type;
using enum posthorn::criterion_operator;
using list = std::vector<criterion>;

constexpr criterion_operator all_operators[] = {equals,    not_equals,       less,     less_or_equal,
                                                greater,   greater_or_equal, contains, starts_with,
                                                ends_with, one_of,           is_set,   is_not_set};

// --- an object with a field of every type; nothing reads its values ---

template <value_kind Kind, bool Optional = false>
value_type element() {
    return {Kind, Optional};
}

value_type texts() {
    return {value_kind::list, false, nullptr, &element<value_kind::text>};
}

record_schema const& place_record() {
    static constexpr field_schema fields[] = {
        {"city", {value_kind::text}, nullptr},
        {"since", {value_kind::timestamp, true}, nullptr},
        {"tags", {value_kind::list, false, nullptr, &element<value_kind::text>}, nullptr}};
    static constexpr record_schema schema{fields};
    return schema;
}

value_type place_element() {
    return {value_kind::record, false, &place_record};
}

// A name of each field tells its type; "o_" stands for optional.
record_schema const& thing_record() {
    using enum value_kind;
    static constexpr field_schema fields[] = {
        {"name", {text}, nullptr},
        {"count", {integer}, nullptr},
        {"size", {unsigned_integer}, nullptr},
        {"price", {real}, nullptr},
        {"open", {boolean}, nullptr},
        {"at", {timestamp}, nullptr},
        {"lasts", {duration}, nullptr},
        {"o_name", {text, true}, nullptr},
        {"o_count", {integer, true}, nullptr},
        {"o_size", {unsigned_integer, true}, nullptr},
        {"o_price", {real, true}, nullptr},
        {"o_open", {boolean, true}, nullptr},
        {"o_at", {timestamp, true}, nullptr},
        {"o_lasts", {duration, true}, nullptr},
        {"tags", {value_kind::list, false, nullptr, &element<text>}, nullptr},
        {"counts", {value_kind::list, false, nullptr, &element<integer, true>}, nullptr},
        {"sizes", {value_kind::list, false, nullptr, &element<unsigned_integer>}, nullptr},
        {"prices", {value_kind::list, false, nullptr, &element<real>}, nullptr},
        {"flags", {value_kind::list, false, nullptr, &element<boolean>}, nullptr},
        {"times", {value_kind::list, false, nullptr, &element<timestamp>}, nullptr},
        {"spans", {value_kind::list, false, nullptr, &element<duration>}, nullptr},
        {"o_tags", {value_kind::list, true, nullptr, &element<text>}, nullptr},
        {"grid", {value_kind::list, false, nullptr, &texts}, nullptr},
        {"o_grid", {value_kind::list, true, nullptr, &texts}, nullptr},
        {"places", {value_kind::list, false, nullptr, &place_element}, nullptr},
        {"place", {record, false, &place_record}, nullptr},
        {"o_place", {record, true, &place_record}, nullptr},
    };
    static constexpr record_schema schema{fields};
    return schema;
}

record_schema const& empty_record() {
    static constexpr record_schema schema{};
    return schema;
}

constexpr posthorn::detail::object_schema things[] = {{"thing", &thing_record, posthorn::detail::no_index},
                                                      {"nothing", &empty_record, posthorn::detail::no_index}};

auto written(list const& criteria) {
    return to_expression(criteria, things, 0);
}

// The text, or what is wrong.
std::string text_of(list const& criteria) {
    auto const made = written(criteria);
    return made ? *made : made.error().text();
}

auto read(std::string_view text) {
    return criteria_of(text, things, 0);
}

// What a saved filter must be, and whether it is stored as it stands.
void check_saves(std::string const& text) {
    auto const compiled = expression::compile_predicate(text, {things, 0, std::nullopt, true});
    BOOST_TEST_REQUIRE(compiled.has_value(), (compiled ? "" : compiled.error().text()));
    BOOST_TEST(compiled->text() == text);
}

std::string names(std::vector<criterion_operator> const& all) {
    std::string joined;
    for (auto const op : all)
        joined.append(joined.empty() ? "" : " ").append(to_string(op));
    return joined;
}

std::string print(criterion const& c) {
    std::string text = c.field + " " + std::string(to_string(c.op));
    for (auto const& v : c.values)
        text += " [" + v + "]";
    return text;
}

std::string print(std::optional<list> const& criteria) {
    if (!criteria)
        return "text";
    std::string text;
    for (auto const& c : *criteria)
        text += (text.empty() ? "" : "; ") + print(c);
    return text;
}

// A value of each type, as it is typed and as it stands in an expression.
struct sample_value {
    value_kind kind;
    std::string_view typed;
    std::string_view literal;
};

constexpr sample_value sample_values[] = {
    {value_kind::text, "a \"b\"", R"("a \"b\"")"},
    {value_kind::integer, "-42", "-42"},
    {value_kind::unsigned_integer, "42", "42u"},
    {value_kind::real, "10000.0", "10000.0"},
    {value_kind::boolean, "true", "true"},
    {value_kind::timestamp, "2026-01-31T12:00:00Z", R"(timestamp("2026-01-31T12:00:00Z"))"},
    {value_kind::duration, "1h30m", R"(duration("1h30m"))"},
};

sample_value const& sample_of(value_type const& type) {
    auto const kind = type.kind == value_kind::list ? type.element().kind : type.kind;
    for (auto const& s : sample_values)
        if (s.kind == kind)
            return s;
    return sample_values[0];
}

// What a criterion with the sample value must print.
std::string expected_text(criterion_operator op, std::string const& path, bool is_list,
                          std::string const& literal) {
    switch (op) {
    case equals:
        return path + " == " + literal;
    case not_equals:
        return path + " != " + literal;
    case less:
        return path + " < " + literal;
    case less_or_equal:
        return path + " <= " + literal;
    case greater:
        return path + " > " + literal;
    case greater_or_equal:
        return path + " >= " + literal;
    case contains:
        return is_list ? literal + " in " + path : path + ".contains(" + literal + ")";
    case starts_with:
        return path + ".startsWith(" + literal + ")";
    case ends_with:
        return path + ".endsWith(" + literal + ")";
    case one_of:
        return path + " in [" + literal + ", " + literal + "]";
    case is_set:
        return path + " != null";
    case is_not_set:
        return path + " == null";
    }
    return "";
}

criterion sample_criterion(criterion_operator op, std::string const& field, std::string const& typed) {
    if (op == is_set || op == is_not_set)
        return {field, op};
    if (op == one_of)
        return {field, op, {typed, typed}};
    return {field, op, {typed}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(expression_criteria)

BOOST_AUTO_TEST_CASE(operators_have_wire_names) {
    std::set<std::string_view> seen;
    for (auto const op : all_operators) {
        BOOST_TEST((posthorn::parse_criterion_operator(to_string(op)) == op));
        seen.insert(to_string(op));
    }
    BOOST_TEST(seen.size() == std::size(all_operators));
    BOOST_TEST(names({std::begin(all_operators), std::end(all_operators)}) ==
               "equals not_equals less less_or_equal greater greater_or_equal contains starts_with ends_with "
               "one_of is_set is_not_set");
    for (auto const wrong : {"", "Equals", "equals ", "equal", "==", "unknown"})
        BOOST_TEST(!posthorn::parse_criterion_operator(wrong).has_value());
    BOOST_TEST(to_string(static_cast<criterion_operator>(200)) == "unknown");
}

BOOST_AUTO_TEST_CASE(each_type_offers_its_operators) {
    std::string const text = "equals not_equals contains starts_with ends_with one_of";
    std::string const number = "equals not_equals less less_or_equal greater greater_or_equal one_of";
    std::string const time = "equals not_equals less less_or_equal greater greater_or_equal";
    struct row {
        value_kind kind;
        std::string offered;
    };
    for (auto const& r :
         {row{value_kind::text, text}, row{value_kind::integer, number},
          row{value_kind::unsigned_integer, number}, row{value_kind::real, number},
          row{value_kind::timestamp, time}, row{value_kind::duration, time},
          row{value_kind::boolean, "equals"}, row{value_kind::record, ""}, row{value_kind::null, ""}}) {
        BOOST_TEST_CONTEXT(static_cast<int>(r.kind)) {
            BOOST_TEST(names(operators_for({r.kind})) == r.offered);
            auto const also = r.offered + (r.offered.empty() ? "" : " ") + "is_set is_not_set";
            BOOST_TEST(names(operators_for({r.kind, true})) == also);
        }
    }
    for (auto const& s : sample_values) {
        value_type (*const of)() = s.kind == value_kind::text      ? &element<value_kind::text>
                                   : s.kind == value_kind::integer ? &element<value_kind::integer, true>
                                                                   : &element<value_kind::timestamp>;
        BOOST_TEST(names(operators_for({value_kind::list, false, nullptr, of})) == "contains");
        BOOST_TEST(names(operators_for({value_kind::list, true, nullptr, of})) ==
                   "contains is_set is_not_set");
    }
    BOOST_TEST(names(operators_for({value_kind::list, false, nullptr, &texts})) == "");
    BOOST_TEST(names(operators_for({value_kind::list, true, nullptr, &place_element})) ==
               "is_set is_not_set");
}

BOOST_AUTO_TEST_CASE(every_operator_on_every_field_is_written_read_and_saved_or_refused) {
    unsigned fitting = 0;
    for (auto const& f : thing_record().fields) {
        std::string const field(f.name);
        auto const& sample = sample_of(f.type);
        auto const offered = operators_for(f.type);
        for (auto const op : all_operators) {
            auto const c = sample_criterion(op, field, std::string(sample.typed));
            BOOST_TEST_CONTEXT(print(c)) {
                auto const made = written({c});
                if (std::ranges::find(offered, op) == offered.end()) {
                    BOOST_TEST_REQUIRE(!made.has_value());
                    BOOST_TEST(made.error().all().size() == 1U);
                    BOOST_TEST(made.error().begin()->field() == "criteria[0].operator");
                    continue;
                }
                ++fitting;
                BOOST_TEST_REQUIRE(made.has_value());
                BOOST_TEST(*made == expected_text(op, "thing." + field, f.type.kind == value_kind::list,
                                                  std::string(sample.literal)));
                check_saves(*made);
                BOOST_TEST(print(read(*made)) == print(c));
            }
        }
    }
    // 7 scalars with 6+3*7+1+2*6 operators, again as optional ones with 2 more each; lists; objects.
    BOOST_TEST(fitting == 40U + 40U + 14U + 7U + 3U + 2U + 2U);
}

BOOST_AUTO_TEST_CASE(an_operator_that_does_not_fit_is_told_with_those_that_do) {
    BOOST_TEST(text_of({{"open", not_equals, {"true"}}}) ==
               "criteria[0].operator: `not_equals` does not fit `open`; choose one of `equals`");
    BOOST_TEST(text_of({{"o_tags", starts_with, {"x"}}}) ==
               "criteria[0].operator: `starts_with` does not fit "
               "`o_tags`; choose one of `contains`, `is_set`, `is_not_set`");
    BOOST_TEST(text_of({{"place", is_set}}) ==
               "criteria[0].operator: no criteria can be made of `place`; choose another field");
    BOOST_TEST(text_of({{"name", static_cast<criterion_operator>(200), {"x"}}}) ==
               "criteria[0].operator: `unknown` does not fit `name`; choose one of `equals`, `not_equals`, "
               "`contains`, `starts_with`, `ends_with`, `one_of`");
}

BOOST_AUTO_TEST_CASE(several_criteria_must_all_hold) {
    list const both{{"name", equals, {"open"}}, {"price", greater, {"10000"}}};
    BOOST_TEST(text_of(both) == R"(thing.name == "open" && thing.price > 10000.0)");
    list const three{{"name", one_of, {"a", "b"}}, {"o_place.city", is_set}, {"tags", contains, {"x"}}};
    BOOST_TEST(text_of(three) ==
               R"(thing.name in ["a", "b"] && thing.o_place.city != null && "x" in thing.tags)");
    for (auto const& criteria : {both, three})
        check_saves(text_of(criteria));
    BOOST_TEST(print(read(text_of(three))) == print(three));
    // Twice the same is twice the same.
    list const same{{"count", equals, {"1"}}, {"count", equals, {"1"}}};
    BOOST_TEST(print(read(text_of(same))) == print(same));
}

BOOST_AUTO_TEST_CASE(no_criteria_are_true) {
    BOOST_TEST(text_of({}) == "true");
    check_saves("true");
    for (auto const text : {"", "true", " true\n", "(true)"}) {
        auto const criteria = read(text);
        BOOST_TEST_REQUIRE(criteria.has_value());
        BOOST_TEST(criteria->empty());
    }
}

BOOST_AUTO_TEST_CASE(fields_may_lie_deeper) {
    BOOST_TEST(text_of({{"place.city", equals, {"Ulm"}}}) == R"(thing.place.city == "Ulm")");
    BOOST_TEST(text_of({{"o_place.tags", contains, {"x"}}}) == R"("x" in thing.o_place.tags)");
    BOOST_TEST(print(read(R"(thing.place.city == "Ulm")")) == "place.city equals [Ulm]");
    // Behind an optional part a field may be unset.
    BOOST_TEST(text_of({{"o_place.city", is_set}}) == "thing.o_place.city != null");
    BOOST_TEST(text_of({{"place.city", is_set}}).starts_with("criteria[0].operator: "));
    BOOST_TEST(text_of({{"place.since", is_not_set}}) == "thing.place.since == null");
}

BOOST_AUTO_TEST_CASE(wrong_fields_are_told_with_the_nearest_name) {
    struct row {
        std::string field;
        std::string message;
    };
    for (auto const& r : {
             row{"nmae", "unknown field `nmae` of `thing` (did you mean `name`?)"},
             row{"Count", "unknown field `Count` of `thing` (did you mean `count`?)"},
             row{"xyzzy_quux", "unknown field `xyzzy_quux` of `thing`"},
             row{"place.cty", "unknown field `cty` of `thing.place` (did you mean `city`?)"},
             row{"place.tags.x", "`place.tags` has no fields; leave out what follows it"},
             row{"name.size", "`name` has no fields; leave out what follows it"},
             row{"places.city", "`places` has no fields; leave out what follows it"},
             row{"thing.name", "a field is named without `thing`; write one such as `name`"},
             row{"", "the name of a field of `thing` is missing; write one such as `name`"},
             row{".", "the name of a field of `thing` is missing; write one such as `name`"},
             row{".name", "the name of a field of `thing` is missing; write one such as `name`"},
             row{"place.", "the name of a field of `thing.place` is missing; write one such as `city`"},
             row{"place..city", "the name of a field of `thing.place` is missing; write one such as `city`"},
             row{"name ", "unknown field `name ` of `thing` (did you mean `name`?)"},
             row{"previous", "unknown field `previous` of `thing`"},
             row{"name == \"x\" || true", "unknown field `name == \"x\" || true` of `thing`"},
             row{"lower(name)", "unknown field `lower(name)` of `thing`"},
         })
        BOOST_TEST(text_of({{r.field, equals, {"x"}}}) == "criteria[0].field: " + r.message);
    auto const made = to_expression({{"", is_set}}, things, 1);
    BOOST_TEST(made.error().text() == "criteria[0].field: the name of a field of `nothing` is missing");
}

BOOST_AUTO_TEST_CASE(hidden_fields_are_unknown_and_never_suggested) {
    using posthorn::test::account;
    using posthorn::test::objects;
    auto const made = to_expression({{"password_hash", equals, {"x"}}, {"password_has", equals, {"x"}}},
                                    objects::schema(), objects::index_of<account>);
    BOOST_TEST(made.error().text() == "criteria[0].field: unknown field `password_hash` of `user`\n"
                                      "criteria[1].field: unknown field `password_has` of `user`");
    BOOST_TEST(!criteria_of("user.password_hash == \"x\"", objects::schema(), objects::index_of<account>));
}

BOOST_AUTO_TEST_CASE(an_object_type_that_does_not_exist_is_told) {
    for (std::size_t const object : {std::size_t{2}, posthorn::detail::no_index}) {
        auto const made = to_expression({}, things, object);
        BOOST_TEST_REQUIRE(!made.has_value());
        BOOST_TEST(made.error().text() == "object: choose the object type that the filter is about");
        BOOST_TEST(!criteria_of("true", things, object).has_value());
    }
}

BOOST_AUTO_TEST_CASE(values_are_typed_by_their_field) {
    struct row {
        std::string_view field;
        std::string_view typed;
        std::string_view literal;
        // What the criterion holds when it is read back; "": what was typed.
        std::string_view canonical = "";
    };
    for (auto const& r : {
             row{"name", "open", R"("open")"},
             row{"name", " open ", R"(" open ")"},
             row{"name", "42", R"("42")"},
             row{"name", "null", R"("null")"},
             row{"name", "a\nb\tc\\d'e", R"("a\nb\tc\\d'e")"},
             row{"name", "\x01\x7f", "\"\\u0001\\u007f\""},
             row{"name", "\xc3\xa9\xf0\x9f\x93\xaf", "\"\xc3\xa9\xf0\x9f\x93\xaf\""},
             row{"name", "\" || true || \"", R"("\" || true || \"")"},
             row{"count", "0", "0"},
             row{"count", " 7\t", "7", "7"},
             row{"count", "007", "7", "7"},
             row{"count", "-0", "0", "0"},
             row{"count", "9223372036854775807", "9223372036854775807"},
             row{"count", "-9223372036854775808", "-9223372036854775808"},
             row{"size", "0", "0u"},
             row{"size", "18446744073709551615", "18446744073709551615u"},
             row{"price", "10000", "10000.0", "10000.0"},
             row{"price", "0.1", "0.1"},
             row{"price", ".5", "0.5", "0.5"},
             row{"price", "5.", "5.0", "5.0"},
             row{"price", "-0", "-0.0", "-0.0"},
             row{"price", "-2.50", "-2.5", "-2.5"},
             row{"price", "1e6", "1000000.0", "1000000.0"},
             row{"price", "1.7976931348623157e308", "1.7976931348623157e+308", "1.7976931348623157e+308"},
             row{"price", "5e-324", "5e-324"},
             row{"open", "true", "true"},
             row{"open", " false ", "false", "false"},
             row{"at", "2026-01-31T12:00:00Z", R"(timestamp("2026-01-31T12:00:00Z"))"},
             row{"at", " 2026-01-31T12:00:00.25+01:00 ", R"(timestamp("2026-01-31T12:00:00.25+01:00"))",
                 "2026-01-31T12:00:00.25+01:00"},
             row{"lasts", "1h30m", R"(duration("1h30m"))"},
             row{"lasts", " -2.5s\n", R"(duration("-2.5s"))", "-2.5s"},
         }) {
        BOOST_TEST_CONTEXT(r.field << " [" << r.typed << "]") {
            auto const text = text_of({{std::string(r.field), equals, {std::string(r.typed)}}});
            BOOST_TEST(text == "thing." + std::string(r.field) + " == " + std::string(r.literal));
            check_saves(text);
            auto const back = read(text);
            BOOST_TEST_REQUIRE((back && back->size() == 1 && back->at(0).values.size() == 1));
            BOOST_TEST(back->at(0).values[0] == (r.canonical.empty() ? r.typed : r.canonical));
            BOOST_TEST(text_of(*back) == text);
        }
    }
    BOOST_TEST(text_of({{"name", equals, {""}}}) == R"(thing.name == "")");
    BOOST_TEST(print(read(R"(thing.name == "")")) == "name equals []");
    BOOST_TEST(text_of({{"name", equals, {std::string(1, '\0')}}}) == "thing.name == \"\\u0000\"");
    BOOST_TEST(read("thing.name == \"\\u0000\"")->at(0).values[0] == std::string(1, '\0'));
}

BOOST_AUTO_TEST_CASE(wrong_values_are_told_with_what_to_write) {
    struct row {
        std::string_view field;
        std::string_view typed;
        std::string_view message;
    };
    constexpr std::string_view whole = "is not a whole number of 64 bits; write one such as `42`";
    constexpr std::string_view natural = "is not a whole number of 64 bits from 0 on; write one such as `42`";
    constexpr std::string_view real =
        "is not a number that fits a double; write one such as `10000` or `0.5`";
    constexpr std::string_view boolean = "is neither true nor false; write `true` or `false`";
    constexpr std::string_view time = "is not a point in time; write one such as `2026-01-31T12:00:00Z`";
    constexpr std::string_view span =
        "is not a duration; write one such as `1h30m`, with the units h, m, s, ms, us";
    for (auto const& r : {
             row{"count", "", whole},
             row{"count", " ", whole},
             row{"count", "x", whole},
             row{"count", "1.0", whole},
             row{"count", "1e3", whole},
             row{"count", "+1", whole},
             row{"count", "1 000", whole},
             row{"count", "0x10", whole},
             row{"count", "42u", whole},
             row{"count", "9223372036854775808", whole},
             row{"count", "-9223372036854775809", whole},
             row{"size", "-1", natural},
             row{"size", "18446744073709551616", natural},
             row{"price", "", real},
             row{"price", "1,5", real},
             row{"price", "inf", real},
             row{"price", "nan", real},
             row{"price", "1e999", real},
             row{"price", "0x1p3", real},
             row{"open", "", boolean},
             row{"open", "True", boolean},
             row{"open", "1", boolean},
             row{"at", "", time},
             row{"at", "2026-01-31", time},
             row{"at", "2026-02-30T00:00:00Z", time},
             row{"at", "2026-01-31T12:00:00", time},
             row{"at", "2026-01-31T12:00:00Z\") || true", time},
             row{"lasts", "", span},
             row{"lasts", "90", span},
             row{"lasts", "1d", span},
             row{"name", "\xff", "is not UTF-8; write it as Unicode text"},
         }) {
        BOOST_TEST_CONTEXT(r.field << " [" << r.typed << "]") {
            auto const made = written({{std::string(r.field), equals, {std::string(r.typed)}}});
            BOOST_TEST_REQUIRE(!made.has_value());
            BOOST_TEST(made.error().all().size() == 1U);
            BOOST_TEST(made.error().begin()->field() == "criteria[0].value");
            auto const shown = r.typed == "\xff" ? "?" : std::string(r.typed);
            BOOST_TEST(made.error().begin()->message() == "`" + shown + "` " + std::string(r.message));
        }
    }
    BOOST_TEST(text_of({{"sizes", contains, {"-1"}}}) == "criteria[0].value: `-1` " + std::string(natural));
}

BOOST_AUTO_TEST_CASE(each_operator_takes_so_many_values) {
    BOOST_TEST(text_of({{"name", equals}}) == "criteria[0].value: `equals` takes one value; there are 0");
    BOOST_TEST(text_of({{"name", contains, {"a", "b"}}}) ==
               "criteria[0].value: `contains` takes one value; there are 2");
    BOOST_TEST(text_of({{"o_name", is_set, {"a"}}}) ==
               "criteria[0].value: `is_set` takes no value; leave it out");
    BOOST_TEST(text_of({{"o_name", is_not_set, {""}}}) ==
               "criteria[0].value: `is_not_set` takes no value; leave it out");
    BOOST_TEST(text_of({{"name", one_of}}) ==
               "criteria[0].value: `one_of` takes 1 to 256 values; there are 0");
    BOOST_TEST(text_of({{"name", one_of, {"a"}}}) == R"(thing.name in ["a"])");
    std::vector<std::string> many(256, "1");
    check_saves(text_of({{"count", one_of, many}}));
    BOOST_TEST(read(text_of({{"count", one_of, many}}))->at(0).values.size() == 256U);
    many.emplace_back("1");
    BOOST_TEST(text_of({{"count", one_of, many}}) ==
               "criteria[0].value: `one_of` takes 1 to 256 values; there are 257");
}

BOOST_AUTO_TEST_CASE(all_errors_are_told_at_once_each_in_its_place) {
    BOOST_TEST(text_of({{"nmae", equals, {"x"}},
                        {"name", equals, {"right"}},
                        {"count", contains, {"x"}},
                        {"count", one_of, {"1", "two", "3", "four"}},
                        {"price", less}}) ==
               "criteria[0].field: unknown field `nmae` of `thing` (did you mean `name`?)\n"
               "criteria[2].operator: `contains` does not fit `count`; choose one of `equals`, `not_equals`, "
               "`less`, "
               "`less_or_equal`, `greater`, `greater_or_equal`, `one_of`\n"
               "criteria[3].value: `two` is not a whole number of 64 bits; write one such as `42`\n"
               "criteria[3].value: `four` is not a whole number of 64 bits; write one such as `42`\n"
               "criteria[4].value: `less` takes one value; there are 0");
}

BOOST_AUTO_TEST_CASE(hostile_names_and_values_make_short_messages_of_one_line) {
    std::string const nul("na\0me", 5);
    for (std::string const& text :
         {std::string(10'000, 'a'), std::string(10'000, '.'), std::string("a\"b\\c'd`e"),
          std::string("a\r\nb\x1b[31m"), nul, std::string("\xff\xfe\x80"), std::string("\xed\xa0\x80"),
          std::string("\xf0\x9f\x93"), "name" + std::string(10'000, ' '), std::string(10'000, '\xc3')}) {
        auto const named = written({{text, equals, {"x"}}});
        BOOST_TEST_REQUIRE(!named.has_value());
        auto const typed =
            written({{"count", equals, {text}}, {"at", greater, {text}}, {"open", equals, {text}}});
        BOOST_TEST_REQUIRE(!typed.has_value());
        BOOST_TEST(typed.error().all().size() == 3U);
        for (auto const& errors : {named.error(), typed.error()})
            for (auto const& e : errors) {
                auto const message = e.message();
                BOOST_TEST(message.size() < 250U);
                std::string_view rest = message;
                while (!rest.empty()) {
                    auto const length = posthorn::detail::utf8_length(rest);
                    BOOST_TEST_REQUIRE(length != 0U);
                    BOOST_TEST((static_cast<unsigned char>(rest[0]) >= 0x20 && rest[0] != 0x7f));
                    rest.remove_prefix(length);
                }
            }
    }
    // A letter is not cut in two.
    auto const wide = text_of({{std::string(62, 'a') + "\xc3\xa9z", equals, {"x"}}});
    BOOST_TEST(wide ==
               "criteria[0].field: unknown field `" + std::string(62, 'a') + "\xc3\xa9...` of `thing`");
}

BOOST_AUTO_TEST_CASE(an_expression_of_4096_bytes_is_the_longest) {
    // thing.name == "..."
    std::string const longest(4096 - 16, 'a');
    auto const text = text_of({{"name", equals, {longest}}});
    BOOST_TEST(text.size() == 4096U);
    check_saves(text);
    BOOST_TEST(read(text)->at(0).values[0] == longest);
    BOOST_TEST(text_of({{"name", equals, {longest + "a"}}}) ==
               "criteria[0].value: an expression has at most 4096 bytes; write less");
    BOOST_TEST(text_of({{"name", equals, {std::string(10'000, 'a')}}}) ==
               "criteria[0].value: an expression has at most 4096 bytes; write less");
    // What is escaped is longer than what was typed.
    BOOST_TEST(text_of({{"name", equals, {std::string(2041, '"')}}}).starts_with("criteria[0].value: "));
    BOOST_TEST(text_of({{"name", equals, {longest}}, {"open", equals, {"true"}}}) ==
               "criteria: all criteria make an expression of 4118 bytes; it has at most 4096");
    BOOST_TEST(text_of(list(100'000, {"count", equals, {"1"}})).starts_with("criteria: "));
    auto const hundreds = text_of(list(200, {"count", less, {"1"}}));
    check_saves(hundreds);
    BOOST_TEST(read(hundreds)->size() == 200U);
}

BOOST_AUTO_TEST_CASE(expressions_that_mean_criteria_are_read_in_other_forms_too) {
    struct row {
        std::string_view text;
        std::string_view criteria;
    };
    for (auto const& r : {
             row{"thing.name=='x'", "name equals [x]"},
             row{"( thing . name == \"x\" )", "name equals [x]"},
             row{"(thing.name == 'x' && thing.count < 3) && thing.open == false",
                 "name equals [x]; count less [3]; open equals [false]"},
             row{"thing.open && !thing.o_open", "open equals [true]; o_open equals [false]"},
             row{"has(thing.o_name) && !has(thing.o_place.city)",
                 "o_name is_set []; o_place.city is_not_set []"},
             row{"has(thing.o_place)", "o_place is_set []"},
             row{"thing.count == 0x2A", "count equals [42]"},
             row{"thing.count > 5u", "count greater [5]"},
             row{"thing.count > 5.0", "count greater [5]"},
             row{"thing.count > -0.0", "count greater [0]"},
             row{"thing.size >= 5", "size greater_or_equal [5]"},
             row{"thing.size >= 5.0", "size greater_or_equal [5]"},
             row{"thing.price > 10000", "price greater [10000.0]"},
             row{"thing.price > -3", "price greater [-3.0]"},
             row{"thing.price > 3u", "price greater [3.0]"},
             row{"thing.price > 9007199254740992", "price greater [9007199254740992.0]"},
             row{"thing.price in [1, 2u, 3.5]", "price one_of [1.0] [2.0] [3.5]"},
             row{"2.0 in thing.counts", "counts contains [2]"},
             row{"thing.at < timestamp('2026-01-31T12:00:00+01:00')", "at less [2026-01-31T12:00:00+01:00]"},
         }) {
        BOOST_TEST_CONTEXT(r.text) {
            BOOST_TEST_REQUIRE(
                expression::compile_predicate(r.text, {things, 0, std::nullopt, true}).has_value());
            auto const criteria = read(r.text);
            auto printed = print(criteria);
            if (auto const at = r.criteria.find("is_"); at != r.criteria.npos) {
                // Operators without a value print none.
                std::string expected(r.criteria);
                for (auto i = expected.find(" []"); i != expected.npos; i = expected.find(" []"))
                    expected.erase(i, 3);
                BOOST_TEST(printed == expected);
            } else {
                BOOST_TEST(printed == r.criteria);
            }
            BOOST_TEST_REQUIRE(criteria.has_value());
            auto const canonical = text_of(*criteria);
            check_saves(canonical);
            BOOST_TEST(print(read(canonical)) == printed);
        }
    }
}

BOOST_AUTO_TEST_CASE(other_expressions_are_edited_as_text) {
    for (std::string_view const text :
         {// No conjunction of criteria.
          "false", "null", "thing.name == 'a' || thing.name == 'b'", "!(thing.name == 'a')",
          "thing.name == 'a' && (thing.open || thing.o_open)", "true && thing.open",
          "thing.open ? true : false", "!thing.open == true", "!!thing.open",
          // Another side, another operand.
          "'x' == thing.name", "3 < thing.count", "thing.name == thing.o_name",
          "thing.count == thing.o_count + 1", "lower(thing.name) == 'x'", "thing.name.lower().contains('x')",
          "thing.name == 'a' + 'b'", "size(thing.tags) > 1", "thing.name.contains(thing.o_name)",
          "'x'.contains(thing.name)", "thing.o_name in thing.tags", "thing.name in [thing.o_name]",
          "'a' in ['a']", "thing.count == -thing.count",
          "thing.at < timestamp('2026-01-31T12:00:00Z') + duration('1h')",
          // Operators that the field does not offer.
          "thing.open != true", "thing.name < 'x'", "thing.open in [true]", "thing.count != null",
          "has(thing.name)", "thing.at in [timestamp('2026-01-31T12:00:00Z')]", "thing.place == null",
          "thing.name in []", "null == thing.o_name",
          // Values that the field cannot have.
          "thing.count == 1.5", "thing.count < 1e300", "thing.count < 18446744073709551615u",
          "thing.size > -1", "thing.size == 0.5", "thing.price == 9007199254740993",
          "thing.price < 18446744073709551615u",
          // Wrong altogether.
          "thing.nmae == 'x'", "thing.count == 'x'", "thing.name == 3", "thing.name == true",
          "thing.open == 'true'", "thing.tags.contains('x')", "'x' in thing.name", "thing == null", "thing",
          "thing.name", "!thing.name", "thing.at == '2026-01-31T12:00:00Z'", "thing.at == timestamp('x')",
          "thing.at == duration('1h')", "previous.name == 'x'", "event.actor == 'x'", "nothing.name == 'x'",
          "has(thing)", "thing.price > null", "thing.name == 'x' &&", "thing.name == \"\xff\"", " ",
          "// true", "has('x')", "'a' < 'b'"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(print(read(text)) == "text");
        }
    }
    BOOST_TEST(!read(std::string(100'000, '(')).has_value());
    BOOST_TEST(!read("thing.name == \"" + std::string(10'000, 'a') + "\"").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

// --- what they select ---

namespace {

using namespace posthorn::test;

bool selects(list const& criteria, project const& p) {
    auto const text = to_expression(criteria, objects::schema(), objects::index_of<project>);
    BOOST_TEST_REQUIRE(text.has_value(), (text ? "" : text.error().text()));
    auto scope = scope_for<project>(std::nullopt);
    scope.is_filter = true;
    auto const compiled = expression::compile_predicate(*text, scope);
    BOOST_TEST_REQUIRE(compiled.has_value(), (compiled ? "" : compiled.error().text()));
    auto const e = posthorn::created(p);
    return compiled->matches(view_of(e));
}

} // namespace

BOOST_AUTO_TEST_SUITE(expression_criteria)

BOOST_AUTO_TEST_CASE(criteria_select_what_they_say) {
    project p;
    p.tags = {"wood", "stone"};
    struct row {
        criterion what;
        bool selected;
    };
    for (auto const& r : {
             row{{"status", equals, {"open"}}, true},
             row{{"status", equals, {"closed"}}, false},
             row{{"status", not_equals, {"closed"}}, true},
             row{{"status", not_equals, {"open"}}, false},
             row{{"status", one_of, {"closed", "open"}}, true},
             row{{"status", one_of, {"closed"}}, false},
             row{{"label", contains, {"rid"}}, true},
             row{{"label", contains, {"RID"}}, false},
             row{{"label", starts_with, {"Bri"}}, true},
             row{{"label", starts_with, {"ridge"}}, false},
             row{{"label", ends_with, {"ridge"}}, true},
             row{{"label", ends_with, {"Bri"}}, false},
             row{{"id", equals, {"7"}}, true},
             row{{"id", less, {"7"}}, false},
             row{{"id", less_or_equal, {"7"}}, true},
             row{{"id", greater, {"7"}}, false},
             row{{"id", greater_or_equal, {"7"}}, true},
             row{{"id", one_of, {"1", "7"}}, true},
             row{{"budget", greater, {"1500"}}, true},
             row{{"budget", less, {"1500.5"}}, false},
             row{{"urgent", equals, {"true"}}, true},
             row{{"urgent", equals, {"false"}}, false},
             row{{"due", less_or_equal, {"2023-11-14T22:13:20Z"}}, true},
             row{{"due", greater, {"2023-11-14T23:13:20+01:00"}}, false},
             row{{"tags", contains, {"wood"}}, true},
             row{{"tags", contains, {"woo"}}, false},
         })
        BOOST_TEST(selects({r.what}, p) == r.selected, print(r.what));
    BOOST_TEST(selects({}, p));
    BOOST_TEST(selects({{"id", equals, {"7"}}, {"urgent", equals, {"true"}}}, p));
    BOOST_TEST(!selects({{"id", equals, {"7"}}, {"urgent", equals, {"false"}}}, p));
}

BOOST_AUTO_TEST_CASE(what_is_not_set_fulfils_is_not_set_alone) {
    project unset;
    project set;
    set.owner = "ada";
    set.where = site{"Ulm", std::nullopt, ""};
    for (criterion const& c :
         {criterion{"owner", equals, {"ada"}}, criterion{"owner", not_equals, {"bob"}},
          criterion{"owner", contains, {""}}, criterion{"owner", one_of, {"ada"}}, criterion{"owner", is_set},
          criterion{"where", is_set}, criterion{"where.city", is_set},
          criterion{"where.city", not_equals, {"Bonn"}}}) {
        BOOST_TEST(selects({c}, set), print(c));
        BOOST_TEST(!selects({c}, unset), print(c));
    }
    BOOST_TEST(selects({{"owner", is_not_set}}, unset));
    BOOST_TEST(!selects({{"owner", is_not_set}}, set));
    BOOST_TEST(selects({{"where.street", is_not_set}}, set));
    BOOST_TEST(selects({{"where.street", is_not_set}}, unset));
}

BOOST_AUTO_TEST_SUITE_END()

// --- random criteria ---

namespace {

class random_criteria {
  public:
    explicit random_criteria(std::uint64_t seed) : random_(seed) {}

    list next() {
        list all;
        for (auto n = below(6); n != 0; --n)
            all.push_back(one());
        return all;
    }

  private:
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

    criterion one() {
        auto const fields = thing_record().fields;
        auto const& field = fields[below(fields.size())];
        std::string path(field.name);
        auto type = field.type;
        if (type.kind == value_kind::record && (!type.optional || below(2) == 0)) {
            auto const inner = place_record().fields;
            auto const& f = inner[below(inner.size())];
            path.append(".").append(f.name);
            bool const optional = type.optional || f.type.optional;
            type = f.type;
            type.optional = optional;
        }
        auto const offered = operators_for(type);
        if (offered.empty())
            return one();
        auto const op = offered[below(offered.size())];
        criterion c(path, op);
        auto const count = op == is_set || op == is_not_set ? 0 : op == one_of ? 1 + below(5) : 1;
        for (std::uint64_t i = 0; i != count; ++i)
            c.values.push_back(value_of(type.kind == value_kind::list ? type.element().kind : type.kind));
        return c;
    }

    // In canonical form.
    std::string value_of(value_kind kind) {
        switch (kind) {
        case value_kind::integer:
            return std::to_string(static_cast<std::int64_t>(random_() >> below(64)) *
                                  (below(2) == 0 ? 1 : -1));
        case value_kind::unsigned_integer:
            return std::to_string(random_() >> below(64));
        case value_kind::real:
            return print_expression(posthorn::detail::literal_node(real()));
        case value_kind::boolean:
            return below(2) == 0 ? "true" : "false";
        case value_kind::timestamp:
            return time();
        case value_kind::duration:
            return std::string(below(2) == 0 ? "" : "-") + std::to_string(below(1000)) + "h" +
                   std::to_string(below(100)) + "." + std::to_string(below(1000)) + "s";
        default:
            return text();
        }
    }

    double real() {
        for (;;)
            if (auto const d = below(2) == 0 ? std::bit_cast<double>(random_())
                                             : static_cast<double>(below(2'000'000)) / 100 - 10'000;
                std::isfinite(d))
                return d;
    }

    std::string time() {
        using namespace std::chrono;
        auto const span = static_cast<std::uint64_t>(microseconds(hours(24 * 365 * 200)).count());
        std::string out;
        posthorn::append_timestamp(out, posthorn::utc_time(microseconds(below(span))));
        if (below(2) == 0)
            out.replace(out.size() - 1, 1, below(2) == 0 ? "+01:30" : "-12:00");
        return out;
    }

    std::string text() {
        static constexpr std::string_view pieces[] = {"a",
                                                      "Z",
                                                      "7",
                                                      " ",
                                                      "\"",
                                                      "\\",
                                                      "'",
                                                      "`",
                                                      "\n",
                                                      "\r",
                                                      "\t",
                                                      "\x01",
                                                      "\x7f",
                                                      "&&",
                                                      "||",
                                                      "]",
                                                      ")",
                                                      "{{",
                                                      "}}",
                                                      "true",
                                                      "null",
                                                      "//",
                                                      "\\u0041",
                                                      "\xc3\xa9",
                                                      "\xd7\xa9",
                                                      "\xe2\x80\xae",
                                                      "\xef\xbf\xbd",
                                                      "\xf0\x9f\x93\xaf",
                                                      "\xf4\x8f\xbf\xbf"};
        std::string out;
        for (auto n = below(12); n != 0; --n)
            out += below(20) == 0 ? std::string_view("\0", 1) : pieces[below(std::size(pieces))];
        return out;
    }

    posthorn::testing::seeded_random random_;
};

void check_that_random_criteria_come_back(std::uint64_t seed) {
    BOOST_TEST_MESSAGE("random criteria from seed " << seed);
    random_criteria source(seed);
    for (int round = 0; round != 10'000; ++round) {
        auto const criteria = source.next();
        BOOST_TEST_CONTEXT("seed " << seed << ", round " << round << ": " << print(criteria)) {
            auto const text = written(criteria);
            BOOST_TEST_REQUIRE(text.has_value(), (text ? "" : text.error().text()));
            auto const back = read(*text);
            BOOST_TEST_REQUIRE(back.has_value(), *text);
            BOOST_TEST_REQUIRE((*back == criteria), *text);
            BOOST_TEST_REQUIRE(*written(*back) == *text);
            check_saves(*text);
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(expression_criteria)

BOOST_AUTO_TEST_CASE(random_criteria_come_back_as_they_were) {
    check_that_random_criteria_come_back(2026);
    check_that_random_criteria_come_back(std::random_device{}());
}

BOOST_AUTO_TEST_CASE(wrong_criteria_are_explained_in_french) {
    auto const french = [](criterion const& c) {
        auto const made = written({c});
        BOOST_TEST_REQUIRE(!made.has_value());
        auto const e = made.error().all().front();
        return std::string(e.code()) + " " + e.field() + ": " + e.message(posthorn::language::french);
    };
    BOOST_TEST(
        french({"nam", equals, {"x"}}) ==
        "unknown_field criteria[0].field: champ `nam` inconnu dans `thing` (vouliez-vous dire `name` ?)");
    BOOST_TEST(french({"", equals, {"x"}}) ==
               "criterion_field_missing criteria[0].field: il manque le nom d'un champ de `thing` ; "
               "écrivez-en un tel que `name`");
    BOOST_TEST(
        french({"count", contains, {"1"}}) ==
        "criterion_operator criteria[0].operator: `contains` ne convient pas à `count` ; choisissez "
        "parmi `equals`, `not_equals`, `less`, `less_or_equal`, `greater`, `greater_or_equal`, `one_of`");
    BOOST_TEST(french({"count", equals, {"1", "2"}}) ==
               "criterion_takes_one_value criteria[0].value: `equals` prend une valeur ; il y en a 2");
    BOOST_TEST(
        french({"count", equals, {"many"}}) ==
        "value_not_integer criteria[0].value: `many` n'est pas un nombre entier de 64 bits ; écrivez-en "
        "un tel que `42`");
    BOOST_TEST(french({"lasts", equals, {"long"}}) ==
               "value_not_duration criteria[0].value: `long` n'est pas une durée ; écrivez-en une telle que "
               "`1h30m`, avec les unités h, m, s, ms, us");
}

BOOST_AUTO_TEST_SUITE_END()
