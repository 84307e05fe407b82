// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/criteria.hpp>
#include <posthorn/expression/expression.hpp>
#include <posthorn/expression/syntax.hpp>

#include "../../support/property.hpp"
#include "../../support/reference_evaluator.hpp"
#include "../../support/rich_sample.hpp"

#include <boost/test/unit_test.hpp>

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace posthorn::test;
using posthorn::criterion;
using posthorn::criterion_operator;
using posthorn::expression;
using posthorn::value_kind;
using posthorn::value_type;
using reference::model;

constexpr auto about_things = rich_objects::index_of<thing>;

// What a criterion can be made of.
struct field {
    std::string path;
    value_type type;
};

void collect(std::string const& before, value_type const& type, std::vector<field>& all) {
    for (auto const& f : type.record().fields) {
        auto const path = before + std::string(f.name);
        auto deeper = f.type;
        deeper.optional = deeper.optional || type.optional;
        if (!posthorn::operators_for(deeper).empty())
            all.push_back({path, deeper});
        if (deeper.kind == value_kind::record)
            collect(path + ".", deeper, all);
    }
}

std::vector<field> const& fields_of_things() {
    static std::vector<field> const all = [] {
        std::vector<field> found;
        collect("", {value_kind::record, false, rich_objects::schema()[about_things].record}, found);
        return found;
    }();
    return all;
}

// A value as people type it and read it back, with what it means.
std::pair<std::string, model> typed(random_source& random, value_kind kind) {
    switch (kind) {
    case value_kind::boolean: {
        bool const b = random.chance(50);
        return {b ? "true" : "false", {b}};
    }
    case value_kind::integer: {
        auto const i = random.pick(drawn::wholes);
        return {std::to_string(i), {i}};
    }
    case value_kind::unsigned_integer: {
        auto const u = random.pick(drawn::naturals);
        return {std::to_string(u), {u}};
    }
    case value_kind::real: {
        auto const d = random.pick(drawn::finite_reals);
        auto text = reference::printed(d);
        if (text.find_first_of(".e") == text.npos)
            text += ".0";
        return {text, {d}};
    }
    case value_kind::timestamp: {
        auto const& t = random.pick(drawn::times);
        return {std::string(t.written), {reference::stamp{t.micros}}};
    }
    case value_kind::duration: {
        auto const& s = random.pick(drawn::spans);
        return {std::string(s.written), {reference::span{s.micros}}};
    }
    default: {
        auto const text = random.chance(50) ? std::string(random.pick(drawn::texts)) : hostile_text(random);
        return {text, {text}};
    }
    }
}

// A criterion, and what its values mean.
struct known_criterion {
    criterion line;
    std::vector<model> values;
};

known_criterion drawn_criterion(random_source& random) {
    auto const& f = random.pick(fields_of_things());
    auto const op = random.pick(posthorn::operators_for(f.type));
    bool const none = op == criterion_operator::is_set || op == criterion_operator::is_not_set;
    auto const count = none ? 0 : op == criterion_operator::one_of ? 1 + random.below(4) : 1;
    known_criterion made{criterion(f.path, op), {}};
    for (std::size_t i = 0; i != count; ++i) {
        auto [text, meant] =
            typed(random, f.type.kind == value_kind::list ? f.type.element().kind : f.type.kind);
        made.line.values.push_back(std::move(text));
        made.values.push_back(std::move(meant));
    }
    return made;
}

model field_of(model const& object, std::string const& path) {
    auto at = object;
    for (std::size_t begin = 0; begin <= path.size() && !at.is_null();) {
        auto const name = path.substr(begin, path.find('.', begin) - begin);
        model next;
        for (auto const& [known, v] : at.as<reference::fields>().all)
            if (known == name)
                next = v;
        at = std::move(next);
        begin += name.size() + 1;
    }
    return at;
}

// The meaning of a criterion, read directly: no expression, no tree.
bool fulfils(model const& v, criterion_operator op, std::vector<model> const& values) {
    using enum criterion_operator;
    if (v.is_null())
        return op == is_not_set;
    if (op == is_set || op == is_not_set)
        return op == is_set;
    if (op == contains && v.is<reference::models>()) {
        for (auto const& e : v.as<reference::models>())
            if (!e.is_null() && reference::order(e, values[0]) == 0)
                return true;
        return false;
    }
    if (op == contains || op == starts_with || op == ends_with) {
        auto const& text = v.as<std::string>();
        auto const& part = values[0].as<std::string>();
        return op == contains      ? text.find(part) != text.npos
               : op == starts_with ? text.compare(0, part.size(), part) == 0
                                   : text.size() >= part.size() &&
                                         text.compare(text.size() - part.size(), part.size(), part) == 0;
    }
    for (auto const& one : values) {
        auto const order = reference::order(v, one);
        bool const holds = op == not_equals         ? order != 0
                           : !order                 ? false
                           : op == less             ? *order < 0
                           : op == less_or_equal    ? *order <= 0
                           : op == greater          ? *order > 0
                           : op == greater_or_equal ? *order >= 0
                                                    : *order == 0;
        if (holds)
            return true;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(criteria_properties)

BOOST_AUTO_TEST_CASE(criteria_come_back_and_select_what_they_say) {
    constexpr std::size_t filters_per_event = 5;
    share selecting;
    for_all(
        [&](random_source& random) {
            random_event const event(random);
            auto const view = event.view();
            auto const object = reference::of(event.after);
            for (std::size_t i = 0; i != filters_per_event; ++i) {
                std::vector<criterion> criteria;
                bool selected = true;
                for (auto n = random.below(3); n != 0; --n) {
                    auto made = drawn_criterion(random);
                    selected =
                        selected && fulfils(field_of(object, made.line.field), made.line.op, made.values);
                    criteria.push_back(std::move(made.line));
                }
                auto const text = posthorn::to_expression(criteria, rich_objects::schema(), about_things);
                if (!text)
                    BOOST_FAIL(text.error().text());
                if (posthorn::criteria_of(*text, rich_objects::schema(), about_things) != criteria)
                    BOOST_FAIL("`" << *text << "` does not come back");
                auto const compiled = expression::compile_predicate(
                    *text, {rich_objects::schema(), about_things, std::nullopt, true});
                if (!compiled || compiled->text() != *text || compiled->matches(view) != selected)
                    BOOST_FAIL("`" << *text << "` is not stored, or should select: " << selected);
                selecting.count(selected && !criteria.empty());
            }
        },
        cases_per_seed / filters_per_event);
    BOOST_TEST(selecting.percent() > 10.0);
}

BOOST_AUTO_TEST_SUITE_END()
