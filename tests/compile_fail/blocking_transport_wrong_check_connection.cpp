// expect: posthorn: BlockingTransport has a check_connection that would never be called
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct blocking_transport {
    posthorn::exchange call(posthorn::request const&) { return posthorn::exchange(); }
    void cancel() noexcept {}
    void check_connection(posthorn::connection_settings const&, posthorn::field_errors&) {}
};

struct policies
    : host::bundle::with_blocking_transport<blocking_transport>::with_semantics<posthorn::in_transaction> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
