// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/template.hpp>

#include "../../support/sample.hpp"

#include <boost/describe/class.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace posthorn::test;
using posthorn::place;
using posthorn::text_template;

constexpr place all_places[] = {place::url, place::header, place::json, place::form, place::xml, place::text};

std::string rendered(std::string_view text, place where, project const& p = project()) {
    auto const compiled = text_template::compile(text, where, scope_for<project>());
    if (!compiled)
        return "error: " + compiled.error().message();
    std::string out;
    compiled->render(out, view_of(posthorn::modified(p, p).by("ada")));
    return out;
}

struct wrong {
    std::string_view text;
    place where;
    std::size_t offset;
    std::string_view message;
};

project labelled(std::string label) {
    project p;
    p.label = std::move(label);
    return p;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i != times; ++i)
        all += text;
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(expression_template)

BOOST_AUTO_TEST_CASE(text_without_expressions_stays_as_it_is) {
    for (std::string_view const text : {"", "x", "} }} {", "a{b}c", "{ {project.id}}"})
        BOOST_TEST(rendered(text, place::text) == text);
    BOOST_TEST(text_template::compile("x", place::text, scope_for<project>())->is_constant());
    BOOST_TEST(!text_template::compile("{{project.id}}", place::text, scope_for<project>())->is_constant());
}

BOOST_AUTO_TEST_CASE(every_place_escapes_text_in_its_way) {
    auto const p = labelled("a/b?c=d&e \"f\"\n\xc3\xa9");
    BOOST_TEST(rendered("https://x.y/{{project.label}}", place::url, p) ==
               "https://x.y/a%2Fb%3Fc%3Dd%26e%20%22f%22%0A%C3%A9");
    BOOST_TEST(rendered("l={{project.label}}", place::form, p) == "l=a%2Fb%3Fc%3Dd%26e%20%22f%22%0A%C3%A9");
    BOOST_TEST(rendered("{{project.label}}", place::text, p) == "a/b?c=d&e \"f\"\n\xc3\xa9");
    BOOST_TEST(rendered("{{project.label}}", place::header, p) == "a/b?c=d&e \"f\"\n\xc3\xa9");
    BOOST_TEST(rendered("{\"l\":\"<{{project.label}}>\"}", place::json, p) ==
               "{\"l\":\"<a/b?c=d&e \\\"f\\\"\\n\xc3\xa9>\"}");
    BOOST_TEST(rendered("{\"l\":{{project.label}}}", place::json, p) ==
               "{\"l\":\"a/b?c=d&e \\\"f\\\"\\n\xc3\xa9\"}");
}

BOOST_AUTO_TEST_CASE(every_place_prints_other_scalars_in_its_way) {
    project p;
    p.budget = 1e300;
    std::string_view const holes = "{{project.id}}|{{project.budget}}|{{project.urgent}}|{{project.due}}|"
                                   "{{project.status}}|{{project.owner}}";
    BOOST_TEST(rendered(holes, place::text, p) == "7|1e+300|true|2023-11-14T22:13:20Z|open|");
    BOOST_TEST(rendered(holes, place::header, p) == "7|1e+300|true|2023-11-14T22:13:20Z|open|");
    BOOST_TEST(rendered(holes, place::form, p) == "7|1e%2B300|true|2023-11-14T22%3A13%3A20Z|open|");
    BOOST_TEST(rendered("https://x.y/" + std::string(holes), place::url, p) ==
               "https://x.y/7|1e%2B300|true|2023-11-14T22%3A13%3A20Z|open|");
    BOOST_TEST(rendered("\"" + std::string(holes) + "\"", place::json, p) ==
               "\"7|1e+300|true|2023-11-14T22:13:20Z|open|\"");
    BOOST_TEST(
        rendered("[{{project.id}},{{project.budget}},{{project.urgent}},{{project.due}},{{project.status}},"
                 "{{project.owner}}]",
                 place::json, p) == R"([7,1e+300,true,"2023-11-14T22:13:20Z","open",null])");
}

