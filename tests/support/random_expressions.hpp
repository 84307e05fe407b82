// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/syntax.hpp>

#include "rich_sample.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// Random expressions, as trees from the makers.
namespace posthorn::test {

// Any tree, whether or not it makes sense.
class tree_source {
  public:
    explicit tree_source(random_source& random) : random_(random) {}

    [[nodiscard]] detail::syntax_node tree(unsigned depth) {
        if (depth == 0)
            return leaf();
        switch (random_.below(9)) {
        case 0:
            return detail::negate_node(tree(depth - 1));
        case 1:
            return detail::invert_node(tree(depth - 1));
        case 2:
            return detail::logical_node(random_.chance(50) ? detail::syntax_kind::any
                                                           : detail::syntax_kind::all,
                                        tree(depth - 1), tree(depth - 1));
        case 3:
            return relation(depth);
        case 4:
        case 5: {
            auto const s =
                static_cast<detail::symbol>(static_cast<std::size_t>(detail::symbol::add) + random_.below(5));
            return detail::arithmetic_node(s, tree(depth - 1), tree(depth - 1));
        }
        case 6:
            return detail::conditional_node(tree(depth - 1), tree(depth - 1), tree(depth - 1));
        case 7:
            return call(depth);
        default:
            return leaf();
        }
    }

  private:
    [[nodiscard]] detail::syntax_node leaf() {
        switch (random_.below(7)) {
        case 0:
            return detail::null_node();
        case 1:
            return detail::literal_node(random_.chance(50));
        case 2:
            return detail::literal_node(random_.chance(50)
                                            ? random_.pick(drawn::wholes)
                                            : static_cast<std::int64_t>(random_.word() >> random_.below(64)));
        case 3:
            return detail::literal_node(random_.chance(50) ? random_.pick(drawn::naturals)
                                                           : random_.word() >> random_.below(64));
        case 4:
            return detail::literal_node(random_.chance(50) ? random_.pick(drawn::finite_reals)
                                                           : std::bit_cast<double>(random_.word()));
        case 5:
            return detail::literal_node(std::string_view(hostile_text(random_)));
        default:
            return path();
        }
    }

    [[nodiscard]] detail::syntax_node path() {
        static constexpr std::string_view first[] = {"a",  "project", "size", "x1", "_",
                                                     "e5", "inf",     "nan",  "u"};
        static constexpr std::string_view later[] = {"b", "in", "true", "null", "has", "e5", "x"};
        std::vector<std::string> names{std::string(random_.pick(first))};
        while (random_.chance(40))
            names.emplace_back(random_.pick(later));
        return detail::path_node(std::move(names));
    }

    [[nodiscard]] detail::syntax_node relation(unsigned depth) {
        auto const s = static_cast<detail::symbol>(random_.below(7));
        auto left = tree(depth - 1);
        if (s != detail::symbol::in || random_.chance(30))
            return detail::relation_node(s, std::move(left), tree(depth - 1));
        std::vector<detail::syntax_node> elements;
        for (auto n = random_.below(4); n != 0; --n)
            elements.push_back(tree(depth - 1));
        return detail::relation_node(s, std::move(left), detail::list_node(std::move(elements)));
    }

    [[nodiscard]] detail::syntax_node call(unsigned depth) {
        auto const f = static_cast<detail::function>(
            random_.below(static_cast<std::size_t>(detail::function::to_text) + 1));
        std::vector<detail::syntax_node> operands;
        operands.push_back(tree(depth - 1));
        if (detail::is_method(f))
            operands.push_back(tree(depth - 1));
        return detail::call_node(f, std::move(operands));
    }

    random_source& random_;
};

// Trees that the checker accepts, of a wanted kind, about what may stand at a place of the rich catalog.
class typed_source {
  public:
    using node = detail::syntax_node;

    typed_source(random_source& random, detail::expression_scope const& place)
        : random_(random), paths_(known_at(place)) {}

