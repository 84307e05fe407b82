// expect: posthorn: a catalog name is letters, digits and underscores, and no word of the expression language
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

using objects = posthorn::catalog<posthorn::object<host::project, "event">>;

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, host::policies> hooks(io);
}
