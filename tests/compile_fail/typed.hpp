// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/field.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

// A small host for what the typed form of an expression must refuse.
namespace host {

enum class standing { open, closed };
BOOST_DESCRIBE_ENUM(standing, open, closed)
enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)

struct site {
    std::string city;
};
BOOST_DESCRIBE_STRUCT(site, (), (city))

struct project {
    int id = 0;
    unsigned count = 0;
    double budget = 0;
    bool urgent = false;
    std::string label;
    std::string note;
    std::string undescribed;
    standing status = standing::open;
    std::optional<site> where;
    std::vector<std::string> tags;
    std::map<int, int> odd;
    std::chrono::sys_seconds due;
    std::chrono::seconds effort{};
    int method() const { return id; }
};
BOOST_DESCRIBE_STRUCT(project, (),
                      (id, count, budget, urgent, label, note, status, where, tags, odd, due, effort))

struct phase {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(phase, (), (id))

struct stranger {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(stranger, (), (id))

struct base {
    int inherited = 0;
};
BOOST_DESCRIBE_STRUCT(base, (), (inherited))
struct left : base {};
BOOST_DESCRIBE_STRUCT(left, (base), ())
struct right : base {};
BOOST_DESCRIBE_STRUCT(right, (base), ())

using objects =
    posthorn::catalog<posthorn::object<project, "project", posthorn::hidden<&project::note, &project::odd>>,
                      posthorn::object<phase, "phase", posthorn::scoped_by<project>>,
                      posthorn::object<left, "left">, posthorn::object<right, "right">>;

} // namespace host

using host::phase;
using host::project;
using posthorn::field;
using posthorn::previous;
