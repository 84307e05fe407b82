// expect: posthorn: objects of this type have a scope; write created\(object\)\.within\(scope\)
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io);
    host::phase const p;
    (void)hooks.dispatch(posthorn::created(p));
}
