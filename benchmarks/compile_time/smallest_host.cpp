// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The smallest host with everything that ships.

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
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects> hooks{io};
    auto const saved = hooks.save(
        hooks.webhook("x").on<project>().post("https://example.com/").body(posthorn::default_body));
    hooks.async_run(boost::asio::detached);
    project const p{1, "A"};
    hooks.dispatch(posthorn::created(p));
    hooks.async_drain(std::chrono::seconds(3), boost::asio::detached);
    io.run();
    return saved ? 0 : 1;
}
