// expect: posthorn: a catalog name is letters, digits and underscores, and neither `event` nor `previous`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

using objects = posthorn::catalog<posthorn::object<host::project, "event">>;

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, host::policies> hooks(io);
}
