// expect: posthorn: AddressGuard has a refresh that would never be called
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct guard : host::guard {
    void refresh(posthorn::steady_time) const;
};

struct policies : host::bundle::with_guard<guard> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
