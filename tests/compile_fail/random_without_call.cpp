// expect: posthorn: Random lacks `std::uint64_t operator\(\)\(\) const`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct random {};

struct policies : host::bundle::with_random<random> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
