// expect: posthorn: the Registry's watch must be `void watch\(std::weak_ptr<registry_watcher>\)`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct registry : host::registry {
    host::result<void> watch(std::weak_ptr<posthorn::registry_watcher>) { return {}; }
};

struct policies : host::bundle::with_registry<registry> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
