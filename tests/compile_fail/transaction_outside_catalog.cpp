// expect: posthorn: the event's object type is not in the catalog
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io);
    auto tx = hooks.begin();
    host::stranger const one;
    tx.created(one);
}
