// expect: posthorn: Transport has a check_connection that would never be called
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct transport : host::transport {
    static void check_connection(posthorn::connection_settings const&);
};

struct policies : host::bundle::with_transport<transport> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
