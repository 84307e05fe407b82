// expect: posthorn: an object of the catalog is not described; write BOOST_DESCRIBE_STRUCT
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct undescribed {
    int n = 0;
};

using objects = posthorn::catalog<posthorn::object<undescribed, "thing">>;

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, host::policies> hooks(io);
}
