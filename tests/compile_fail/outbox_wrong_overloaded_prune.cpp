// expect: posthorn: the Outbox's prune must be `awaitable<result<std::size_t>> prune\(wall_time now\)`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct outbox : host::outbox {
    void prune(int) {}
    void prune(char) {}
};

struct policies : host::bundle::with_outbox<outbox> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
