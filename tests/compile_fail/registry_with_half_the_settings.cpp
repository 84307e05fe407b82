// expect: posthorn: a Registry that keeps settings has `result<void> put_setting\(std::string_view kind
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct registry : host::registry {
    host::result<void> put_setting(std::string_view, std::string_view, std::string_view) { return {}; }
};

struct policies : host::bundle::with_registry<registry> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
