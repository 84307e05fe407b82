// expect: posthorn: dispatch\(\) stores for the background, and fire_and_forget is not
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct policies : host::bundle::with_semantics<posthorn::in_transaction> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
    host::project const one;
    hooks.dispatch(posthorn::created(one));
}
