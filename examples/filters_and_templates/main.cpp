// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// Who is told of what, and what is told: saved filters, conditions as text and in C++, templates with whole
// expressions, and what a wrong one says. Nothing goes over a network here: a scripted transport keeps what
// would be sent.

#include <posthorn/defaults.hpp>
#include <posthorn/expression/field.hpp>
#include <posthorn/testing/scripted_transport.hpp>
#include <posthorn/testing/simulated_clock.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

enum class state { open, closed };
BOOST_DESCRIBE_ENUM(state, open, closed)

struct project {
    std::int64_t id;
    std::string code;
    std::string label;
    state status;
    double budget;
    std::optional<std::string> owner;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code, label, status, budget, owner))

struct phase {
    std::int64_t id;
    std::string label;
};
BOOST_DESCRIBE_STRUCT(phase, (), (id, label))

using objects = posthorn::catalog<posthorn::object<project, "project">,
                                  posthorn::object<phase, "phase", posthorn::scoped_by<project>>>;

struct policies : posthorn::default_policies::with_transport<
                      posthorn::testing::scripted_transport>::with_clock<posthorn::testing::simulated_clock> {
};

using dispatcher = posthorn::dispatcher<objects, policies>;

using posthorn::criterion_operator;
using posthorn::field;
using posthorn::previous;

namespace {

void save_webhooks(dispatcher& hooks) {
    // What people save and choose from: criteria, as a form has them, or an expression.
    std::vector<posthorn::criterion> const criteria{{"status", criterion_operator::equals, {"open"}},
                                                    {"budget", criterion_operator::greater, {"10000"}}};
    auto const large =
        hooks.save(hooks.filter("Large open ones").on<project>().where(criteria).for_everyone()).value();

    // The filter is about the project; for a phase it is asked of the phase's project.
    hooks
        .save(hooks.webhook("Phases of large projects")
                  .on<phase>(posthorn::action::created)
                  .for_filter(large)
                  .post("https://board.example.com/{{lower(project.code)}}/phases")
                  .body(R"({"title": {{phase.label}}, "of": "{{project.label}}"})"))
        .value();

    // A condition as text, over the object, its state before, its scope and the event.
    hooks
        .save(hooks.webhook("A project closes")
                  .on<project>(posthorn::action::modified)
                  .when("project.status == 'closed' && previous.status != 'closed'")
                  .post("https://archive.example.com/projects/{{project.id}}?by={{event.actor}}")
                  .header("X-Size", "{{project.budget > 10000.0 ? 'large' : 'small'}}")
                  .body(R"({"owner": {{project.owner}}, "saved": {{previous.budget - project.budget}}})"))
        .value();

    // The same language in C++: what makes no sense does not compile.
    hooks
        .save(hooks.webhook("A budget is cut in half")
                  .on<project>(posthorn::action::modified)
                  .when(field<&project::budget> * 2.0 < previous<&project::budget>)
                  .put("https://finance.example.com/{{project.code}}")
                  .body(posthorn::default_body))
        .value();
}

// All errors at once, each with its place.
bool show_errors(dispatcher& hooks) {
    auto const wrong = hooks.save(hooks.webhook("Wrong")
                                      .on<project>()
                                      .when("project.statsu == 'open' && project.budget > 10")
                                      .post("https://archive.example.com/{{project.label")
                                      .body(R"({"id": {{project.id}})"));
    if (wrong)
        return false;
    std::printf("%s\n\n", wrong.error().text().c_str());
    return wrong.error().all().size() == 3;
}

} // namespace

int main() {
    boost::asio::io_context io;
    posthorn::testing::simulated_clock const clock;
    posthorn::testing::scripted_transport transport(clock);
    dispatcher hooks{io, clock, transport};
    save_webhooks(hooks);
    bool const wrong_ones_were_refused = show_errors(hooks);
    hooks.async_run(boost::asio::detached);

    project const before{42, "HARBOUR", "Harbour \"north\"", state::open, 50'000.0, "ada"};
    project after = before;
    after.status = state::closed;
    after.budget = 20'000.0;
    after.owner.reset();
    project const small{43, "SHED", "Shed", state::open, 900.0, {}};
    phase const piers{7, "Piers & beams"};
    hooks.dispatch(posthorn::created(piers).within(before));
    hooks.dispatch(posthorn::created(piers).within(small));
    hooks.dispatch(posthorn::modified(before, after).by("ada lovelace"));
    posthorn::testing::run_simulated(io, clock, std::chrono::seconds(1));

    std::string sent;
    for (auto const& request : transport.requests())
        sent += request.url() + " " + request.body() + "\n";
    std::printf("%s", sent.c_str());
    return wrong_ones_were_refused && transport.count() == 3 ? 0 : 1;
}
