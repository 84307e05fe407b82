// expect: posthorn: Clock lacks a nested `timer`
// lines: 130
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct broken_clock {
    posthorn::wall_time now() const { return {}; }
    posthorn::steady_time steady_now() const { return {}; }
};

struct policies : host::bundle::with_clock<broken_clock> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
