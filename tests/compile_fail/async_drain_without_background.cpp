// expect: posthorn: async_drain\(\) waits for the background, and fire_and_forget is not
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct policies : host::bundle::with_semantics<posthorn::in_transaction> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
    hooks.async_drain({}, [](posthorn::error_code) {});
}
