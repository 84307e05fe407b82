// expect: posthorn: a policy of the bundle is only declared here; include its header
// lines: 60
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/posthorn.hpp>

#include <boost/describe/class.hpp>

struct project {
    int id;
};
BOOST_DESCRIBE_STRUCT(project, (), (id))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

template class posthorn::dispatcher<objects>;
