// expect: posthorn: a Registry whose settings are awaited keeps settings, and has `awaitable<result<void>> put_setting_async
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct registry : host::registry {
    boost::asio::awaitable<host::result<void>> put_setting_async(std::string_view, std::string_view,
                                                                 std::string_view) {
        co_return host::result<void>();
    }
};

struct policies : host::bundle::with_registry<registry> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
