// expect: posthorn: Transport lacks `void cancel\(\) noexcept`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct transport {
    boost::asio::awaitable<posthorn::exchange> send(posthorn::request const&) {
        co_return posthorn::exchange();
    }
};

struct policies : host::bundle::with_transport<transport> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