BOOST_AUTO_TEST_CASE(whole_expressions_stand_in_every_place) {
    auto const p = labelled("a & b");
    BOOST_TEST(rendered("{{ project.id * 2 + 1 }}", place::text, p) == "15");
    BOOST_TEST(rendered("{{ upper(project.label) + '!' }}", place::text, p) == "A & B!");
    BOOST_TEST(rendered("https://x.y/?q={{ project.label + '&c' }}", place::url, p) ==
               "https://x.y/?q=a%20%26%20b%26c");
    BOOST_TEST(rendered("q={{ project.label + '&c' }}", place::form, p) == "q=a%20%26%20b%26c");
    BOOST_TEST(rendered("{\"q\":\"{{ project.label + '\"' }}\"}", place::json, p) == R"({"q":"a & b\""})");
    BOOST_TEST(rendered(R"(<p a='{{ project.label + '<\'>"' }}'/>)", place::xml, p) ==
               "<p a='a &amp; b&lt;&#39;&gt;&quot;'/>");
    BOOST_TEST(
        rendered("[{{ project.urgent ? 'yes' : 'no' }},{{ project.owner }},{{ 1/0 }},{{ project.id > 3 }}]",
                 place::json, p) == R"(["yes",null,null,true])");
    BOOST_TEST(rendered("{{ project.owner }}|{{ 1/0 }}|{{ duration('90s') }}", place::text, p) == "||90s");
    // Over several lines.
    BOOST_TEST(rendered("{{ project.id\n  + 1 }}", place::text, p) == "8");
}

BOOST_AUTO_TEST_CASE(braces_in_a_text_literal_end_no_expression) {
    BOOST_TEST(rendered("{{ '}}' + \"{{\" }}", place::text) == "}}{{");
    BOOST_TEST(rendered("{{ '\\'}}' }}", place::text) == "'}}");
    BOOST_TEST(rendered("{{ 'open }}", place::text) ==
               "error: this text literal has no end; close it with '");
}

BOOST_AUTO_TEST_CASE(xml_gets_characters_of_xml_only) {
    BOOST_TEST(
        rendered("<p a='{{project.label}}'/>", place::xml, labelled("\t\r\n\x01\xff\xef\xbf\xbf\xc3\xa9")) ==
        "<p a='&#9;&#13;&#10;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9'/>");
}

BOOST_AUTO_TEST_CASE(a_list_stops_growing_the_text_at_its_limit) {
    project p;
    p.tags.assign(100'000, "a tag");
    auto const e = posthorn::created(p);
    auto const compiled =
        text_template::compile("{{project.tags}}", place::json, scope_for<project>(posthorn::action::created))
            .value();
    std::string out;
    compiled.render(out, view_of(e), 1000);
    BOOST_TEST(out.size() > 1000U);
    BOOST_TEST(out.size() < 1100U);
}

BOOST_AUTO_TEST_CASE(the_work_is_bounded_over_all_expressions_of_a_text) {
    project p;
    p.label.assign(64 * 1024, 'x');
    p.code = p.label;
    auto const e = posthorn::created(p);
    std::string text;
    for (int i = 0; i != 256; ++i)
        text += "{{project.label == project.code ? 'y' : 'n'}}";
    auto const compiled =
        text_template::compile(text, place::text, scope_for<project>(posthorn::action::created)).value();
    std::string out;
    compiled.render(out, view_of(e));
    // Each reads 64 KiB, which are 8192 steps of the 2^20 that there are.
    BOOST_TEST(out == std::string(128, 'y') + std::string(128, 'n'));
}

BOOST_AUTO_TEST_CASE(wrong_json_is_shown_where_it_stands) {
    auto const error = [](std::string_view text) {
        return text_template::compile(text, place::json, scope_for<project>()).error();
    };
    auto const behind = error("{\"a\": {{project.id}},\n \"b\": {{project.label}} oops}");
    BOOST_TEST(behind.line() == 2U);
    BOOST_TEST(behind.excerpt() == " \"b\": {{project.label}} oops}\n                        ^");
    BOOST_TEST(behind.message() == "the body is not JSON once its expressions are filled in: syntax error");
    // Where a number could be joined with its neighbour, or a key be no text.
    for (std::string_view const text :
         {"{\"a\":1{{project.id}}}", "{\"a\":{{project.id}}0}", "{ {{project.label}} : 1}",
          "{\"a\":{{project.id}}{{project.id}}}", "\"\\{{project.label}}\"", "\"\\u00{{project.label}}\"",
          "{\"a\":1} {{project.id}}", "{\"a\":"})
        BOOST_TEST(!error(text).message().empty(), text);
}

BOOST_AUTO_TEST_CASE(lists_and_objects_stand_in_json_outside_quotes) {
    project p;
    p.tags = {"a", "b\"c"};
    p.where = site{"Ulm", std::nullopt, "0000"};
    BOOST_TEST(rendered("{{project.tags}}", place::json, p) == R"(["a","b\"c"])");
    BOOST_TEST(rendered("{{project.where}}", place::json, p) == R"({"city":"Ulm","street":null})");
    auto const whole = boost::json::parse(rendered("{\"data\":{{project}}}", place::json, p));
    BOOST_TEST(whole.at("data").at("tags").as_array().size() == 2U);
    BOOST_TEST(!whole.at("data").as_object().contains("internal_note"));
    BOOST_TEST(rendered("{{project.where}}", place::json) == "null");
}