    [[nodiscard]] node of(value_kind kind, unsigned depth) {
        if (depth == 0 || random_.chance(15))
            return leaf(kind);
        if (random_.chance(10))
            return choice(kind, depth);
        switch (kind) {
        case value_kind::boolean:
            return truth(depth - 1);
        case value_kind::integer:
            return whole(depth - 1);
        case value_kind::text:
            return text(depth - 1);
        case value_kind::timestamp:
        case value_kind::duration:
            return time(kind, depth - 1);
        default:
            return number(kind, depth - 1);
        }
    }

    [[nodiscard]] value_kind any_scalar() {
        static constexpr value_kind kinds[] = {
            value_kind::boolean, value_kind::integer,   value_kind::unsigned_integer, value_kind::real,
            value_kind::text,    value_kind::timestamp, value_kind::duration};
        return random_.pick(kinds);
    }

    // What an index can use, among what it cannot: `thing.whole == 7 && (a || b) && thing.text in ["a"]`.
    [[nodiscard]] node conjunction() {
        auto whole = indexed();
        for (auto n = random_.below(3); n != 0; --n) {
            auto next = random_.chance(60) ? indexed() : not_indexed();
            whole = detail::logical_node(detail::syntax_kind::all, std::move(whole), std::move(next));
        }
        return whole;
    }

    [[nodiscard]] node literal(value_kind kind) {
        switch (kind) {
        case value_kind::boolean:
            return detail::literal_node(random_.chance(50));
        case value_kind::integer:
            return detail::literal_node(random_.pick(drawn::wholes));
        case value_kind::unsigned_integer:
            return detail::literal_node(random_.pick(drawn::naturals));
        case value_kind::real:
            return detail::literal_node(random_.pick(drawn::finite_reals));
        case value_kind::text:
            return detail::literal_node(random_.pick(drawn::texts));
        default: {
            bool const stamp = kind == value_kind::timestamp;
            auto const written =
                stamp ? random_.pick(drawn::times).written : random_.pick(drawn::spans).written;
            std::vector<node> one;
            one.push_back(detail::literal_node(written));
            return detail::call_node(stamp ? detail::function::timestamp : detail::function::duration,
                                     std::move(one));
        }
        }
    }

  private:
    struct known_path {
        std::vector<std::string> names;
        value_type type;
    };

    // All paths, by kind of value, and the lists of scalars once more.
    struct known_paths {
        std::vector<known_path> all;
        std::array<std::vector<known_path>, 10> of_kind;
        std::vector<known_path> lists_of_scalars;

        void collect(std::vector<std::string> const& names, value_type const& type) {
            add(names, type);
            if (type.kind != value_kind::record)
                return;
            for (auto const& f : type.record().fields) {
                auto deeper = names;
                deeper.emplace_back(f.name);
                collect(deeper, f.type);
            }
        }

        void add(std::vector<std::string> const& names, value_type const& type) {
            all.push_back({names, type});
            of_kind[static_cast<std::size_t>(type.kind)].push_back({names, type});
            if (type.kind == value_kind::list && type.element().kind != value_kind::record)
                lists_of_scalars.push_back({names, type});
        }
    };

    [[nodiscard]] static known_paths paths_at(detail::expression_scope const& place) {
        known_paths made;
        auto const& object = place.catalog[place.object];
        made.collect({std::string(object.name)}, {value_kind::record, false, object.record});
        if (place.is_filter)
            return made;
        if (object.scope != detail::no_index) {
            auto const& scope = place.catalog[object.scope];
            made.collect({std::string(scope.name)}, {value_kind::record, false, scope.record});
        }
        if (place.what != action::created)
            made.collect({"previous"}, {value_kind::record, true, object.record});
        for (char const* const text : {"id", "action", "object", "actor"})
            made.add({"event", text}, {value_kind::text});
        made.add({"event", "time"}, {value_kind::timestamp});
        return made;
    }

