// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/event.hpp>

#include "data.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace monitor {

// Hears of every change before it is made. `make` tells the one who wants it that it was made; what nobody
// lets happen is not made.
class change_listener {
  public:
    using maker = std::function<void()>;

    virtual ~change_listener() = default;
    virtual void on_change(posthorn::event<project> const& e, maker make) = 0;
    virtual void on_change(posthorn::event<phase, project> const& e, maker make) = 0;
    virtual void on_change(posthorn::event<user> const& e, maker make) = 0;
};

// The people who work with the server: the same seed makes the same changes. Begins with each kind of change
// once.
class change_player {
  public:
    change_player(data_set data, std::uint64_t seed);

    // Wants one change, and tells of it.
    void play_one(change_listener& to);

    // As it is now.
    [[nodiscard]] data_set const& data() const noexcept { return data_; }

  private:
    struct kind {
        std::size_t weight;
        void (change_player::*play)(change_listener& to);
    };
    static kind const kinds[9];

    void create_project(change_listener& to);
    void modify_project(change_listener& to);
    void delete_project(change_listener& to);
    void create_phase(change_listener& to);
    void modify_phase(change_listener& to);
    void delete_phase(change_listener& to);
    void create_user(change_listener& to);
    void modify_user(change_listener& to);
    void delete_user(change_listener& to);

    void erase_phase(std::size_t at, change_listener& to);
    void rename(std::string& label);
    [[nodiscard]] std::size_t below(std::size_t n);
    [[nodiscard]] project const& project_of(phase const& p) const;
    [[nodiscard]] std::string actor();

    data_set data_;
    std::mt19937_64 random_;
    std::size_t opening_ = 0;
    std::int64_t last_project_ = 0;
    std::int64_t last_phase_ = 0;
    std::int64_t last_user_ = 0;
    // A project that is being deleted: its phases go first, one change each.
    std::optional<std::int64_t> doomed_;
};

} // namespace monitor
