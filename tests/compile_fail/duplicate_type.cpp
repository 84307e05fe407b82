// expect: posthorn: a type stands twice in the catalog
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

using objects = posthorn::catalog<posthorn::object<host::project, "x">, posthorn::object<host::project, "y">>;

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, host::policies> hooks(io);
}
