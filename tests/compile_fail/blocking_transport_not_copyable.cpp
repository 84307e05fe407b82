// expect: posthorn: BlockingTransport must be copyable
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct blocking_transport {
    blocking_transport() = default;
    blocking_transport(blocking_transport&&) = default;
    posthorn::exchange call(posthorn::request const&) { return posthorn::exchange(); }
    void cancel() noexcept {}
};

struct policies
    : host::bundle::with_blocking_transport<blocking_transport>::with_semantics<posthorn::in_transaction> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
