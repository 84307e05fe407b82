// expect: posthorn: Clock lacks `posthorn::wall_time now\(\) const`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct broken_clock : host::clock {
    void now(int) = delete;
};

struct policies : host::bundle::with_clock<broken_clock> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
