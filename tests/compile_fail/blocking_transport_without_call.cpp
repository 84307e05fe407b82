// expect: posthorn: BlockingTransport lacks `posthorn::exchange call\(posthorn::request const&\)`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct blocking_transport {
    void cancel() noexcept {}
};

struct policies
    : host::bundle::with_blocking_transport<blocking_transport>::with_semantics<posthorn::in_transaction> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
