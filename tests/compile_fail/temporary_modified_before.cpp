// expect: posthorn: an event refers to its objects; give both states a name and pass those
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io);
    host::project const after;
    (void)hooks.dispatch(posthorn::modified(host::project(), after));
}