BOOST_AUTO_TEST_CASE(no_value_breaks_out_of_a_json_body) {
    // Every byte, alone and doubled, inside and outside of quotes.
    for (int c = 0; c != 256; ++c)
        for (std::string const& label :
             {std::string(1, static_cast<char>(c)), std::string(2, static_cast<char>(c)),
              std::string("\\") + static_cast<char>(c)}) {
            auto const body =
                rendered(R"({"a":"{{project.label}}","b":{{project.label}},"c":"\"{{project.label}}"})",
                         place::json, labelled(label));
            boost::system::error_code ec;
            auto const parsed = boost::json::parse(body, ec);
            if (ec || parsed.as_object().size() != 3 || parsed.at("a") != parsed.at("b"))
                BOOST_FAIL("byte " << c << ": " << body);
        }
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(no_value_breaks_out_of_a_path_segment_or_a_parameter) {
    std::string every;
    for (int c = 0; c != 256; ++c)
        every += static_cast<char>(c);
    for (auto const where : {place::url, place::form}) {
        auto const out = rendered("https://x.y/{{project.label}}", where, labelled(every)).substr(12);
        BOOST_TEST(
            out.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%") ==
            std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(quotes_are_followed_past_escapes) {
    BOOST_TEST(rendered(R"(["\\",{{project.label}}])", place::json) == R"(["\\","Bridge"])");
    BOOST_TEST(rendered(R"(["\"{{project.label}}"])", place::json) == R"(["\"Bridge"])");
    BOOST_TEST(rendered(R"(["\\\"{{project.label}}\\"])", place::json) == R"(["\\\"Bridge\\"])");
    BOOST_TEST(rendered(R"({"{{project.code}}":1})", place::json) == R"({"P-7":1})");
    BOOST_TEST(rendered(R"({"a":{"b":{{project.id}}}})", place::json) == R"({"a":{"b":7}})");
    // An escape that a value would complete.
    BOOST_TEST(rendered(R"(["\{{project.label}}"])", place::json).starts_with("error: the body is not JSON"));
    BOOST_TEST(rendered(R"(["\u00{{project.id}}"])", place::json).starts_with("error: the body is not JSON"));
}

BOOST_AUTO_TEST_CASE(a_json_text_must_be_json_after_a_trial) {
    for (std::string_view const text :
         {"", "{", "{\"a\"", "{\"a\":}", "{{project.id}}{{project.id}}", "1{{project.id}}", "-{{project.id}}",
          "{ {{project.code}}:1}", "{\"a\":1,}", "'{{project.code}}'", "\xef\xbb\xbf{}", "{} {}",
          "{\"a\":\"{{project.code}}}", "// {{project.code}}"}) {
        BOOST_TEST_CONTEXT(text) {
            auto const compiled = text_template::compile(text, place::json, scope_for<project>());
            BOOST_TEST_REQUIRE(!compiled);
            BOOST_TEST(compiled.error().message().starts_with(
                "the body is not JSON once its expressions are filled in: "));
        }
    }
    // What is no JSON may stand elsewhere.
    for (auto const where : {place::text, place::form, place::header})
        BOOST_TEST(text_template::compile("{\"a\"", where, scope_for<project>()).has_value());
}

BOOST_AUTO_TEST_CASE(errors_give_the_offset_in_the_whole_text) {
    std::string_view const missing = "an expression such as `project.id` is missing here";
    std::string_view const open = "`{{` without `}}`; close the expression";
    std::string_view const authority = "no expression may stand in the scheme, host or port of a URL";
    for (auto const& row : {
             wrong{"{{a", place::text, 0, open},
             wrong{"x {{project.id}} {{", place::text, 17, open},
             wrong{"x {{project.id} }", place::text, 2, open},
             wrong{"{{}}", place::text, 2, missing},
             wrong{"ab{{  }}", place::text, 6, missing},
             wrong{"ab{{projetc.id}}", place::text, 4, "unknown name `projetc` (did you mean `project`?)"},
             wrong{"{{project.id}}ab{{ project.lable }}", place::text, 27,
                   "unknown field `lable` of `project` (did you mean `label`?)"},
             wrong{"{{{project.id}}}", place::text, 2, "unexpected `{`"},
             wrong{"https://{{project.code}}/x", place::url, 8, authority},
             wrong{"{{project.code}}://x.y/", place::url, 0, authority},
             wrong{"https://x.y:{{project.id}}/", place::url, 12, authority},
             wrong{"https://x.{{project.code}}", place::url, 10, authority},
             wrong{"https://{{project.code}}@x.y/", place::url, 8, authority},
             wrong{"https:/{{project.code}}/x", place::url, 7, authority},
             wrong{"/{{project.code}}", place::url, 1, authority},
             wrong{"ab{{project.tags}}", place::text, 4,
                   "`project.tags` is a list or an object; it can only stand in a JSON body, outside quotes"},
             wrong{"\"{{project.tags}}\"", place::json, 3,
                   "`project.tags` is a list or an object; it can only stand in a JSON body, outside quotes"},
             wrong{"https://x.y/{{project}}", place::url, 14,
                   "`project` is a list or an object; it can only stand in a JSON body, outside quotes"},
             wrong{
                 "a={{project.where}}", place::form, 4,
                 "`project.where` is a list or an object; it can only stand in a JSON body, outside quotes"},
         }) {
        BOOST_TEST_CONTEXT(row.text) {
            auto const compiled = text_template::compile(row.text, row.where, scope_for<project>());
            BOOST_TEST_REQUIRE(!compiled);
            BOOST_TEST(compiled.error().offset() == row.offset);
            BOOST_TEST(compiled.error().message() == row.message);
        }
    }
}

BOOST_AUTO_TEST_CASE(in_a_url_expressions_stand_behind_the_authority) {
    project p;
    p.code = "c";
    BOOST_TEST(rendered("https://x.y/{{project.code}}", place::url, p) == "https://x.y/c");
    BOOST_TEST(rendered("https://x.y?q={{project.code}}", place::url, p) == "https://x.y?q=c");
    BOOST_TEST(rendered("https://x.y:8443/a/{{project.code}}?q={{project.id}}", place::url, p) ==
               "https://x.y:8443/a/c?q=7");
}

BOOST_AUTO_TEST_CASE(at_most_256_expressions_stand_in_one_text) {
    BOOST_TEST(rendered(repeated("{{project.id}}", 256), place::text) == std::string(256, '7'));
    auto const compiled =
        text_template::compile(repeated("{{project.id}}", 257), place::text, scope_for<project>());
    BOOST_TEST_REQUIRE(!compiled);
    BOOST_TEST(compiled.error().message() == "more than 256 expressions in one text");
    BOOST_TEST(compiled.error().offset() == 256U * 14U);
}

BOOST_AUTO_TEST_CASE(hostile_texts_are_refused_at_once) {
    // 64 KiB each; a quadratic reading would take minutes under a sanitizer, the limit of the test run.
    constexpr std::size_t size = 64 * 1024;
    for (std::string const& text :
         {repeated("{", size), repeated("{{ ", size / 3),
          repeated("{{{{", size / 8) + repeated("}}}}", size / 8), repeated("{{}", size / 3),
          "{{" + repeated("a.", size / 2) + "}}", "{{" + std::string(size, ' ') + "}}",
          "{{project." + std::string(size, 'x') + "}}"})
        for (auto const where : all_places) {
            auto const compiled = text_template::compile("https://x.y/" + text, where, scope_for<project>());
            BOOST_TEST_REQUIRE(!compiled);
            BOOST_TEST(compiled.error().message().size() < 300U);
        }
    BOOST_TEST(rendered(repeated("}", size), place::text).size() == size);
}

BOOST_AUTO_TEST_CASE(without_prefix_drops_the_front_only) {
    auto const whole = text_template::compile("https://x.y/{{project.id}}?{{project.code}}!", place::url,
                                              scope_for<project>())
                           .value();
    project const p;
    std::string out = "kept ";
    whole.without_prefix(11).render(out, view_of(posthorn::created(p)));
    BOOST_TEST(out == "kept /7?P-7!");
    out.clear();
    whole.render(out, view_of(posthorn::created(p)));
    BOOST_TEST(out == "https://x.y/7?P-7!");
}

BOOST_AUTO_TEST_CASE(reals_that_are_not_finite_are_json_null_and_no_text) {
    for (double const d :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        project p;
        p.budget = d;
        BOOST_TEST(rendered("{{project.budget}}", place::json, p) == "null");
    }
}

// With 200 holes of 100 000 bytes, at most the one that crosses the limit is still appended.
BOOST_AUTO_TEST_CASE(rendering_stops_soon_after_the_longest_size) {
    std::string text;
    for (int i = 0; i != 200; ++i)
        text += "{{project.label}} ";
    auto const compiled = text_template::compile(text, place::text, scope_for<project>());
    BOOST_TEST_REQUIRE(compiled.has_value());
    auto const p = labelled(std::string(100'000, 'a'));
    std::string out;
    compiled->render(out, view_of(posthorn::created(p)), 1000);
    BOOST_TEST(out.size() > 1000U);
    BOOST_TEST(out.size() < 200'000U);
}

BOOST_AUTO_TEST_SUITE_END()
