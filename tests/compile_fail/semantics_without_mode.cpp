// expect: posthorn: Semantics lacks `static constexpr posthorn::call_mode mode`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct policies : host::bundle::with_semantics<host::retry> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
