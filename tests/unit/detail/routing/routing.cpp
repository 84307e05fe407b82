// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/routing/routing.hpp>

#include "../../../support/routes.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace posthorn::test;
using posthorn::action;
using posthorn::created;
using posthorn::deleted;
using posthorn::modified;
using numbers = std::vector<std::uint64_t>;

std::string joined(numbers const& all) {
    std::string text;
    for (auto const n : all)
        text += std::to_string(n);
    return text;
}

// Who is called for each object type and action.
std::string all_cells(route_table const& t) {
    project const p;
    phase const s;
    account const u;
    std::string text;
    for (auto const& e :
         {view_of(created(p)), view_of(modified(p, p)), view_of(deleted(p)), view_of(created(s).within(p)),
          view_of(modified(s, s).within(p)), view_of(deleted(s).within(p)), view_of(created(u)),
          view_of(modified(u, u)), view_of(deleted(u))})
        text += joined(called(t, e)) + "|";
    return text;
}

numbers called_for(route_table const& t, project const& p) {
    return called(t, view_of(created(p)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_routing)

BOOST_AUTO_TEST_CASE(an_empty_table_calls_nobody) {
    auto const t = numbered_routes().publish();
    BOOST_TEST(all_cells(*t) == "|||||||||");
    BOOST_TEST(!t->asked_for(0, action::created));
}

BOOST_AUTO_TEST_CASE(a_webhook_is_called_for_what_it_asks_only) {
    auto const cells = [](std::string const& object, std::optional<action> what) {
        numbered_routes routes;
        routes.put(1, asking(object, what));
        return all_cells(*routes.publish());
    };
    BOOST_TEST(cells("project", action::created) == "1|||||||||");
    BOOST_TEST(cells("phase", action::modified) == "||||1|||||");
    BOOST_TEST(cells("user", action::deleted) == "||||||||1|");
    BOOST_TEST(cells("phase", std::nullopt) == "|||1|1|1||||");
}

BOOST_AUTO_TEST_CASE(webhooks_are_called_in_the_order_of_their_creation) {
    numbered_routes routes;
    // In different groups and cells, so that their order is not the table's.
    routes.put(3, asking("project", action::created));
    routes.put(1, asking("project", std::nullopt, "project.id == 7"));
    routes.put(4, asking("project", std::nullopt), "project.urgent");
    routes.put(2, asking("project", action::created, "project.budget > 0.0"), "project.code == 'P-7'");
    BOOST_TEST(called_for(*routes.publish(), project()) == (numbers{1, 2, 3, 4}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_changed_webhook_keeps_its_place_and_leaves_what_it_no_longer_asks_for) {
    numbered_routes routes;
    for (std::uint64_t const n : {1U, 2U, 3U})
        routes.put(n, asking("project", std::nullopt));
    routes.put(2, asking("project", action::modified));
    BOOST_TEST(all_cells(*routes.publish()) == "13|123|13|||||||");
    routes.put(2, asking("user", action::deleted));
    auto const t = routes.publish();
    BOOST_TEST(all_cells(*t) == "13|13|13||||||2|");
    // The new compiled form is the one that is used.
    auto const replacement = asking("user", action::deleted);
    routes.put(2, replacement);
    account const u;
    posthorn::detail::predicate_memo memo;
    posthorn::detail::matched_routes<no_key> matches;
    auto const changed = routes.publish();
    changed->match(view_of(deleted(u)), memo, matches);
    BOOST_TEST_REQUIRE(matches.size() == 1U);
    BOOST_TEST(matches[0]->what == replacement);
}

BOOST_AUTO_TEST_CASE(a_removed_webhook_is_called_no_more) {
    numbered_routes routes;
    routes.put(1, asking("project", std::nullopt));
    routes.put(2, asking("project", action::created));
    auto const before = routes.publish();
    routes.erase(9);
    BOOST_TEST(all_cells(*routes.publish()) == all_cells(*before));
    routes.erase(1);
    BOOST_TEST(all_cells(*routes.publish()) == "2|||||||||");
    routes.erase(2);
    auto const t = routes.publish();
    BOOST_TEST(all_cells(*t) == "|||||||||");
    BOOST_TEST(!t->asked_for(0, action::created));
    BOOST_TEST(all_cells(*before) == "12|1|1|||||||");
}

BOOST_AUTO_TEST_CASE(a_filter_and_a_condition_must_both_hold) {
    numbered_routes routes;
    routes.put(1, asking("project", std::nullopt, "project.budget > 1000.0"), "project.urgent");
    auto const t = routes.publish();
    project p;
    for (bool const urgent : {false, true})
        for (double const budget : {10.0, 2000.0}) {
            p.urgent = urgent;
            p.budget = budget;
            BOOST_TEST(called_for(*t, p).size() == (urgent && budget > 1000.0 ? 1U : 0U));
        }
}

BOOST_AUTO_TEST_CASE(a_filter_is_tested_on_the_scope_or_on_the_scope_type_itself) {
    numbered_routes routes;
    routes.put(1, asking("phase", std::nullopt), "project.id == 7");
    routes.put(2, asking("project", std::nullopt), "project.id == 7");
    auto const t = routes.publish();
    project p;
    phase const s;
    BOOST_TEST(joined(called(*t, view_of(created(s).within(p)))) == "1");
    BOOST_TEST(joined(called(*t, view_of(created(p)))) == "2");
    p.id = 8;
    BOOST_TEST(joined(called(*t, view_of(created(s).within(p)))) == "");
    BOOST_TEST(joined(called(*t, view_of(created(p)))) == "");
}

BOOST_AUTO_TEST_CASE(modified_is_matched_on_the_new_state_and_deleted_on_the_last) {
    numbered_routes routes;
    routes.put(1, asking("project", std::nullopt), "project.code == 'new'");
    routes.put(2, asking("project", std::nullopt, "project.code == 'new'"));
    auto const t = routes.publish();
    project before;
    before.code = "old";
    project after;
    after.code = "new";
    BOOST_TEST(joined(called(*t, view_of(modified(before, after)))) == "12");
    BOOST_TEST(joined(called(*t, view_of(modified(after, before)))) == "");
    BOOST_TEST(joined(called(*t, view_of(deleted(after)))) == "12");
}

BOOST_AUTO_TEST_CASE(previous_is_optional_under_all_actions) {
    numbered_routes routes;
    routes.put(1, asking("project", std::nullopt, "previous.code != project.code"));
    routes.put(2, asking("project", std::nullopt, "!has(previous)"));
    auto const t = routes.publish();
    project before;
    before.code = "old";
    project const after;
    BOOST_TEST(joined(called(*t, view_of(modified(before, after)))) == "1");
    BOOST_TEST(joined(called(*t, view_of(created(after)))) == "2");
    BOOST_TEST(joined(called(*t, view_of(deleted(after)))) == "");
}

// The schema of a host whose accessor counts.
namespace counted {

int reads = 0;

posthorn::detail::catalog_schema catalog() {
    static constexpr posthorn::field_schema fields[] = {
        {"n", {posthorn::value_kind::integer}, [](void const* record) {
             ++reads;
             return posthorn::value(*static_cast<std::int64_t const*>(record));
         }}};
    static constexpr posthorn::record_schema schema{fields};
    static constexpr std::array<posthorn::detail::object_schema, 2> all{
        posthorn::detail::object_schema{"thing", []() -> posthorn::record_schema const& { return schema; }},
        posthorn::detail::object_schema{"part", []() -> posthorn::record_schema const& { return schema; },
                                        0}};
    return all;
}

posthorn::detail::event_view event(std::int64_t const& n) {
    return {0, action::created, &n, nullptr, nullptr, {}, {}, {}, posthorn::uuid_text(posthorn::uuid{})};
}

} // namespace counted

BOOST_AUTO_TEST_CASE(a_predicate_is_evaluated_once_per_event_however_many_webhooks_have_it) {
    numbered_routes routes(counted::catalog());
    for (std::uint64_t n = 1; n != 101; ++n)
        routes.put(n,
                   asking("thing", n % 2 != 0 ? std::nullopt : std::optional(action::created), "",
                          counted::catalog()),
                   "thing.n > 5");
    auto const t = routes.publish();
    std::int64_t const n = 6;
    counted::reads = 0;
    BOOST_TEST(called(*t, counted::event(n)).size() == 100U);
    BOOST_TEST(counted::reads == 1);
}

BOOST_AUTO_TEST_CASE(webhooks_on_other_values_of_a_key_cost_nothing) {
    numbered_routes routes(counted::catalog());
    for (std::uint64_t n = 1; n != 1001; ++n)
        routes.put(n,
                   asking("thing", action::created, "thing.n == " + std::to_string(n), counted::catalog()));
    auto const t = routes.publish();
    std::int64_t n = 77;
    counted::reads = 0;
    BOOST_TEST(joined(called(*t, counted::event(n))) == "77");
    // Once for the index, once to be sure.
    BOOST_TEST(counted::reads == 2);
    n = 5000;
    counted::reads = 0;
    BOOST_TEST(joined(called(*t, counted::event(n))) == "");
    BOOST_TEST(counted::reads == 1);
}

BOOST_AUTO_TEST_CASE(the_key_that_spreads_best_is_the_one_that_is_used) {
    numbered_routes routes(counted::catalog());
    // All share `n == 1`, which comes first; the second key tells them apart.
    for (std::uint64_t n = 1; n != 1001; ++n)
        routes.put(n,
                   asking("thing", std::nullopt,
                          "thing.n == 1 && event.actor == 'u" + std::to_string(n) + "'", counted::catalog()));
    auto const t = routes.publish();
    std::int64_t const n = 1;
    auto e = counted::event(n);
    e.actor = "u500";
    counted::reads = 0;
    BOOST_TEST(joined(called(*t, e)) == "500");
    BOOST_TEST(counted::reads <= 3);
}

BOOST_AUTO_TEST_CASE(a_list_of_constants_is_a_key_with_several_values) {
    numbered_routes routes;
    routes.put(1, asking("project", std::nullopt, "project.id in [1, 2, 2, 3]"));
    auto const t = routes.publish();
    project p;
    for (p.id = 0; p.id != 6; ++p.id)
        BOOST_TEST(called_for(*t, p).size() == (p.id >= 1 && p.id <= 3 ? 1U : 0U));
    routes.erase(1);
    BOOST_TEST(!routes.publish()->asked_for(0, action::created));
}

BOOST_AUTO_TEST_CASE(equal_numbers_of_different_kinds_are_found_under_one_key) {
    numbered_routes routes;
    routes.put(1, asking("project", std::nullopt, "project.budget == 2"));
    routes.put(2, asking("project", std::nullopt, "project.id == 2.0"));
    routes.put(3, asking("project", std::nullopt, "project.budget == 0.0"));
    auto const t = routes.publish();
    project p;
    p.id = 2;
    p.budget = 2.0;
    BOOST_TEST(joined(called_for(*t, p)) == "12");
    p.id = 1;
    p.budget = -0.0;
    BOOST_TEST(joined(called_for(*t, p)) == "3");
}

BOOST_AUTO_TEST_CASE(a_table_says_whether_the_event_itself_is_read) {
    numbered_routes routes;
    routes.put(1, asking("project", action::created, "event.actor == 'ada'"));
    auto t = routes.publish();
    BOOST_TEST(t->needs_event(0, action::created));
    BOOST_TEST(!t->needs_event(0, action::modified));
    // In the same place of the table, so that it stays when the reader goes.
    routes.put(2, asking("project", action::created, "project.id == 1"));
    routes.put(3, asking("project", std::nullopt, "project.id == 1"));
    BOOST_TEST(routes.publish()->needs_event(0, action::created));
    routes.erase(1);
    t = routes.publish();
    BOOST_TEST(t->asked_for(0, action::created));
    BOOST_TEST(!t->needs_event(0, action::created));
}

BOOST_AUTO_TEST_CASE(what_no_webhook_asks_any_more_takes_no_room) {
    posthorn::detail::predicate_pool pool(objects::schema());
    auto const compiled = [](std::string const& text) {
        return posthorn::expression::compile_predicate(text, scope_for<project>(action::created)).value();
    };
    posthorn::detail::standing const where{0, action::created, false};
    for (int i = 0; i != 1000; ++i) {
        auto const* const first = pool.acquire(compiled("project.id == " + std::to_string(i)), where);
        auto const* const same = pool.acquire(compiled("project.id==" + std::to_string(i)), where);
        BOOST_TEST(first == same);
        auto const* const other = pool.acquire(compiled("project.id > " + std::to_string(i)), where);
        BOOST_TEST(other->what.slot != first->what.slot);
        BOOST_TEST(pool.size() == 2U);
        pool.release(same);
        BOOST_TEST(pool.size() == 2U);
        pool.release(first);
        pool.release(other);
        BOOST_TEST(pool.size() == 0U);
    }
    BOOST_TEST(pool.slots() == 2U);
}

BOOST_AUTO_TEST_CASE(a_value_that_no_webhook_asks_for_any_more_leaves_the_index) {
    numbered_routes routes(counted::catalog());
    routes.put(1, asking("thing", action::created, "thing.n == 1", counted::catalog()));
    routes.put(2, asking("thing", action::created, "thing.n > 100", counted::catalog()));
    routes.erase(1);
    auto const t = routes.publish();
    std::int64_t const n = 1;
    counted::reads = 0;
    BOOST_TEST(joined(called(*t, counted::event(n))) == "");
    // The other condition alone: there is nothing to look up.
    BOOST_TEST(counted::reads == 1);
}

BOOST_AUTO_TEST_CASE(a_key_of_one_value_is_better_than_one_of_many) {
    numbered_routes routes(counted::catalog());
    for (std::uint64_t n = 1; n != 4; ++n)
        routes.put(n,
                   asking("thing", action::created,
                          "thing.n in [1, 2, 3, 4, 5, 6, 7, 8] && event.actor == 'u'", counted::catalog()));
    auto const t = routes.publish();
    std::int64_t const n = 1;
    counted::reads = 0;
    // By the actor, so that nothing is read of the thing.
    BOOST_TEST(joined(called(*t, counted::event(n))) == "");
    BOOST_TEST(counted::reads == 0);
}

// --- against a scan ---

namespace {

struct asker {
    std::string object;
    std::optional<action> what;
    std::string filter;
    std::string condition;
};

// Few different values, so that keys, filters and conditions meet often.
std::string some_predicate(std::mt19937_64& random, std::string const& on) {
    auto const n = [&](std::uint64_t below) { return std::to_string(random() % below); };
    switch (random() % 8) {
    case 0:
        return on + ".id == " + n(6);
    case 1:
        return on + ".id in [" + n(6) + ", " + n(6) + ", " + n(6) + "]";
    case 2:
        return on + ".label == 'L" + n(3) + "' && " + on + ".id == " + n(6);
    case 3:
        return on + ".id > " + n(6);
    case 4:
        return on + ".label == 'L" + n(3) + "' || " + on + ".id == " + n(6);
    case 5:
        return on + ".id == " + n(6) + ".0 && event.actor == 'u" + n(2) + "'";
    case 6:
        return n(6) + " == " + on + ".id";
    default:
        return "";
    }
}

asker some_asker(std::mt19937_64& random) {
    asker a;
    a.object = random() % 2 != 0 ? "project" : "phase";
    if (random() % 3 != 0)
        a.what = static_cast<action>(random() % 3);
    a.condition = some_predicate(random, random() % 2 != 0 ? a.object : "project");
    do
        a.filter = some_predicate(random, "project");
    while (a.filter.find("event") != a.filter.npos);
    return a;
}

void put(numbered_routes& routes, std::uint64_t number, asker const& a) {
    routes.put(number, asking(a.object, a.what, a.condition), a.filter);
}

bool takes(asker const& a, posthorn::detail::event_view const& e) {
    auto const catalog = objects::schema();
    if (catalog[e.object_index].name != a.object || (a.what && *a.what != e.what))
        return false;
    using posthorn::expression;
    bool const filtered =
        a.filter.empty() ||
        expression::compile_predicate(a.filter, {catalog, 0, std::nullopt, true}).value().matches(e);
    return filtered &&
           (a.condition.empty() ||
            expression::compile_predicate(a.condition, {catalog, e.object_index, a.what}).value().matches(e));
}

// A random set of webhooks that come, change and go; each table must agree with a scan, also later.
std::size_t compare_with_scan(std::uint64_t seed, std::size_t wanted) {
    std::mt19937_64 random(seed);
    std::size_t cases = 0;
    while (cases < wanted) {
        numbered_routes routes;
        std::map<std::uint64_t, asker> known;
        std::vector<std::pair<std::shared_ptr<route_table const>, std::map<std::uint64_t, asker>>> tables;
        for (int round = 0; round != 8; ++round) {
            for (int edit = 0; edit != 10; ++edit) {
                auto const number = 1 + random() % 25;
                if (random() % 4 == 0) {
                    routes.erase(number);
                    known.erase(number);
                } else {
                    auto const& a = known[number] = some_asker(random);
                    put(routes, number, a);
                }
            }
            tables.emplace_back(routes.publish(), known);
        }
        for (auto const& [table, askers] : tables)
            for (int i = 0; i != 10; ++i, ++cases) {
                project p;
                p.id = static_cast<std::int64_t>(random() % 6);
                p.label = "L" + std::to_string(random() % 3);
                phase s;
                s.id = static_cast<std::int64_t>(random() % 6);
                s.label = "L" + std::to_string(random() % 3);
                auto const actor = "u" + std::to_string(random() % 2);
                auto const what = random() % 3;
                auto const e = random() % 2 != 0 ? view_of((what == 0   ? created(p)
                                                            : what == 1 ? modified(p, p)
                                                                        : deleted(p))
                                                               .by(actor))
                                                 : view_of((what == 0   ? created(s)
                                                            : what == 1 ? modified(s, s)
                                                                        : deleted(s))
                                                               .by(actor)
                                                               .within(p));
                numbers expected;
                for (auto const& [number, a] : askers)
                    if (takes(a, e))
                        expected.push_back(number);
                auto const got = called(*table, e);
                BOOST_TEST_REQUIRE(got == expected, "seed " << seed << ", case " << cases << ": got "
                                                            << joined(got) << ", not " << joined(expected));
            }
    }
    return cases;
}

} // namespace

BOOST_AUTO_TEST_CASE(indexed_routing_agrees_with_a_scan) {
    BOOST_TEST(compare_with_scan(1, 10'000) >= 10'000U);
    BOOST_TEST(compare_with_scan(std::random_device()(), 10'000) >= 10'000U);
}

BOOST_AUTO_TEST_SUITE_END()
