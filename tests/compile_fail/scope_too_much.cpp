// expect: posthorn: objects of this type have no scope; leave \.within\(\.\.\.\) out
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io);
    host::project const p;
    host::user const u;
    (void)hooks.dispatch(posthorn::created(u).within(p));
}
