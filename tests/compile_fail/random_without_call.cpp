// expect: posthorn: Random lacks `std::uint64_t operator\(\)\(\) const`
// lines: 80
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct broken_random {};

struct policies : host::bundle::with_random<broken_random> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
