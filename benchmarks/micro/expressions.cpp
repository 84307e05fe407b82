// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What an event costs before anything is sent: evaluating a filter, rendering a body, dispatch() without and
// with matches. Nanoseconds are medians of nine rounds; allocations are counted.
//
// Usage: posthorn_expressions [scale]; 1 is the default, less is faster and noisier. Prints lines of JSON.

#include <posthorn/defaults.hpp>
#include <posthorn/expression/template.hpp>

#include "../common/allocations.hpp"
#include "../common/timing.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

struct project {
    std::int64_t id = 42;
    std::string code = "HARBOUR-7";
    std::string label = "Harbour bridge, north \"ramp\"";
    std::string status = "open";
    double budget = 125000.5;
    std::string note;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code, label, status, budget, note))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

constexpr char const* body =
    R"({"type":"project.{{event.action}}","id":{{project.id}},"code":{{project.code}},"label":"{{project.label}}",)"
    R"("budget":{{project.budget}},"note":{{project.note}}})";

void report(char const* name, double ns, double allocations, std::size_t bytes = 0) {
    std::printf("{\"name\":\"%s\",\"ns\":%.1f,\"allocations\":%.2f", name, ns, allocations);
    std::printf(bytes == 0 ? "}\n" : ",\"bytes\":%zu}\n", bytes);
}

template <class F>
double measure(char const* name, std::size_t calls, F f, std::size_t bytes = 0) {
    f(0);
    auto const before = bench::allocations();
    auto const ns = bench::median_ns(calls, f);
    auto const made = bench::allocations().count - before.count;
    report(name, ns, static_cast<double>(made) / static_cast<double>(9 * calls), bytes);
    return ns;
}

posthorn::detail::event_view view_of(project const& p) {
    return {0,  posthorn::action::modified,           &p, &p, nullptr, "ada", {},
            {}, posthorn::uuid_text(posthorn::uuid{})};
}

void evaluation(std::size_t calls) {
    posthorn::detail::expression_scope const where{objects::schema(), 0, posthorn::action::modified};
    auto const three = posthorn::expression::compile_predicate(
                           "project.status == 'open' && project.budget > 10000.0 && project.id != 7", where)
                           .value();
    project const p;
    auto const e = view_of(p);
    measure("evaluate_three_criteria", calls, [&](std::size_t) { bench::keep(three.matches(e)); });
}

void rendering(std::size_t calls) {
    posthorn::detail::expression_scope const where{objects::schema(), 0, posthorn::action::modified};
    auto const text = posthorn::text_template::compile(body, posthorn::place::json, where).value();
    project p;
    auto const e = view_of(p);
    std::string out;
    text.render(out, e);
    p.note.assign(512 - out.size(), 'x');
    out.clear();
    text.render(out, e);
    measure(
        "render_json_body_of_six_expressions", calls,
        [&](std::size_t) {
            out.clear();
            text.render(out, e);
            bench::keep(out.data());
        },
        out.size());
}

// Webhooks on 1000 other projects, and as many on project 42 as shall match. What is accepted stays in the
// memory storage, since nobody delivers it: the figure holds its memory too.
double dispatching(char const* name, std::size_t matches, std::size_t calls) {
    boost::asio::io_context io;
    posthorn::memory_limits limits;
    limits.per_webhook = limits.deliveries = 100'000'000;
    posthorn::dispatcher<objects> hooks{io, posthorn::memory_storage(limits)};
    auto const add = [&](std::size_t id) {
        return hooks
            .save(hooks.webhook("bench")
                      .on<project>()
                      .post("https://example.com/hooks/project")
                      .body(body)
                      .when("project.id == " + std::to_string(id)))
            .value();
    };
    for (std::size_t id = 1000; id != 2000; ++id)
        add(id);
    for (std::size_t i = 0; i != matches; ++i)
        add(42);
    project p;
    p.note.assign(400, 'x');
    return measure(name, calls, [&](std::size_t) {
        if (hooks.dispatch(posthorn::modified(p, p)).accepted() != matches)
            std::abort();
    });
}

} // namespace

int main(int argc, char** argv) {
    double const scale = argc > 1 ? std::strtod(argv[1], nullptr) : 1.0;
    auto const scaled = [&](double calls) { return static_cast<std::size_t>(calls * scale) + 1; };
    evaluation(scaled(200'000));
    rendering(scaled(50'000));
    auto const none = dispatching("dispatch_without_match", 0, scaled(200'000));
    dispatching("dispatch_one_match", 1, scaled(5'000));
    auto const ten = dispatching("dispatch_ten_matches", 10, scaled(1'000));
    std::printf("{\"name\":\"each_match\",\"ns\":%.1f}\n", (ten - none) / 10);
}
