// expect: posthorn: Ids lacks `uuid operator\(\)
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct ids {};

struct policies : host::bundle::with_ids<ids> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
