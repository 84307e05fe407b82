// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/print.hpp>
#include <posthorn/expression/syntax.hpp>
#include <posthorn/expression/template.hpp>

#include "../../support/property.hpp"
#include "../../support/random_expressions.hpp"
#include "../../support/reference_evaluator.hpp"
#include "../../support/rich_sample.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace posthorn::test;
using posthorn::place;
using posthorn::text_template;
using posthorn::value_kind;
using reference::model;

// Random templates of one event, with what each of their expressions gives.
class template_source {
  public:
    template_source(random_source& random, random_event const& event)
        : random_(random),
          event_(event),
          expressions_(random, event.place),
          evaluate_(reference::names_of(event)) {}

    // The text of a hole, and its value.
    [[nodiscard]] std::pair<std::string, model> hole(value_kind kind) {
        auto const tree = expressions_.of(kind, static_cast<unsigned>(random_.below(3)));
        auto const blank = random_.chance(50) ? " " : "";
        return {"{{" + std::string(blank) + posthorn::detail::print_expression(tree) + blank + "}}",
                evaluate_.run(tree)};
    }

    [[nodiscard]] std::pair<std::string, model> hole() { return hole(expressions_.any_scalar()); }

    [[nodiscard]] random_source& random() noexcept { return random_; }

    // Nothing if the template is wrong, which says what it should not be.
    [[nodiscard]] std::string rendered(std::string const& text, place where) const {
        auto const compiled = text_template::compile(text, where, event_.place);
        if (!compiled)
            BOOST_FAIL("`" << text << "`: " << compiled.error().text());
        std::string out;
        compiled->render(out, event_.view());
        return out;
    }

  private:
    random_source& random_;
    random_event const& event_;
    typed_source expressions_;
    reference::evaluator evaluate_;
};

// --- JSON ---

// What a value becomes in JSON, outside of a text literal.
boost::json::value json_of(model const& m) {
    if (m.is_null() || (m.is<double>() && !std::isfinite(m.as<double>())))
        return nullptr;
    if (m.is<bool>())
        return m.as<bool>();
    if (m.is<std::int64_t>())
        return m.as<std::int64_t>();
    if (m.is<std::uint64_t>())
        return m.as<std::uint64_t>();
    if (m.is<double>())
        return m.as<double>();
    return boost::json::string(reference::printed(m));
}

// A random JSON text with holes, and the value that it must be read as.
class json_source {
  public:
    explicit json_source(template_source& holes) : holes_(holes), random_(holes.random()) {}

    std::string text;

    boost::json::value append(unsigned depth) {
        switch (depth == 0 ? random_.below(3) : random_.below(6)) {
        case 0:
        case 1: {
            auto const [hole, value] = holes_.hole();
            text += hole;
            return json_of(value);
        }
        case 2:
            return string();
        case 3:
            text += "-1.5e3";
            return -1500.0;
        case 4:
            return array(depth);
        default:
            return object(depth);
        }
    }

  private:
    // A literal with holes between escapes, quotes and braces.
    boost::json::string string() {
        static constexpr std::pair<std::string_view, std::string_view> pieces[] = {
            {"", ""},       {R"(\")", "\""},          {R"(\\)", "\\"}, {R"(\u00e9)", "\xc3\xa9"},
            {"}} ", "}} "}, {"\xd0\xaf", "\xd0\xaf"}, {"{", "{"},      {R"(\n)", "\n"}};
        std::string value;
        text += '"';
        for (auto n = random_.below(4); n != 0; --n) {
            auto const& [written, meant] = random_.pick(pieces);
            // A brace straight before a hole would belong to it.
            text.append(written).append("x");
            value.append(meant).append("x");
            if (random_.chance(60)) {
                auto const [hole, v] = holes_.hole();
                text += hole;
                value += reference::printed(v);
            }
        }
        text += '"';
        return boost::json::string(value);
    }

    boost::json::array array(unsigned depth) {
        boost::json::array all;
        text += '[';
        for (auto n = random_.below(4); n != 0; --n) {
            if (!all.empty())
                text += ", ";
            all.push_back(append(depth - 1));
        }
        text += ']';
        return all;
    }

    boost::json::object object(unsigned depth) {
        boost::json::object all;
        text += "{ ";
        for (auto n = random_.below(4); n != 0; --n) {
            if (!all.empty())
                text += ',';
            // Keys apart by their number, whatever the hole in them gives.
            auto const [hole, v] = holes_.hole(value_kind::text);
            auto const number = std::to_string(n);
            text += '"' + number + hole + "\": ";
            boost::json::string const key(number + reference::printed(v));
            all[key] = append(depth - 1);
        }
        text += " }";
        return all;
    }