    // Collected once for each place where other paths are known.
    [[nodiscard]] static known_paths const& known_at(detail::expression_scope const& place) {
        static std::map<std::tuple<void const*, std::size_t, bool, bool>, known_paths> known;
        auto const [found, fresh] = known.try_emplace(
            {place.catalog.data(), place.object, place.is_filter, place.what == action::created});
        if (fresh)
            found->second = paths_at(place);
        return found->second;
    }

    [[nodiscard]] node path_of(value_kind kind) {
        auto const& fit = paths_.of_kind[static_cast<std::size_t>(kind)];
        return fit.empty() ? literal(kind) : detail::path_node(random_.pick(fit).names);
    }

    [[nodiscard]] node any_path() { return detail::path_node(random_.pick(paths_.all).names); }

    [[nodiscard]] node leaf(value_kind kind) { return random_.chance(70) ? path_of(kind) : literal(kind); }

    [[nodiscard]] node choice(value_kind kind, unsigned depth) {
        auto yes = random_.chance(15) ? detail::null_node() : of(kind, depth - 1);
        bool const no_may_be_null = yes.kind != detail::syntax_kind::null_literal;
        auto no = no_may_be_null && random_.chance(15) ? detail::null_node() : of(kind, depth - 1);
        return detail::conditional_node(of(value_kind::boolean, depth - 1), std::move(yes), std::move(no));
    }

    [[nodiscard]] value_kind any_number() {
        static constexpr value_kind kinds[] = {value_kind::integer, value_kind::unsigned_integer,
                                               value_kind::real};
        return random_.pick(kinds);
    }

    // A kind that compares with this one.
    [[nodiscard]] value_kind like(value_kind kind) {
        bool const number =
            kind == value_kind::integer || kind == value_kind::unsigned_integer || kind == value_kind::real;
        return number ? any_number() : kind;
    }

    [[nodiscard]] node call(detail::function f, node a) {
        std::vector<node> operands;
        operands.push_back(std::move(a));
        return detail::call_node(f, std::move(operands));
    }

    [[nodiscard]] node call(detail::function f, node a, node b) {
        std::vector<node> operands;
        operands.push_back(std::move(a));
        operands.push_back(std::move(b));
        return detail::call_node(f, std::move(operands));
    }

    [[nodiscard]] node truth(unsigned depth) {
        switch (random_.below(10)) {
        case 0:
            return detail::invert_node(of(value_kind::boolean, depth));
        case 1:
        case 2:
            return detail::logical_node(random_.chance(50) ? detail::syntax_kind::any
                                                           : detail::syntax_kind::all,
                                        of(value_kind::boolean, depth), of(value_kind::boolean, depth));
        case 3:
        case 4:
            return comparison(depth);
        case 5:
            return with_null(depth);
        case 6:
            return call(detail::function::has, any_path());
        case 7:
            return among(depth);
        case 8:
            return in_field(depth);
        default: {
            static constexpr detail::function tests[] = {
                detail::function::contains, detail::function::starts_with, detail::function::ends_with};
            return call(random_.pick(tests), of(value_kind::text, depth), of(value_kind::text, depth));
        }
        }
    }

    [[nodiscard]] node comparison(unsigned depth) {
        auto const kind = any_scalar();
        auto const s = static_cast<detail::symbol>(random_.below(kind == value_kind::boolean ? 2 : 6));
        return detail::relation_node(s, of(kind, depth), of(like(kind), depth));
    }

    [[nodiscard]] node with_null(unsigned depth) {
        auto const s = random_.chance(50) ? detail::symbol::equal : detail::symbol::not_equal;
        auto what = random_.chance(50) ? any_path() : of(any_scalar(), depth);
        if (random_.chance(50))
            return detail::relation_node(s, std::move(what), detail::null_node());
        return detail::relation_node(s, detail::null_node(), std::move(what));
    }

    [[nodiscard]] node among(unsigned depth) {
        auto const kind = any_scalar();
        std::vector<node> elements;
        for (auto n = random_.below(4); n != 0; --n)
            elements.push_back(of(like(kind), depth));
        return detail::relation_node(detail::symbol::in, of(kind, depth),
                                     detail::list_node(std::move(elements)));
    }

