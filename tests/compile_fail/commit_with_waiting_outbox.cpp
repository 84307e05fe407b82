// expect: posthorn: the outbox has neither `result<void> enlist
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct policies : host::bundle::with_outbox<host::waiting_outbox> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
    auto tx = hooks.begin();
    (void)tx.commit();
}
