// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A host that writes two saved filters and a condition in C++.

#include <posthorn/defaults.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <string>

struct project {
    std::int64_t id;
    std::string code;
    double budget;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code, budget))

struct phase {
    std::int64_t id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(phase, (), (id, name))

using objects = posthorn::catalog<posthorn::object<project, "project">,
                                  posthorn::object<phase, "phase", posthorn::scoped_by<project>>>;

int main() {
    using posthorn::field;
    boost::asio::io_context io;
    posthorn::dispatcher<objects> hooks{io};
    auto const large = hooks.save(hooks.filter("large").on<project>().for_everyone().where(
        field<&project::budget> > 1e6 && field<&project::id> != 7));
    auto const coded = hooks.save(
        hooks.filter("coded").on<project>().for_everyone().where(field<&project::code>.starts_with("H-")));
    if (!large || !coded)
        return 1;
    auto const first = hooks.save(hooks.webhook("x")
                                      .on<phase>()
                                      .for_filter(*large)
                                      .when(field<&phase::name> == "design")
                                      .post("https://example.com/")
                                      .body(posthorn::default_body));
    auto const second = hooks.save(
        hooks.webhook("y").on<project>().for_filter(*coded).post("https://example.com/").body("{}"));
    hooks.async_run(boost::asio::detached);
    project const around{1, "A", 2e6};
    phase const p{1, "design"};
    hooks.dispatch(posthorn::created(p).within(around));
    hooks.async_drain(std::chrono::seconds(3), boost::asio::detached);
    io.run();
    return first && second ? 0 : 1;
}
