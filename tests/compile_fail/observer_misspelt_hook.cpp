// expect: posthorn: Observer has a function that looks like a hook and would never be called
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct observer {
    void on_delivered(posthorn::settled_notice const&) {}
    void on_problem(posthorn::problem_notice const&) {}
};

struct policies : host::bundle::with_observer<observer> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<host::objects, policies> hooks(io);
}
