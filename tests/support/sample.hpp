// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/expression.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/event.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// A small host: what the tests of expressions, templates and webhooks speak of.
namespace posthorn::test {
// Other hosts of one test program have objects of the same names.
inline namespace sample {

enum class standing { open, closed };
BOOST_DESCRIBE_ENUM(standing, open, closed)

struct site {
    std::string city;
    std::optional<std::string> street;
    std::string alarm_code;
};
BOOST_DESCRIBE_STRUCT(site, (), (city, street, alarm_code))

struct project {
    std::int64_t id = 7;
    std::string code = "P-7";
    std::string label = "Bridge";
    double budget = 1500.5;
    bool urgent = true;
    standing status = standing::open;
    std::optional<std::string> owner;
    std::optional<site> where;
    std::vector<std::string> tags;
    std::chrono::sys_seconds due{std::chrono::seconds{1'700'000'000}};
    std::string internal_note = "between us";
};
BOOST_DESCRIBE_STRUCT(project, (),
                      (id, code, label, budget, urgent, status, owner, where, tags, due, internal_note))

struct phase {
    std::int64_t id = 3;
    std::string label = "Piers";
};
BOOST_DESCRIBE_STRUCT(phase, (), (id, label))

struct account {
    std::string login = "ada";
    std::string password_hash = "5ecret";
};
BOOST_DESCRIBE_STRUCT(account, (), (login, password_hash))

using objects = catalog<object<project, "project", hidden<&project::internal_note, &site::alarm_code>>,
                        object<phase, "phase", scoped_by<project>>,
                        object<account, "user", hidden<&account::password_hash>>>;

// What an expression on objects of type T sees.
template <class T, class Catalog = objects>
[[nodiscard]] detail::expression_scope scope_for(std::optional<action> what = action::modified) {
    return {Catalog::schema(), Catalog::template index_of<T>, what};
}

// The run-time face of an event, at a fixed time and with a fixed id.
template <class Catalog = objects, class T, class Scope>
[[nodiscard]] detail::event_view view_of(event<T, Scope> const& e) {
    uuid id{};
    id.data[0] = 0x01;
    id.data[15] = 0xab;
    return {Catalog::template index_of<T>,
            e.what(),
            &e.object(),
            e.previous(),
            e.scope(),
            e.actor(),
            e.time().value_or(wall_time(std::chrono::seconds{1'700'000'000})),
            e.id().value_or(id),
            uuid_text(e.id().value_or(id))};
}

} // namespace sample
} // namespace posthorn::test
