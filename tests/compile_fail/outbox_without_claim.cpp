// expect: posthorn: Outbox lacks `awaitable<result<claim_end>> claim\(
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

// Deleted, so that the inherited one is hidden.
struct outbox : host::outbox {
    void claim() = delete;
};

struct policies : host::bundle::with_outbox<outbox> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
