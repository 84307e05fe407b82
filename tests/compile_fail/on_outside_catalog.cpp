// expect: posthorn: on<T> names a type that is not in the catalog
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io);
    (void)hooks.webhook("w").on<host::stranger>();
}
