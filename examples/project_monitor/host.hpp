// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/defaults.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "changes.hpp"
#include "journal.hpp"
#include "objects.hpp"
#include "port_guard.hpp"
#include "store.hpp"
#include "webhooks.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

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

// In the server's own SQLite file, to one port of this machine, in all call modes, watched by the journal and
// by the application log.
struct policies
    : posthorn::default_policies::with_storage<posthorn::sqlite_storage>::with_guard<port_guard>::
          with_semantics<posthorn::in_transaction, posthorn::after_commit, posthorn::fire_and_forget>::
              with_observer<posthorn::observers<journal, posthorn::json_log>> {};

// Short waits, so that an outage of seconds shows the whole life of a delivery; enough of them to survive it.
[[nodiscard]] posthorn::standard_schedule patient_schedule();

// A webhook, and what the server itself says will come of it.
struct expectation {
    subscription of;
    // Changes that it is told of, and those of them that end well: all but calls that are refused or not
    // answered.
    std::size_t told = 0;
    std::size_t delivered = 0;
};

// What came of the changes.
struct host_totals {
    std::size_t changes = 0;
    std::size_t made = 0;
    // By the user who wanted them, before the commit.
    std::size_t withdrawn = 0;
    // By the reports: refused, of them by a receiver that said no, calls made, those of them that failed
    // after the commit, deliveries stored.
    std::size_t refused = 0;
    std::size_t vetoed = 0;
    std::size_t calls = 0;
    std::size_t reported = 0;
    std::size_t accepted = 0;
};

// The server: makes each change in a transaction of its database, and delivers on a thread of its own.
class host : public change_listener {
  public:
    // `rows` and `storage` are of the same file. `receiver_port`: see `port_guard`.
    // A process that goes silent keeps its deliveries to itself for `lease`.
    host(store& rows, posthorn::sqlite_storage storage, std::uint16_t receiver_port,
         std::chrono::milliseconds lease, journal watch, posthorn::json_log log);
    ~host() override;

    // Both throw std::runtime_error with all that is wrong.
    posthorn::uuid save(posthorn::filter const& f);
    void save(subscription s);
    // For one that is saved.
    void expect_of(subscription s) { expected_.push_back({std::move(s)}); }

    // From now on delivers, what the file has waiting first.
    void start();

    void on_change(posthorn::event<project> const& e, maker make) override;
    void on_change(posthorn::event<phase, project> const& e, maker make) override;
    void on_change(posthorn::event<user> const& e, maker make) override;

    // The next change is written, and then rolled back: its user thinks better of it.
    void withdraw_next() noexcept { withdraws_ = true; }

    // Whether the receiver is expected to be there. While it is not, nobody who waits gets a good answer.
    void expect_answers(bool on) noexcept { answers_ = on; }

    // Delivers what is pending and ends; `tick` is called once a second. The error says that something is
    // left.
    [[nodiscard]] posthorn::error_code finish(std::chrono::seconds at_most,
                                              std::function<void()> const& tick);

    [[nodiscard]] std::vector<posthorn::webhook> webhooks() const { return hooks_.webhooks(); }
    // Throws std::runtime_error.
    [[nodiscard]] std::vector<posthorn::history_entry> history(posthorn::uuid const& webhook) const;
    // Whether the server itself says what will come of this webhook; others are of people who made them.
    [[nodiscard]] bool is_own(posthorn::uuid const& webhook) const;
    // Those of its own webhooks.
    [[nodiscard]] std::vector<left_delivery> own(std::vector<left_delivery> all) const;
    [[nodiscard]] std::vector<posthorn::filter> filters() const { return hooks_.filters(); }
    [[nodiscard]] std::vector<expectation> const& expectations() const noexcept { return expected_; }
    [[nodiscard]] host_totals const& totals() const noexcept { return totals_; }
    // Changes that came to another end than expected, one sentence each.
    [[nodiscard]] std::vector<std::string> const& surprises() const noexcept { return surprises_; }
    // What the user saw whose change a receiver refused first; empty: nobody.
    [[nodiscard]] std::vector<std::string> const& refusal() const noexcept { return refusal_; }

  private:
    // One of the server's own webhooks that a change is for, and whether its call ends well.
    struct call {
        expectation* to;
        bool ends_well;
    };

    // What a change will come to.
    struct outlook {
        bool stands = true;
        std::vector<call> calls;
        // In the background, by wording.
        std::vector<std::string> told;
    };

    template <class Event>
    void carry_out(std::string_view object, Event const& e, change const& c, maker const& make);
    [[nodiscard]] outlook expect(std::string_view object, change const& c);
    void count(outlook const& will, posthorn::transaction_report const& report);
    void note(posthorn::transaction_report const& report);

    // A webhook that could not be used may be, as soon as its port is opened.
    void watch_ports();

    boost::asio::io_context io_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    port_guard guard_;
    boost::asio::steady_timer port_timer_{io_};
    // On the context's thread.
    bool ends_ = false;
    posthorn::dispatcher<objects, policies> hooks_;
    store& rows_;
    posthorn::system_clock clock_;
    posthorn::system_random random_;
    std::vector<expectation> expected_;
    bool answers_ = true;
    bool withdraws_ = false;
    host_totals totals_;
    std::vector<std::string> surprises_;
    std::vector<std::string> refusal_;
    std::jthread deliveries_;
};

} // namespace monitor
