// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "changes.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace monitor {

namespace {

constexpr std::string_view revision = " - rev ";

constexpr std::chrono::sys_days first_day(std::chrono::year(2026) / 6 / 1);

template <class T>
std::int64_t highest_id(std::vector<T> const& rows) {
    std::int64_t id = 0;
    for (auto const& row : rows)
        id = std::max(id, row.id);
    return id;
}

template <class T>
void erase_at(std::vector<T>& rows, std::size_t at) {
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
}

} // namespace

change_player::kind const change_player::kinds[9]{
    {5, &change_player::create_project}, {36, &change_player::modify_project},
    {1, &change_player::delete_project}, {9, &change_player::create_phase},
    {36, &change_player::modify_phase},  {3, &change_player::delete_phase},
    {3, &change_player::create_user},    {6, &change_player::modify_user},
    {1, &change_player::delete_user},
};

change_player::change_player(data_set data, std::uint64_t seed)
    : data_(std::move(data)),
      random_(seed),
      last_project_(highest_id(data_.projects)),
      last_phase_(highest_id(data_.phases)),
      last_user_(highest_id(data_.users)) {
    if (data_.users.empty() || data_.projects.empty() || data_.phases.empty())
        throw std::runtime_error("the data set has no users, projects or phases");
}

void change_player::play_one(change_listener& to) {
    if (doomed_)
        return delete_project(to);
    if (opening_ != std::size(kinds))
        return (this->*kinds[opening_++].play)(to);
    std::size_t all = 0;
    for (auto const& k : kinds)
        all += k.weight;
    auto drawn = below(all);
    auto const* k = kinds;
    for (; drawn >= k->weight; ++k)
        drawn -= k->weight;
    (this->*k->play)(to);
}

void change_player::create_project(change_listener& to) {
    project p = data_.projects[below(data_.projects.size())];
    p.id = ++last_project_;
    p.code = p.code.substr(0, p.code.rfind('_') + 1) + std::to_string(p.id);
    p.status = project_status::draft;
    p.start = first_day + std::chrono::days(below(400));
    p.due = p.start + std::chrono::days(60 + below(600));
    to.on_change(posthorn::created(p).by(actor()), [&] { data_.projects.push_back(p); });
}

void change_player::modify_project(change_listener& to) {
    auto& row = data_.projects[below(data_.projects.size())];
    auto p = row;
    switch (below(6)) {
    case 0:
        p.status = p.status == project_status::open ? project_status::on_hold : project_status::open;
        break;
    case 1:
        p.status = project_status::closed;
        break;
    case 2:
        rename(p.label);
        break;
    case 3:
        p.due = p.due ? *p.due + std::chrono::days(7) : p.start + std::chrono::days(365);
        break;
    default:
        p.budget = std::round(p.budget * static_cast<double>(90 + below(25))) / 100;
    }
    to.on_change(posthorn::modified(row, p).by(actor()), [&] { row = p; });
}

void change_player::delete_project(change_listener& to) {
    if (!doomed_) {
        if (data_.projects.size() == 1)
            return create_project(to);
        doomed_ = data_.projects[below(data_.projects.size())].id;
    }
    auto const inside = std::find_if(data_.phases.begin(), data_.phases.end(),
                                     [this](phase const& p) { return p.project_id == *doomed_; });
    if (inside != data_.phases.end())
        return erase_phase(static_cast<std::size_t>(inside - data_.phases.begin()), to);
    auto const it = std::find_if(data_.projects.begin(), data_.projects.end(),
                                 [this](project const& p) { return p.id == *doomed_; });
    to.on_change(posthorn::deleted(*it).by(actor()), [&] {
        data_.projects.erase(it);
        doomed_.reset();
    });
}

void change_player::create_phase(change_listener& to) {
    auto const& home = data_.projects[below(data_.projects.size())];
    phase p;
    p.id = ++last_phase_;
    p.project_id = home.id;
    // A label that the data set has, so that those that are hard to escape come up again and again.
    p.label = data_.phases.empty() ? "Kick-off" : data_.phases[below(data_.phases.size())].label;
    p.effort_days = static_cast<double>(1 + below(480)) / 4;
    p.start = home.start;
    to.on_change(posthorn::created(p).within(home).by(actor()), [&] { data_.phases.push_back(p); });
}

void change_player::modify_phase(change_listener& to) {
    if (data_.phases.empty())
        return create_phase(to);
    auto& row = data_.phases[below(data_.phases.size())];
    auto p = row;
    switch (below(5)) {
    case 0:
        rename(p.label);
        break;
    case 1:
        p.effort_days += 0.25;
        break;
    default:
        p.progress = std::min(100, p.progress + 5 + static_cast<int>(below(20)));
        p.status = p.progress == 100 ? phase_status::done : phase_status::running;
    }
    to.on_change(posthorn::modified(row, p).within(project_of(p)).by(actor()), [&] { row = p; });
}

void change_player::delete_phase(change_listener& to) {
    if (data_.phases.empty())
        return create_phase(to);
    erase_phase(below(data_.phases.size()), to);
}

void change_player::erase_phase(std::size_t at, change_listener& to) {
    auto const& last = data_.phases[at];
    to.on_change(posthorn::deleted(last).within(project_of(last)).by(actor()),
                 [&] { erase_at(data_.phases, at); });
}

void change_player::create_user(change_listener& to) {
    user u = data_.users[below(data_.users.size())];
    u.id = ++last_user_;
    u.login = u.login.substr(0, u.login.find('-')) + "-" + std::to_string(u.id);
    u.email = u.login + "@example.com";
    u.active = true;
    to.on_change(posthorn::created(u).by(actor()), [&] { data_.users.push_back(u); });
}

void change_player::modify_user(change_listener& to) {
    auto& row = data_.users[below(data_.users.size())];
    auto u = row;
    switch (below(3)) {
    case 0:
        u.active = !u.active;
        break;
    case 1:
        u.email = u.login + "@example." + (u.email.ends_with(".org") ? "com" : "org");
        break;
    default:
        u.password_hash = "$argon2id$demo$not-a-hash-" + std::to_string(random_());
    }
    to.on_change(posthorn::modified(row, u).by(actor()), [&] { row = u; });
}

void change_player::delete_user(change_listener& to) {
    if (data_.users.size() == 1)
        return create_user(to);
    auto const at = below(data_.users.size());
    to.on_change(posthorn::deleted(data_.users[at]).by(actor()), [&] { erase_at(data_.users, at); });
}

void change_player::rename(std::string& label) {
    auto const end = std::min(label.rfind(revision), label.size());
    label = label.substr(0, end).append(revision).append(std::to_string(1 + below(99)));
}

// Not std::uniform_int_distribution: every standard library draws differently.
std::size_t change_player::below(std::size_t n) {
    return static_cast<std::size_t>(random_() % n);
}

project const& change_player::project_of(phase const& p) const {
    auto const it = std::find_if(data_.projects.begin(), data_.projects.end(),
                                 [&](project const& candidate) { return candidate.id == p.project_id; });
    if (it == data_.projects.end())
        throw std::runtime_error("phase " + std::to_string(p.id) + " has no project");
    return *it;
}

std::string change_player::actor() {
    return data_.users[below(data_.users.size())].login;
}

} // namespace monitor
