// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A host that brings its transport: the API and a dispatcher, no Beast, no OpenSSL.

#include <posthorn/environment/system_clock.hpp>
#include <posthorn/environment/system_random.hpp>
#include <posthorn/environment/uuid_v7.hpp>
#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/observe/no_observer.hpp>
#include <posthorn/posthorn.hpp>
#include <posthorn/retry/standard_schedule.hpp>
#include <posthorn/signing/no_signature.hpp>
#include <posthorn/storage/memory.hpp>

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

struct discard {
    boost::asio::awaitable<posthorn::exchange> send(posthorn::request const&) {
        posthorn::exchange done;
        done.response.status = 200;
        co_return done;
    }
    void cancel() noexcept {}
};

struct policies : posthorn::default_policies::with_transport<discard>::with_signer<posthorn::no_signature> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, policies> hooks{io};
    auto const saved = hooks.save(
        hooks.webhook("x").on<project>().post("https://example.com/").body(posthorn::default_body));
    hooks.async_run(boost::asio::detached);
    project const p{1, "A"};
    hooks.dispatch(posthorn::created(p));
    hooks.async_drain(std::chrono::seconds(3), boost::asio::detached);
    io.run();
    return saved ? 0 : 1;
}
