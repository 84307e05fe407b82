// expect: posthorn: the outbox's enlist does not take what this host transaction's connection\(\) gives
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct database {};
struct replica {};

struct enlisting_outbox : host::outbox {
    posthorn::result<void> enlist(database&, std::span<posthorn::outbox_row>, posthorn::lease const&) {
        return {};
    }
    posthorn::result<void> enlist(replica&, std::span<posthorn::outbox_row>, posthorn::lease const&) {
        return {};
    }
};

// Its accessor has another name.
struct transaction {
    posthorn::result<void> commit() { return {}; }
    posthorn::result<void> rollback() { return {}; }
    database& handle() { return *where; }
    database* where = nullptr;
};

struct policies : host::bundle::with_outbox<enlisting_outbox> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
    auto tx = hooks.begin(transaction());
}
