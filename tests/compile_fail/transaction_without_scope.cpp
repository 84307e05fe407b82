// expect: posthorn: objects of this type have a scope
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io);
    auto tx = hooks.begin();
    host::phase const one;
    tx.modified(one, one);
}
