// expect: posthorn: an event refers to its object; give the object a name and pass that
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io);
    (void)hooks.dispatch(posthorn::created(host::project{7, "P-7"}));
}
