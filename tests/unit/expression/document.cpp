// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/criteria.hpp>
#include <posthorn/expression/expression.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/expression/template.hpp>

#include "../../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The examples of docs/expressions.md: the lines of the blocks whose fence names a kind of example.

namespace {

using namespace posthorn::test;
using posthorn::expression;
using posthorn::place;
using posthorn::text_template;

std::string const& document() {
    static std::string const text = [] {
        std::ifstream file(POSTHORN_DOCS "/expressions.md", std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    return text;
}

// All lines of the blocks of a kind.
std::vector<std::string> lines_of(std::string_view kind) {
    std::vector<std::string> lines;
    std::string_view rest(document());
    bool inside = false;
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.starts_with("```"))
            inside = line.substr(3) == kind;
        else if (inside)
            lines.emplace_back(line);
    }
    BOOST_TEST_REQUIRE(!lines.empty(), kind << " has no examples");
    return lines;
}

// `example => what comes of it`
std::pair<std::string, std::string> halves(std::string const& line) {
    auto const at = line.find(" => ");
    BOOST_TEST_REQUIRE(at != std::string::npos, line << " does not say what comes of it");
    return {line.substr(0, at), line.substr(at + 4)};
}

// `place: template`
std::pair<place, std::string> placed(std::string const& text) {
    static constexpr std::pair<std::string_view, place> places[] = {
        {"url: ", place::url}, {"form: ", place::form},     {"json: ", place::json},
        {"xml: ", place::xml}, {"header: ", place::header}, {"text: ", place::text}};
    for (auto const& [name, where] : places)
        if (text.starts_with(name))
            return {where, text.substr(name.size())};
    BOOST_FAIL(text << " names no place");
    return {};
}

// The project that the document tells of.
struct told {
    told() {
        after.tags = {"north", "steel"};
        before = after;
        before.status = standing::closed;
    }
    [[nodiscard]] posthorn::detail::event_view view() const {
        return view_of(posthorn::modified(before, after).by("ada"));
    }
    project before;
    project after;
};

} // namespace

BOOST_AUTO_TEST_SUITE(expression_document)

BOOST_AUTO_TEST_CASE(its_expressions_compile) {
    for (auto const& line : lines_of("posthorn-expression"))
        for (std::optional<posthorn::action> const what : {std::optional(posthorn::action::modified), {}}) {
            auto const compiled = expression::compile(line, scope_for<project>(what));
            BOOST_TEST(compiled.has_value(), compiled.error().text());
        }
}

BOOST_AUTO_TEST_CASE(its_expressions_have_the_values_that_it_says) {
    told const sample;
    for (auto const& line : lines_of("posthorn-value")) {
        auto const [text, expected] = halves(line);
        auto const compiled = expression::compile(text, scope_for<project>());
        BOOST_TEST_REQUIRE(compiled.has_value(), compiled.error().text());
        posthorn::expression_scratch scratch;
        std::string json;
        posthorn::append_json(json, compiled->evaluate(sample.view(), scratch));
        BOOST_TEST(json == expected, line << ", not " << json);
    }
}

BOOST_AUTO_TEST_CASE(its_canonical_texts_are_those) {
    for (auto const& line : lines_of("posthorn-canonical")) {
        auto const [text, expected] = halves(line);
        auto const compiled = expression::compile(text, scope_for<project>());
        BOOST_TEST_REQUIRE(compiled.has_value(), compiled.error().text());
        BOOST_TEST(compiled->text() == expected);
    }
}

BOOST_AUTO_TEST_CASE(its_wrong_expressions_have_the_messages_that_it_says) {
    for (auto const& line : lines_of("posthorn-wrong")) {
        auto const [text, expected] = halves(line);
        auto const compiled = expression::compile(text, scope_for<project>());
        BOOST_TEST_REQUIRE(!compiled, line << " compiles");
        BOOST_TEST(compiled.error().message() == expected, line << ", not " << compiled.error().message());
    }
}

BOOST_AUTO_TEST_CASE(its_templates_render_as_it_says) {
    told const sample;
    for (auto const& line : lines_of("posthorn-template")) {
        auto const [example, expected] = halves(line);
        auto const [where, text] = placed(example);
        auto const compiled = text_template::compile(text, where, scope_for<project>());
        BOOST_TEST_REQUIRE(compiled.has_value(), compiled.error().text());
        std::string out;
        compiled->render(out, sample.view());
        BOOST_TEST(out == expected);
    }
    for (auto const& line : lines_of("posthorn-wrong-template")) {
        auto const [example, expected] = halves(line);
        auto const [where, text] = placed(example);
        auto const compiled = text_template::compile(text, where, scope_for<project>());
        BOOST_TEST_REQUIRE(!compiled, line << " compiles");
        BOOST_TEST(compiled.error().message() == expected);
    }
}

BOOST_AUTO_TEST_CASE(its_criteria_are_criteria) {
    for (auto const& line : lines_of("posthorn-criteria")) {
        auto const criteria = posthorn::criteria_of(line, objects::schema(), objects::index_of<project>);
        BOOST_TEST_REQUIRE(criteria.has_value(), line);
        auto const again = posthorn::to_expression(*criteria, objects::schema(), objects::index_of<project>);
        BOOST_TEST_REQUIRE(again.has_value(), line);
        BOOST_TEST(*again == line);
    }
}

BOOST_AUTO_TEST_SUITE_END()
