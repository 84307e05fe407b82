// expect: posthorn: the event's object type is not in the catalog; add object<T, \"name\"> to it
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io);
    host::stranger const s;
    (void)hooks.dispatch(posthorn::created(s));
}
