// expect: posthorn: an argument of the dispatcher is neither `options` nor a policy of its bundle
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct other_guard : host::guard {};

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io, other_guard());
}
