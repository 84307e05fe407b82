// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What it costs to find the webhooks of an event, by the number of webhooks, beside looking at each of them.
// Every event has ten matches. Three mixes:
//   types       over 100 object types, without filters
//   filters     one type and action, 20 saved filters that no index serves
//   equalities  one type and action, a condition `project.id == N` each
// `ns_cold` asks for another project with each event (of all there are), `ns` for 100 in turn.
//
// Usage: posthorn_routing [most], 1000000 by default. Prints lines of JSON.

#include <posthorn/defaults.hpp>
#include <posthorn/detail/routing/routing.hpp>

#include "../common/timing.hpp"

#include <boost/describe/class.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace posthorn::detail;
using posthorn::action;
using posthorn::expression;

struct project {
    std::int64_t id = 0;
    double budget = 0;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, budget))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

struct key {};
using editor = routing_editor<key>;
using table = routing_table<key>;

constexpr std::size_t types = 100;
constexpr std::size_t matches_wanted = 10;

// The catalog's one type a hundred times, under other names.
catalog_schema many_types() {
    static std::array<std::string, types> names;
    static std::array<object_schema, types> all;
    for (std::size_t i = 0; i != types; ++i) {
        names[i] = i == 0 ? "project" : "type" + std::to_string(i);
        all[i] = {names[i], objects::schema()[0].record};
    }
    return all;
}

posthorn::uuid id_of(std::size_t n) {
    posthorn::uuid id{};
    for (std::size_t i = 0; i != 8; ++i)
        id.data[i] = static_cast<std::uint8_t>(n >> (8 * i));
    return id;
}

struct asker {
    std::shared_ptr<compiled_webhook const> what;
    std::optional<expression> filter;
};

std::shared_ptr<compiled_webhook const> webhook_on(std::string const& object, std::string const& condition) {
    posthorn::webhook w;
    w.wording = "w";
    w.url = "https://example.com/";
    w.method = posthorn::verb::get;
    w.object = object;
    w.what = action::modified;
    w.condition = condition;
    posthorn::field_errors errors;
    auto made = compiled_webhook::compile(w, many_types(), errors);
    if (!made) {
        std::puts(errors.text().c_str());
        std::exit(1);
    }
    return std::make_shared<compiled_webhook const>(*std::move(made));
}

// Ten on the type that is asked for, the others elsewhere.
std::vector<asker> by_types(std::size_t count) {
    std::vector<asker> all;
    std::vector<std::shared_ptr<compiled_webhook const>> hooks;
    for (auto const& o : many_types())
        hooks.push_back(webhook_on(std::string(o.name), ""));
    for (std::size_t i = 0; i != count; ++i)
        all.push_back({i < matches_wanted ? hooks[0] : hooks[1 + i % (types - 1)], {}});
    return all;
}

// Ten under the filter that holds, the others under 19 that do not.
std::vector<asker> by_filters(std::size_t count) {
    std::vector<expression> filters;
    for (int i = 0; i != 20; ++i)
        filters.push_back(expression::compile_predicate("project.budget >= " + std::to_string(i) +
                                                            ".0 && project.budget < " +
                                                            std::to_string(i + 1) + ".0",
                                                        {many_types(), 0, std::nullopt, true})
                              .value());
    std::vector<asker> all;
    auto const hook = webhook_on("project", "");
    for (std::size_t i = 0; i != count; ++i)
        all.push_back({hook, i < matches_wanted ? filters[0] : filters[1 + i % 19]});
    return all;
}

// Ten for each project.
std::vector<asker> by_equalities(std::size_t count) {
    std::vector<asker> all;
    for (std::size_t i = 0; i != count; ++i)
        all.push_back({i % matches_wanted == 0
                           ? webhook_on("project", "project.id == " + std::to_string(i / matches_wanted))
                           : all.back().what,
                       {}});
    return all;
}

posthorn::detail::event_view event_on(project const& p) {
    return {0, action::modified, &p, &p, nullptr, {}, {}, {}, posthorn::uuid_text(posthorn::uuid{})};
}

double matching(table const& t, std::size_t calls, std::size_t projects) {
    predicate_memo memo;
    matched_routes<key> found;
    project p;
    p.budget = 0.5;
    auto const e = event_on(p);
    return bench::median_ns(calls, [&](std::size_t i) {
        // Far apart, so that neighbours in memory are no help.
        p.id = static_cast<std::int64_t>(i * 7919 % projects);
        found.clear();
        t.match(e, memo, found);
        if (found.size() != matches_wanted)
            std::abort();
    });
}

double scanning(std::vector<asker> const& all, std::size_t calls) {
    project p;
    p.budget = 0.5;
    auto const e = event_on(p);
    return bench::median_ns(calls, [&](std::size_t) {
        std::size_t found = 0;
        for (auto const& a : all)
            found += a.what->object_index() == e.object_index && *a.what->what() == e.what &&
                     (!a.filter || a.filter->matches(e)) &&
                     (!a.what->condition() || a.what->condition()->matches(e));
        if (found != matches_wanted)
            std::abort();
    });
}

void measure(char const* mix, std::vector<asker> const& all) {
    editor routes(many_types());
    for (std::size_t i = 0; i != all.size(); ++i)
        routes.put({i + 1, id_of(i), all[i].what, nullptr}, all[i].filter, 0);
    auto const t = routes.publish();
    auto const projects = all.front().what->condition() ? all.size() / matches_wanted : 1;
    auto const warm = matching(*t, 20'000, std::min<std::size_t>(projects, 100));
    auto const cold = matching(*t, 20'000, projects);
    auto const scan = scanning(all, 1 + 200'000 / all.size());
    std::printf("{\"name\":\"routing\",\"mix\":\"%s\",\"webhooks\":%zu,\"ns\":%.0f,\"ns_cold\":%.0f,"
                "\"ns_scan\":%.0f}\n",
                mix, all.size(), warm, cold, scan);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    std::size_t const most = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    for (std::size_t const count : {10U, 1'000U, 100'000U, 1'000'000U}) {
        if (count > most)
            break;
        measure("types", by_types(count));
        measure("filters", by_filters(count));
        measure("equalities", by_equalities(count));
    }
}
