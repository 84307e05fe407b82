// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/defaults.hpp>

#include "changes.hpp"
#include "journal.hpp"
#include "objects.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <vector>

namespace monitor {

// In memory, to one port of this machine, watched by the journal and by the application log.
struct policies : posthorn::default_policies::with_guard<posthorn::allow_list>::with_observer<
                      posthorn::observers<journal, posthorn::json_log>> {};

// How often each action happened to the objects of each type.
class change_counts {
  public:
    void add(std::string_view object, posthorn::action what) noexcept;

    [[nodiscard]] std::size_t all() const noexcept;

    // How many of them the webhook asks for.
    [[nodiscard]] std::size_t asked_for(posthorn::webhook const& w) const noexcept;

  private:
    struct row {
        std::string_view object;
        std::array<std::size_t, 3> by_action{};
    };
    std::array<row, 3> rows_{row{"project"}, row{"phase"}, row{"user"}};
};

// The server: tells the dispatcher of every change, and delivers on a thread of its own.
class host : public change_listener {
  public:
    // May call `receiver_port` of this machine, and no other.
    host(std::uint16_t receiver_port, journal watch, posthorn::json_log log);
    ~host() override;

    // Throws std::runtime_error with all that is wrong with the webhook.
    void save(posthorn::webhook const& w);

    void on_change(posthorn::event<project> const& e) override { tell("project", e); }
    void on_change(posthorn::event<phase, project> const& e) override { tell("phase", e); }
    void on_change(posthorn::event<user> const& e) override { tell("user", e); }

    // Delivers what is pending and ends; `tick` is called once a second. The error says that something is
    // left.
    [[nodiscard]] posthorn::error_code finish(std::chrono::seconds at_most,
                                              std::function<void()> const& tick);

    [[nodiscard]] std::vector<posthorn::webhook> webhooks() const { return hooks_.webhooks(); }
    [[nodiscard]] change_counts const& counts() const noexcept { return counts_; }
    [[nodiscard]] std::size_t matched() const noexcept { return matched_; }
    [[nodiscard]] std::size_t accepted() const noexcept { return accepted_; }

  private:
    template <class Event>
    void tell(std::string_view object, Event const& e);

    boost::asio::io_context io_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    posthorn::dispatcher<objects, policies> hooks_;
    change_counts counts_;
    std::size_t matched_ = 0;
    std::size_t accepted_ = 0;
    std::jthread deliveries_;
};

} // namespace monitor
