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
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace monitor {

// In memory, to one port of this machine, in all call modes, watched by the journal and by the application
// log.
struct policies
    : posthorn::default_policies::with_guard<posthorn::allow_list>::with_semantics<
          posthorn::in_transaction, posthorn::after_commit,
          posthorn::fire_and_forget>::with_observer<posthorn::observers<journal, posthorn::json_log>> {};

// A webhook, and what the server itself says will come of it.
struct expectation {
    subscription of;
    posthorn::uuid webhook;
    // Changes that it is told of, and those of them that end well: all but calls that are refused or not
    // answered.
    std::size_t told = 0;
    std::size_t delivered = 0;
};

// What came of the changes.
struct host_totals {
    std::size_t changes = 0;
    std::size_t made = 0;
    // By the reports: refused, of them by a receiver that said no, calls made, those of them that failed
    // after the commit, deliveries stored.
    std::size_t refused = 0;
    std::size_t vetoed = 0;
    std::size_t calls = 0;
    std::size_t reported = 0;
    std::size_t accepted = 0;
};

// The server: makes each change in a transaction, and delivers on a thread of its own.
class host : public change_listener {
  public:
    // May call `receiver_port` of this machine, and no other.
    host(std::uint16_t receiver_port, journal watch, posthorn::json_log log);
    ~host() override;

    // Both throw std::runtime_error with all that is wrong.
    posthorn::uuid save(posthorn::filter const& f);
    void save(subscription s);

    void on_change(posthorn::event<project> const& e, maker make) override;
    void on_change(posthorn::event<phase, project> const& e, maker make) override;
    void on_change(posthorn::event<user> const& e, maker make) override;

    // Whether the receiver is expected to be there. While it is not, nobody who waits gets a good answer.
    void expect_answers(bool on) noexcept { answers_ = on; }

    // Delivers what is pending and ends; `tick` is called once a second. The error says that something is
    // left.
    [[nodiscard]] posthorn::error_code finish(std::chrono::seconds at_most,
                                              std::function<void()> const& tick);

    [[nodiscard]] std::vector<posthorn::webhook> webhooks() const { return hooks_.webhooks(); }
    [[nodiscard]] std::vector<expectation> const& expectations() const noexcept { return expected_; }
    [[nodiscard]] host_totals const& totals() const noexcept { return totals_; }
    // Changes that came to another end than expected, one sentence each.
    [[nodiscard]] std::vector<std::string> const& surprises() const noexcept { return surprises_; }
    // What the user saw whose change a receiver refused first; empty: nobody.
    [[nodiscard]] std::vector<std::string> const& refusal() const noexcept { return refusal_; }

  private:
    template <class Event>
    void carry_out(std::string_view object, Event const& e, change const& c, maker make);
    [[nodiscard]] bool expect(std::string_view object, change const& c);
    void note(posthorn::transaction_report const& report);

    boost::asio::io_context io_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    posthorn::dispatcher<objects, policies> hooks_;
    std::vector<expectation> expected_;
    bool answers_ = true;
    host_totals totals_;
    std::vector<std::string> surprises_;
    std::vector<std::string> refusal_;
    std::jthread deliveries_;
};

} // namespace monitor
