// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/defaults.hpp>

#include "changes.hpp"
#include "journal.hpp"
#include "objects.hpp"
#include "webhooks.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace monitor {

// In memory, to one port of this machine, watched by the journal and by the application log.
struct policies : posthorn::default_policies::with_guard<posthorn::allow_list>::with_observer<
                      posthorn::observers<journal, posthorn::json_log>> {};

// A webhook, and how many changes the server itself says it asks for.
struct expectation {
    subscription of;
    posthorn::uuid webhook;
    std::size_t count = 0;
};

// The server: tells the dispatcher of every change, and delivers on a thread of its own.
class host : public change_listener {
  public:
    // May call `receiver_port` of this machine, and no other.
    host(std::uint16_t receiver_port, journal watch, posthorn::json_log log);
    ~host() override;

    // Both throw std::runtime_error with all that is wrong.
    posthorn::uuid save(posthorn::filter const& f);
    void save(subscription s);

    void on_change(posthorn::event<project> const& e) override;
    void on_change(posthorn::event<phase, project> const& e) override;
    void on_change(posthorn::event<user> const& e) override;

    // Delivers what is pending and ends; `tick` is called once a second. The error says that something is
    // left.
    [[nodiscard]] posthorn::error_code finish(std::chrono::seconds at_most,
                                              std::function<void()> const& tick);

    [[nodiscard]] std::vector<posthorn::webhook> webhooks() const { return hooks_.webhooks(); }
    [[nodiscard]] std::vector<expectation> const& expectations() const noexcept { return expected_; }
    [[nodiscard]] std::size_t changes() const noexcept { return changes_; }
    [[nodiscard]] std::size_t matched() const noexcept { return matched_; }
    [[nodiscard]] std::size_t accepted() const noexcept { return accepted_; }

  private:
    template <class Event>
    void tell(std::string_view object, Event const& e, change const& c);

    boost::asio::io_context io_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    posthorn::dispatcher<objects, policies> hooks_;
    std::vector<expectation> expected_;
    std::size_t changes_ = 0;
    std::size_t matched_ = 0;
    std::size_t accepted_ = 0;
    std::jthread deliveries_;
};

} // namespace monitor