    template_source& holes_;
    random_source& random_;
};

// Boost.JSON 1.81 reads the last bits of a double in its own way.
bool same_number(double a, double b) {
    return std::abs(a - b) <= 1e-14 * std::max(std::abs(a), std::abs(b)) || std::abs(a - b) < 1e-300;
}

bool same(boost::json::value const& a, boost::json::value const& b) {
    if (a.is_number() && b.is_number())
        return a.is_double() || b.is_double() ? same_number(a.to_number<double>(), b.to_number<double>())
                                              : a == b;
    if (a.is_array() && b.is_array()) {
        auto const& x = a.get_array();
        auto const& y = b.get_array();
        for (std::size_t i = 0; i != x.size() && x.size() == y.size(); ++i)
            if (!same(x[i], y[i]))
                return false;
        return x.size() == y.size();
    }
    if (!a.is_object() || !b.is_object())
        return a == b;
    if (a.get_object().size() != b.get_object().size())
        return false;
    for (auto const& [key, v] : a.get_object())
        if (!b.get_object().contains(key) || !same(v, b.get_object().at(key)))
            return false;
    return true;
}

// How many values and keys there are.
std::size_t tokens(boost::json::value const& v) {
    std::size_t n = 1;
    if (v.is_array())
        for (auto const& e : v.get_array())
            n += tokens(e);
    if (v.is_object())
        for (auto const& e : v.get_object())
            n += 1 + tokens(e.value());
    return n;
}

// --- other places ---

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts(1);
    for (char const c : text)
        if (c == at)
            parts.emplace_back();
        else
            parts.back() += c;
    return parts;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i != text.size(); ++i)
        if (text[i] == '%' && i + 2 < text.size()) {
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            out += text[i];
        }
    return out;
}

std::string entities_decoded(std::string_view text) {
    static constexpr std::pair<std::string_view, char> entities[] = {
        {"&amp;", '&'},  {"&lt;", '<'},  {"&gt;", '>'},   {"&quot;", '"'},
        {"&#39;", '\''}, {"&#9;", '\t'}, {"&#10;", '\n'}, {"&#13;", '\r'}};
    std::string out;
    while (!text.empty()) {
        char c = text[0];
        std::size_t length = 1;
        for (auto const& [name, meant] : entities)
            if (text.starts_with(name)) {
                c = meant;
                length = name.size();
            }
        out += c;
        text.remove_prefix(length);
    }
    return out;
}

// The text as XML can hold it: what is no character of XML, byte by byte, is U+FFFD.
std::string as_xml_holds(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto const length = posthorn::detail::utf8_length(text);
        auto const character = text.substr(0, length == 0 ? 1 : length);
        auto const first = static_cast<unsigned char>(text[0]);
        bool const control = first < 0x20 && first != '\t' && first != '\n' && first != '\r';
        bool const none = character == "\uFFFE" || character == "\uFFFF";
        out += length == 0 || control || none ? std::string_view("\uFFFD") : character;
        text.remove_prefix(character.size());
    }
    return out;
}

// A few holes with `between` around each: `first`, hole, between, hole, ..., hole.
struct row {
    std::string text;
    std::vector<std::string> values;
};
row holes_between(template_source& holes, std::string_view between) {
    row made;
    for (auto n = 1 + holes.random().below(3); n != 0; --n) {
        auto const [hole, value] = holes.hole();
        made.text.append(made.values.empty() ? "" : between).append(hole);
        made.values.push_back(reference::printed(value));
    }
    return made;
}

void check_same(std::string const& text, std::string const& out, std::vector<std::string> const& decoded,
                std::vector<std::string> const& values) {
    if (decoded != values)
        BOOST_FAIL("`" << text << "` became `" << out << "`");
}

// Objects with texts that break things.
void make_hostile(random_source& random, random_event& event) {
    event.after.text = hostile_text(random);
    event.after.part.name = hostile_text(random);
    event.after.o_text = hostile_text(random);
    event.actor = hostile_text(random);
    for (auto& t : event.after.texts)
        t = hostile_text(random);
}

