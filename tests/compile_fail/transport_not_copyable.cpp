// expect: posthorn: Transport must be copyable
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct transport : host::transport {
    transport() = default;
    transport(transport&&) = default;
};

struct policies : host::bundle::with_transport<transport> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
