// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/expression.hpp>
#include <posthorn/expression/parse.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/expression/syntax.hpp>

#include "../../support/property.hpp"
#include "../../support/random_expressions.hpp"
#include "../../support/reference_evaluator.hpp"
#include "../../support/rich_sample.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using namespace posthorn::test;
using posthorn::expression;
using posthorn::value_kind;
using posthorn::detail::max_expression_length;
using posthorn::detail::parse_expression;
using posthorn::detail::print_expression;

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        auto const n = posthorn::detail::utf8_length(text);
        if (n == 0)
            return false;
        text.remove_prefix(n);
    }
    return true;
}

bool on_one_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

// What every error keeps to, however wrong the text is.
void check_error(std::string const& text, posthorn::expression_error const& e) {
    auto const line_end = e.excerpt().find('\n');
    bool const good =
        e.offset() <= text.size() && e.line() >= 1 && e.column() >= 1 && !e.message().empty() &&
        e.message().size() <= 400 && on_one_line(e.message()) && line_end != std::string::npos &&
        on_one_line(std::string_view(e.excerpt()).substr(0, line_end)) && e.excerpt().ends_with('^') &&
        e.excerpt().size() <= 1000 && (!is_utf8(text) || (is_utf8(e.message()) && is_utf8(e.excerpt())));
    if (!good)
        BOOST_FAIL("of `" << text << "`: offset " << e.offset() << ", " << e.text());
}

// Whether it has a value at all.
bool check_value(expression const& e, posthorn::detail::event_view const& view,
                 reference::model const& expected) {
    posthorn::expression_scratch scratch;
    auto const v = e.evaluate(view, scratch);
    if (!reference::same(v, expected)) {
        std::string json;
        posthorn::append_json(json, v);
        BOOST_FAIL("`" << e.text() << "` is " << json << ", not " << reference::printed(expected));
    }
    if (!v.is_null() && v.kind() != e.type().kind)
        BOOST_FAIL("`" << e.text() << "` has another type");
    return !v.is_null();
}

// Whether it matches and has keys, all of which must then be those of the event.
bool check_keys(expression const& e, posthorn::detail::event_view const& view,
                posthorn::detail::expression_scope const& where) {
    auto const keys = e.equality_keys();
    if (!e.matches(view))
        return false;
    for (auto const& key : keys) {
        posthorn::expression_scratch scratch;
        auto const v = expression::compile(key.path, where).value().evaluate(view, scratch);
        auto const found = std::find(key.hashes.begin(), key.hashes.end(), posthorn::detail::hash_of(v));
        if (v.is_null() || found == key.hashes.end())
            BOOST_FAIL("`" << e.text() << "` matches without its key " << key.path);
    }
    return !keys.empty();
}

// What makes texts wrong, and sometimes right.
constexpr std::string_view pieces[] = {"(",
                                       ")",
                                       "[",
                                       "]",
                                       "'",
                                       "\"",
                                       "\\",
                                       ".",
                                       ",",
                                       "?",
                                       ":",
                                       "-",
                                       "!",
                                       "==",
                                       "&&",
                                       "||",
                                       " in ",
                                       " ",
                                       "\n",
                                       "1e999",
                                       "0x",
                                       "5u",
                                       ".5",
                                       "\xff",
                                       "=",
                                       "&",
                                       "null",
                                       "thing.",
                                       ".size(",
                                       ".has(",
                                       "\xc3",
                                       "\x01",
                                       "\xc3\xa9",
                                       "duration",
                                       "{{",
                                       "}}",
                                       "`",
                                       "99999999999999999999",
                                       ".contains(\"",
                                       "\"\xf0\x9f\x93\xaf\xf0\x9f\x93\xaf\xf0\x9f\x93\xaf\""};

