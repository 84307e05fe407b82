// expect: posthorn: a field has a type that webhooks cannot speak of
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct part {
    void* handle = nullptr;
};

struct thing {
    std::vector<part> parts;
};
BOOST_DESCRIBE_STRUCT(thing, (), (parts))

using objects = posthorn::catalog<posthorn::object<thing, "thing">>;

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, host::policies> hooks(io);
}
