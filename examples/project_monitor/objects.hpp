// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/catalog.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the server manages, as its own code sees it: plain structs, described once for webhooks.
namespace monitor {

enum class project_status { draft, open, on_hold, closed };
BOOST_DESCRIBE_ENUM(project_status, draft, open, on_hold, closed)

enum class phase_status { planned, running, done };
BOOST_DESCRIBE_ENUM(phase_status, planned, running, done)

struct project {
    std::int64_t id = 0;
    std::string code;
    std::string label;
    project_status status = project_status::draft;
    double budget = 0;
    bool confidential = false;
    std::int64_t manager = 0;
    std::vector<std::string> tags;
    std::chrono::sys_seconds start;
    std::optional<std::chrono::sys_seconds> due;

    friend bool operator==(project const&, project const&) = default;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code, label, status, budget, confidential, manager, tags, start, due))

struct phase {
    std::int64_t id = 0;
    std::int64_t project_id = 0;
    std::string label;
    phase_status status = phase_status::planned;
    int progress = 0;
    double effort_days = 0;
    std::chrono::sys_seconds start;
    std::optional<std::chrono::sys_seconds> end;

    friend bool operator==(phase const&, phase const&) = default;
};
BOOST_DESCRIBE_STRUCT(phase, (), (id, project_id, label, status, progress, effort_days, start, end))

struct user {
    std::int64_t id = 0;
    std::string login;
    std::string name;
    std::string email;
    bool active = true;
    std::string password_hash;

    friend bool operator==(user const&, user const&) = default;
};
BOOST_DESCRIBE_STRUCT(user, (), (id, login, name, email, active, password_hash))

// A phase is told of together with its project; nobody is told of a password, not even of its hash.
using objects = posthorn::catalog<posthorn::object<project, "project">,
                                  posthorn::object<phase, "phase", posthorn::scoped_by<project>>,
                                  posthorn::object<user, "user", posthorn::hidden<&user::password_hash>>>;

} // namespace monitor