// Changes a text in a few places.
void mutate(random_source& random, std::string& text) {
    for (auto n = 1 + random.below(4); n != 0; --n) {
        auto const at = random.below(text.size() + 1);
        switch (random.below(5)) {
        case 0:
            text.insert(at, random.pick(pieces));
            break;
        case 1:
            text.erase(at, random.below(8));
            break;
        case 2:
            text.resize(at);
            break;
        case 3:
            if (at != text.size())
                text[at] = static_cast<char>(random.word());
            break;
        default: {
            auto const some = text.substr(at, random.below(20));
            text.insert(random.below(text.size() + 1), some);
        }
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(expression_properties)

BOOST_AUTO_TEST_CASE(parsing_what_is_printed_gives_the_same_tree) {
    share fitting;
    for_all([&](random_source& random) {
        auto const tree = tree_source(random).tree(static_cast<unsigned>(random.below(5)));
        auto const text = print_expression(tree);
        fitting.count(text.size() <= max_expression_length);
        if (text.size() > max_expression_length)
            return;
        auto const again = parse_expression(text);
        if (!again)
            BOOST_FAIL(again.error().text());
        if (!(*again == tree) || print_expression(*again) != text)
            BOOST_FAIL("`" << text << "` became `" << print_expression(*again) << "`");
    });
    BOOST_TEST(fitting.percent() > 95.0);
}

BOOST_AUTO_TEST_CASE(the_canonical_text_of_what_is_parsed_is_its_own) {
    share parsed;
    for_all([&](random_source& random) {
        auto text = print_expression(tree_source(random).tree(static_cast<unsigned>(random.below(4))));
        mutate(random, text);
        auto const tree = parse_expression(text);
        parsed.count(tree.has_value());
        if (!tree)
            return check_error(text, tree.error());
        auto const canonical = print_expression(*tree);
        auto const again = parse_expression(canonical);
        if (!again || !(*again == *tree) || print_expression(*again) != canonical)
            BOOST_FAIL("`" << text << "` became `" << canonical << "`");
    });
    BOOST_TEST(parsed.percent() > 5.0);
}

BOOST_AUTO_TEST_CASE(evaluation_agrees_with_the_reference) {
    constexpr std::size_t expressions_per_event = 5;
    share compiling;
    share of_a_value;
    for_all(
        [&](random_source& random) {
            random_event const event(random);
            auto const view = event.view();
            reference::evaluator const reference(reference::names_of(event));
            typed_source source(random, event.place);
            for (std::size_t i = 0; i != expressions_per_event; ++i) {
                auto const tree = source.of(source.any_scalar(), 1 + static_cast<unsigned>(random.below(3)));
                auto const text = print_expression(tree);
                auto const compiled = expression::compile(text, event.place);
                compiling.count(compiled.has_value());
                if (!compiled)
                    check_error(text, compiled.error());
                else
                    of_a_value.count(check_value(*compiled, view, reference.run(tree)));
            }
        },
        cases_per_seed / expressions_per_event);
    // What is left is longer than 4096 bytes, if anything.
    BOOST_TEST(compiling.percent() > 99.0);
    BOOST_TEST(of_a_value.percent() > 50.0);
}

BOOST_AUTO_TEST_CASE(wrong_texts_are_refused_in_order) {
    share wrong;
    for_all([&](random_source& random) {
        random_event const event(random);
        typed_source source(random, event.place);
        auto text = print_expression(source.of(source.any_scalar(), 2));
        mutate(random, text);
        auto const compiled = expression::compile(text, event.place);
        wrong.count(!compiled);
        if (!compiled)
            return check_error(text, compiled.error());
        posthorn::expression_scratch scratch;
        (void)compiled->evaluate(event.view(), scratch);
        if (auto const again = expression::compile(compiled->text(), event.place);
            !again || again->text() != compiled->text())
            BOOST_FAIL("`" << text << "` does not compile from its canonical text");
    });
    BOOST_TEST(wrong.percent() > 50.0);
}

BOOST_AUTO_TEST_CASE(what_matches_has_every_equality_key) {
    constexpr std::size_t expressions_per_event = 5;
    share matching;
    for_all(
        [&](random_source& random) {
            random_event const event(random);
            auto const view = event.view();
            typed_source source(random, event.place);
            for (std::size_t i = 0; i != expressions_per_event; ++i) {
                auto const compiled =
                    expression::compile_predicate(print_expression(source.conjunction()), event.place);
                if (!compiled)
                    BOOST_FAIL(compiled.error().text());
                matching.count(check_keys(*compiled, view, event.place));
            }
        },
        cases_per_seed / expressions_per_event);
    // Few conjunctions hold, but out of 20 000.
    BOOST_TEST(matching.percent() > 5.0);
}

BOOST_AUTO_TEST_SUITE_END()
