// expect: posthorn: the Registry's keys must be `encryption_keys keys\(\) const`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct registry : host::registry {
    posthorn::encryption_keys keys() { return {}; }
};

struct policies : host::bundle::with_registry<registry> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
