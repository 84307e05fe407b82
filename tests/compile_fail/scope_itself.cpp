// expect: posthorn: scoped_by<T> names the type itself
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

using objects = posthorn::catalog<posthorn::object<host::phase, "phase", posthorn::scoped_by<host::phase>>>;

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, host::policies> hooks(io);
}
