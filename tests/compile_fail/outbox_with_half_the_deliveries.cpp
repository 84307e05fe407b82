// expect: posthorn: an Outbox that shows its deliveries has `result<delivery_page> deliveries\(delivery_query const&\)`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct outbox : host::outbox {
    int deliveries = 0;
};

struct policies : host::bundle::with_outbox<outbox> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
