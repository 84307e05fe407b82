// expect: posthorn: a policy of the bundle has no default constructor; pass an object of it
// lines: 75
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct guard : host::guard {
    explicit guard(int) {}
};

struct policies : host::bundle::with_guard<guard> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
