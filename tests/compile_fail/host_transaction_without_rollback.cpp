// expect: posthorn: HostTransaction lacks `posthorn::result<void> rollback\(\)`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct transaction {
    posthorn::result<void> commit() { return {}; }
};

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io);
    auto tx = hooks.begin(transaction());
}
