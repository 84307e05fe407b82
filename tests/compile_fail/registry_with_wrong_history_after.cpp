// expect: posthorn: the Registry's history_after must be `result<std::vector<history_entry>> history_after
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct registry : host::registry {
    host::result<std::vector<posthorn::history_entry>> history_after(std::uint64_t) {
        return std::vector<posthorn::history_entry>();
    }
};

struct policies : host::bundle::with_registry<registry> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
