// expect: posthorn: a policy of the bundle is only declared here; include its header
// lines: 170
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects> hooks(io);
}
