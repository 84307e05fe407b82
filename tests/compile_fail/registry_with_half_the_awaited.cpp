// expect: posthorn: a Registry that is awaited has `awaitable<result<std::uint64_t>> async_commit\(registry_commit const&\)`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct registry : host::registry {
    boost::asio::awaitable<host::result<std::uint64_t>> async_generation() {
        co_return host::result<std::uint64_t>(boost::system::in_place_value, 0);
    }
};

struct policies : host::bundle::with_registry<registry> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
