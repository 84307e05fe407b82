// expect: posthorn: two objects of the catalog have one name
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

using objects = posthorn::catalog<posthorn::object<host::project, "x">, posthorn::object<host::user, "x">>;

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, host::policies> hooks(io);
}
