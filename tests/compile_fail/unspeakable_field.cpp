// expect: posthorn: a field has a type that webhooks cannot speak of
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct thing {
    int n = 0;
    char const* text = "";
};
BOOST_DESCRIBE_STRUCT(thing, (), (n, text))

using objects = posthorn::catalog<posthorn::object<thing, "thing">>;

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, host::policies> hooks(io);
}
