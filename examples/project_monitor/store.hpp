// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/event.hpp>

#include "data.hpp"
#include "table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace monitor {

// A delivery that an earlier run was told to make and did not.
struct left_delivery {
    posthorn::uuid id{};
    posthorn::uuid webhook{};
};

// What the log keeps of a change.
struct log_entry {
    posthorn::uuid event{};
    std::string_view object;
    std::int64_t object_id = 0;
    posthorn::action what = posthorn::action::created;
    std::string_view actor;
    // The wordings of the webhooks that are to hear of it in the background.
    std::vector<std::string> told;
};

// Makes the server's own tables in a new file and fills them from `first`, all or nothing; a file that has
// them gets those that newer versions of the server have beside them. Whether it was a new one.
bool prepare_tables(database& in, std::string const& first);

// The server's own tables, in the file that Posthorn's are in too, by the server's own connection: its rows,
// its runs, and a log with one entry per change. Everything throws std::runtime_error.
class store {
  public:
    // Begins a run. `first`: what a new file is filled from.
    store(std::string const& file, std::string const& first);

    [[nodiscard]] bool is_new() const noexcept { return is_new_; }

    [[nodiscard]] data_set load();
    // But for those that somebody has paused.
    [[nodiscard]] std::vector<left_delivery> left_deliveries();
    [[nodiscard]] std::string const& file() const noexcept { return file_; }
    // Of this run.
    [[nodiscard]] std::size_t logged();

    // In the open transaction of the connection.
    void write(posthorn::event<project> const& e) { write(projects_, e.what(), e.object()); }
    void write(posthorn::event<phase, project> const& e) { write(phases_, e.what(), e.object()); }
    void write(posthorn::event<user> const& e) { write(users_, e.what(), e.object()); }
    void log(log_entry const& of);

    [[nodiscard]] sqlite3* connection() const noexcept { return database_.get(); }

  private:
    template <class T>
    static void write(table<T>& rows, posthorn::action what, T const& row) {
        if (what == posthorn::action::deleted)
            rows.erase(row.id);
        else
            rows.put(row);
    }

    std::string file_;
    database database_;
    bool is_new_;
    table<user> users_;
    table<project> projects_;
    table<phase> phases_;
    statement log_;
    std::int64_t run_;
};

} // namespace monitor
