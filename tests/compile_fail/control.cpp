// compiles
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The bundle, catalog and event of the sources beside this one, written correctly.

#include <posthorn/posthorn.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>

struct project {
    std::int64_t id;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

static_assert(objects::index_of<project> == 0);

auto event_of(project const& p) {
    return posthorn::created(p).by("somebody");
}
