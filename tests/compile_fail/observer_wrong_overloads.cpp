// expect: posthorn: Observer has a hook with another parameter
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct observer {
    void on_settled(posthorn::settled_notice const&) {}
    void on_attempt(int) {}
    void on_attempt(char) {}
};

struct policies : host::bundle::with_observer<observer> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
