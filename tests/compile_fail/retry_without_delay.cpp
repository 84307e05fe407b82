// expect: posthorn: RetryPolicy lacks `std::optional<duration> delay\(
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct retry {};

struct policies : host::bundle::with_retry<retry> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
