// expect: posthorn: Registry must be copyable
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct registry : host::registry {
    registry() = default;
    registry(registry&&) = default;
};

struct policies : host::bundle::with_registry<registry> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
