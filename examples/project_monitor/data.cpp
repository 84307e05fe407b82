// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "data.hpp"

#include <boost/describe/enum_from_string.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace monitor {

namespace {

namespace json = boost::json;

std::string text(json::object const& row, char const* name) {
    auto const& s = row.at(name).as_string();
    return {s.data(), s.size()};
}

unsigned number(std::string_view digits) {
    unsigned n = 0;
    auto const end = digits.data() + digits.size();
    if (auto const read = std::from_chars(digits.data(), end, n); read.ec != std::errc() || read.ptr != end)
        throw std::runtime_error("not a number: " + std::string(digits));
    return n;
}

// "2026-06-01T09:00:00Z"
std::chrono::sys_seconds time(json::object const& row, char const* name) {
    using namespace std::chrono;
    auto const t = text(row, name);
    if (t.size() != 20)
        throw std::runtime_error("not a time: " + t);
    std::string_view const v(t);
    auto const year_number = static_cast<int>(number(v.substr(0, 4)));
    year_month_day const date(year(year_number), month(number(v.substr(5, 2))), day(number(v.substr(8, 2))));
    return sys_days(date) + hours(number(v.substr(11, 2))) + minutes(number(v.substr(14, 2))) +
           seconds(number(v.substr(17, 2)));
}

std::optional<std::chrono::sys_seconds> time_or_none(json::object const& row, char const* name) {
    if (row.at(name).is_null())
        return std::nullopt;
    return time(row, name);
}

// In cents: Boost.JSON may read the last bit of a fraction differently.
double amount(json::object const& row, char const* name) {
    return std::round(row.at(name).to_number<double>() * 100) / 100;
}

template <class Enum>
Enum choice(json::object const& row, char const* name) {
    Enum e{};
    auto const t = text(row, name);
    if (!boost::describe::enum_from_string(t.c_str(), e))
        throw std::runtime_error("unknown value " + t + " of " + name);
    return e;
}

user read(json::object const& row, user u) {
    u.id = row.at("id").as_int64();
    u.login = text(row, "login");
    u.name = text(row, "name");
    u.email = text(row, "email");
    u.active = row.at("active").as_bool();
    u.password_hash = text(row, "password_hash");
    return u;
}

project read(json::object const& row, project p) {
    p.id = row.at("id").as_int64();
    p.code = text(row, "code");
    p.label = text(row, "label");
    p.status = choice<project_status>(row, "status");
    p.budget = amount(row, "budget");
    p.confidential = row.at("confidential").as_bool();
    p.manager = row.at("manager").as_int64();
    for (auto const& tag : row.at("tags").as_array())
        p.tags.emplace_back(tag.as_string());
    p.start = time(row, "start");
    p.due = time_or_none(row, "due");
    return p;
}

phase read(json::object const& row, phase p) {
    p.id = row.at("id").as_int64();
    p.project_id = row.at("project").as_int64();
    p.label = text(row, "label");
    p.status = choice<phase_status>(row, "status");
    p.progress = static_cast<int>(row.at("progress").as_int64());
    p.effort_days = amount(row, "effort_days");
    p.start = time(row, "start");
    p.end = time_or_none(row, "end");
    return p;
}

template <class T>
std::vector<T> read_all(json::value const& all, char const* name) {
    std::vector<T> rows;
    for (auto const& row : all.at(name).as_array())
        rows.push_back(read(row.as_object(), T()));
    return rows;
}

} // namespace

data_set load(std::string const& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + file);
    auto const all = json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    data_set d;
    d.users = read_all<user>(all, "users");
    d.projects = read_all<project>(all, "projects");
    d.phases = read_all<phase>(all, "phases");
    return d;
}

} // namespace monitor