// Calls `check` with the templates of hostile events, several of each, since an event takes longer to make.
template <class Check>
void for_all_templates(Check check) {
    constexpr std::size_t templates_per_event = 10;
    for_all(
        [&](random_source& random) {
            random_event event(random);
            make_hostile(random, event);
            template_source holes(random, event);
            for (std::size_t i = 0; i != templates_per_event; ++i)
                check(holes);
        },
        cases_per_seed / templates_per_event);
}

} // namespace

BOOST_AUTO_TEST_SUITE(template_properties)

BOOST_AUTO_TEST_CASE(a_json_body_gives_the_values_back) {
    for_all_templates([](template_source& holes) {
        json_source source(holes);
        auto const expected = source.append(2);
        auto const out = holes.rendered(source.text, place::json);
        boost::system::error_code ec;
        auto const read = boost::json::parse(out, ec);
        if (ec || !same(read, expected))
            BOOST_FAIL("`" << source.text << "` became `" << out << "`");
    });
}

BOOST_AUTO_TEST_CASE(no_value_changes_how_many_tokens_a_json_body_has) {
    // All bytes, also those that are no UTF-8, for which there is no value to give back.
    for_all([](random_source& random) {
        thing plain;
        thing hostile;
        for (auto* const text : {&hostile.text, &hostile.part.name}) {
            *text = hostile_text(random);
            for (auto n = random.below(6); n != 0; --n)
                text->insert(random.below(text->size() + 1), 1, static_cast<char>(random.word()));
        }
        static std::string_view const bodies[] = {
            R"({"a": "{{thing.text}}", "b": {{thing.text}}, "c": ["{{thing.part.name}}{{thing.text}}"]})",
            R"([{{thing.text + thing.part.name}}, "\"{{ upper(thing.text) }}\\", {{thing.part}}])",
            R"({"x{{thing.text}}": {{ lower(thing.part.name) }}})", R"({{thing}})"};
        auto const body = random.pick(bodies);
        auto const compiled = text_template::compile(
            body, place::json,
            {rich_objects::schema(), rich_objects::index_of<thing>, posthorn::action::created});
        if (!compiled)
            BOOST_FAIL(compiled.error().text());
        auto const count = [&](thing const& t) {
            std::string out;
            compiled->render(out, view_of<rich_objects>(posthorn::created(t)));
            boost::system::error_code ec;
            auto const read = boost::json::parse(out, ec);
            if (ec)
                BOOST_FAIL("`" << body << "` became `" << out << "`");
            return tokens(read);
        };
        if (count(plain) != count(hostile))
            BOOST_FAIL("`" << body << "` has other tokens");
    });
}

BOOST_AUTO_TEST_CASE(a_url_and_a_form_give_the_values_back) {
    for_all_templates([](template_source& holes) {
        bool const url = holes.random().chance(50);
        std::string const start = url ? "https://example.com/" : "";
        auto const [text, values] = holes_between(holes, url ? "/" : "&");
        auto const out = holes.rendered(start + text, url ? place::url : place::form);
        auto decoded = split(std::string_view(out).substr(start.size()), url ? '/' : '&');
        for (auto& d : decoded)
            d = percent_decoded(d);
        check_same(text, out, decoded, values);
        if (out.find_first_of("?#+ =\"<>\\") != std::string::npos)
            BOOST_FAIL("`" << text << "` became `" << out << "`");
    });
}

BOOST_AUTO_TEST_CASE(xml_gives_the_values_back) {
    for_all_templates([](template_source& holes) {
        auto const [text, values] = holes_between(holes, "<");
        auto const out = holes.rendered(text, place::xml);
        auto decoded = split(out, '<');
        for (auto& d : decoded) {
            if (d.find_first_of(">\"'") != std::string::npos)
                BOOST_FAIL("`" << text << "` became `" << out << "`");
            d = entities_decoded(d);
        }
        std::vector<std::string> held;
        for (auto const& v : values)
            held.push_back(as_xml_holds(v));
        check_same(text, out, decoded, held);
    });
}

BOOST_AUTO_TEST_CASE(headers_and_plain_text_hold_the_values_as_they_are) {
    for_all_templates([](template_source& holes) {
        auto const [text, values] = holes_between(holes, "|");
        std::string expected;
        for (auto const& v : values)
            expected.append(&v == values.data() ? "" : "|").append(v);
        auto const out = holes.rendered(text, holes.random().chance(50) ? place::header : place::text);
        check_same(text, out, {out}, {expected});
    });
}

BOOST_AUTO_TEST_SUITE_END()
