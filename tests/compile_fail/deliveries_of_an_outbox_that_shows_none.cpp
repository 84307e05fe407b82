// expect: posthorn: this bundle's outbox does not show its deliveries
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, host::bundle> hooks(io);
    (void)hooks.deliveries();
}
