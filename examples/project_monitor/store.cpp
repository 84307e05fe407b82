// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "store.hpp"

#include "people.hpp"
#include "settings.hpp"

#include <algorithm>
#include <cstddef>

namespace monitor {

namespace {

posthorn::uuid to_uuid(std::string const& bytes) {
    posthorn::uuid id{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
    return id;
}

bool has_table(database& in, char const* name) {
    statement known(in, "SELECT 1 FROM sqlite_master WHERE name = ?");
    known.bind_text(1, name);
    return known.next();
}

template <class T>
void fill(database& in, std::string const& name, std::vector<T> const& rows) {
    table<T>::create(in, name);
    table<T> made(in, name);
    for (auto const& row : rows)
        made.put(row);
}

void make_tables(database& in, std::string const& first) {
    auto const data = monitor::load(first);
    fill(in, "users", data.users);
    fill(in, "projects", data.projects);
    fill(in, "phases", data.phases);
    in.run("CREATE TABLE runs (id INTEGER PRIMARY KEY, began INTEGER NOT NULL)");
    in.run("CREATE TABLE change_log (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, event TEXT NOT NULL, "
           "object TEXT NOT NULL, object_id INTEGER NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL, "
           "told TEXT NOT NULL)");
}

std::int64_t begin_run(database& in) {
    in.run("INSERT INTO runs (began) VALUES (strftime('%s', 'now'))");
    return sqlite3_last_insert_rowid(in.get());
}

} // namespace

bool prepare_tables(database& in, std::string const& first) {
    // As much as Posthorn promises in this file: a change is on the disk when it is committed.
    in.run("PRAGMA synchronous = FULL");
    if (has_table(in, "change_log") && has_table(in, "revoked_rights") && has_table(in, "settings"))
        return false;
    in.run("BEGIN IMMEDIATE");
    bool const is_new = !has_table(in, "change_log");
    if (is_new)
        make_tables(in, first);
    prepare_rights(in);
    prepare_settings(in);
    in.run("COMMIT");
    return is_new;
}

store::store(std::string const& file, std::string const& first)
    : file_(file),
      database_(file),
      is_new_(prepare_tables(database_, first)),
      users_(database_, "users"),
      projects_(database_, "projects"),
      phases_(database_, "phases"),
      log_(database_, "INSERT INTO change_log (run, event, object, object_id, action, actor, told) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      run_(begin_run(database_)) {}

data_set store::load() {
    return {users_.load(), projects_.load(), phases_.load()};
}

std::vector<left_delivery> store::left_deliveries() {
    std::vector<left_delivery> all;
    // Pending and delivering.
    statement left(database_, "SELECT id, webhook FROM posthorn_delivery WHERE state IN (0, 1)");
    while (left.next())
        all.push_back({to_uuid(left.bytes(0)), to_uuid(left.bytes(1))});
    return all;
}

std::size_t store::logged() {
    statement count(database_, "SELECT count(*) FROM change_log WHERE run = ?");
    count.bind(1, run_);
    return count.next() ? static_cast<std::size_t>(count.integer(0)) : 0;
}

void store::log(log_entry const& of) {
    log_.bind(1, run_);
    log_.bind_text(2, posthorn::to_text(of.event));
    log_.bind_text(3, of.object);
    log_.bind(4, of.object_id);
    log_.bind_text(5, to_string(of.what));
    log_.bind_text(6, of.actor);
    log_.bind_text(7, to_json(of.told));
    log_.execute();
}

} // namespace monitor
