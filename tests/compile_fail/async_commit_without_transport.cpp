// expect: posthorn: async_commit\(\) calls synchronous webhooks, and the bundle has no transport
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct policies : host::bundle::with_transport<posthorn::not_set>::with_semantics<posthorn::in_transaction> {
};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
    auto tx = hooks.begin();
    tx.async_commit([](posthorn::transaction_report const&) {});
}