    [[nodiscard]] node in_field(unsigned depth) {
        if (paths_.lists_of_scalars.empty())
            return among(depth);
        auto const& among_these = random_.pick(paths_.lists_of_scalars);
        return detail::relation_node(detail::symbol::in, of(like(among_these.type.element().kind), depth),
                                     detail::path_node(among_these.names));
    }

    [[nodiscard]] node number(value_kind kind, unsigned depth) {
        bool const real = kind == value_kind::real;
        if (real && random_.chance(20))
            return call(detail::function::to_real, of(any_number(), depth));
        if (real && random_.chance(15))
            return detail::negate_node(of(kind, depth));
        auto const s = static_cast<detail::symbol>(static_cast<std::size_t>(detail::symbol::add) +
                                                   random_.below(real ? 4 : 5));
        return detail::arithmetic_node(s, of(kind, depth), of(kind, depth));
    }

    [[nodiscard]] node whole(unsigned depth) {
        switch (random_.below(6)) {
        case 0:
            return detail::negate_node(of(value_kind::integer, depth));
        case 1:
            return call(detail::function::to_integer, of(any_number(), depth));
        case 2:
            return call(detail::function::size, random_.chance(50) ? of(value_kind::text, depth) : list());
        default:
            return number(value_kind::integer, depth);
        }
    }

    [[nodiscard]] node list() {
        auto const& lists = paths_.of_kind[static_cast<std::size_t>(value_kind::list)];
        return lists.empty() ? literal(value_kind::text) : detail::path_node(random_.pick(lists).names);
    }

    [[nodiscard]] node text(unsigned depth) {
        switch (random_.below(4)) {
        case 0:
            return call(random_.chance(50) ? detail::function::lower : detail::function::upper,
                        of(value_kind::text, depth));
        case 1:
            return call(detail::function::to_text, of(any_scalar(), depth));
        default:
            return detail::arithmetic_node(detail::symbol::add, of(value_kind::text, depth),
                                           of(value_kind::text, depth));
        }
    }

    [[nodiscard]] node time(value_kind kind, unsigned depth) {
        auto const s = random_.chance(50) ? detail::symbol::add : detail::symbol::subtract;
        if (kind == value_kind::duration && random_.chance(40))
            return detail::arithmetic_node(detail::symbol::subtract, of(value_kind::timestamp, depth),
                                           of(value_kind::timestamp, depth));
        if (kind == value_kind::timestamp && random_.chance(30))
            return detail::arithmetic_node(detail::symbol::add, of(value_kind::duration, depth),
                                           of(value_kind::timestamp, depth));
        return detail::arithmetic_node(s, of(kind, depth), of(value_kind::duration, depth));
    }

    // What looks like a key and is none.
    [[nodiscard]] node not_indexed() {
        switch (random_.below(4)) {
        case 0:
            return detail::logical_node(detail::syntax_kind::any, indexed(), indexed());
        case 1:
            return detail::invert_node(indexed());
        case 2:
            return detail::conditional_node(indexed(), indexed(), indexed());
        default:
            return of(value_kind::boolean, 1);
        }
    }

    [[nodiscard]] node indexed() {
        auto const kind = any_scalar();
        auto path = path_of(kind);
        if (random_.chance(50)) {
            if (random_.chance(30))
                return detail::relation_node(detail::symbol::equal, literal(like(kind)), std::move(path));
            return detail::relation_node(detail::symbol::equal, std::move(path), literal(like(kind)));
        }
        std::vector<node> elements;
        for (auto n = random_.below(8); n != 0; --n)
            elements.push_back(literal(like(kind)));
        return detail::relation_node(detail::symbol::in, std::move(path),
                                     detail::list_node(std::move(elements)));
    }

    random_source& random_;
    known_paths const& paths_;
};

} // namespace posthorn::test
