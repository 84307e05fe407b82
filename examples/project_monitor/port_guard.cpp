// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "port_guard.hpp"

#include "settings.hpp"
#include "sqlite.hpp"

#include <chrono>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

namespace monitor {

class port_guard::state {
  public:
    state(std::string const& file, std::uint16_t receiver_port)
        : rows_(file), receiver_port_(receiver_port), allowed_(made(usable(&open_ports, rows_, {}))) {}

    [[nodiscard]] std::shared_ptr<posthorn::allow_list const> allowed() const {
        std::scoped_lock const lock(mutex_);
        return allowed_;
    }

    // A setting that cannot be read changes nothing: what was opened stays open.
    void refresh(posthorn::steady_time now) {
        std::scoped_lock const lock(mutex_);
        if (now < next_)
            return;
        next_ = now + std::chrono::milliseconds(500);
        auto ports = open_ports(rows_);
        if (ports == ports_)
            return;
        allowed_ = made(std::move(ports));
        has_news_ = true;
    }

    [[nodiscard]] bool take_news() {
        std::scoped_lock const lock(mutex_);
        return std::exchange(has_news_, false);
    }

  private:
    [[nodiscard]] std::shared_ptr<posthorn::allow_list const> made(std::vector<std::uint16_t> ports) {
        auto guard = std::make_shared<posthorn::allow_list>();
        guard->allow_loopback(receiver_port_);
        for (auto const port : ports)
            guard->allow_loopback(port);
        ports_ = std::move(ports);
        return guard;
    }

    mutable std::mutex mutex_;
    database rows_;
    std::uint16_t const receiver_port_;
    std::vector<std::uint16_t> ports_;
    std::shared_ptr<posthorn::allow_list const> allowed_;
    posthorn::steady_time next_{};
    bool has_news_ = false;
};

port_guard::port_guard(std::string const& file, std::uint16_t receiver_port)
    : state_(std::make_shared<state>(file, receiver_port)) {}

bool port_guard::allows_endpoint(posthorn::url const& endpoint) const noexcept {
    return state_->allowed()->allows_endpoint(endpoint);
}

bool port_guard::allows_address(boost::asio::ip::address const& address, std::uint16_t port) const noexcept {
    return state_->allowed()->allows_address(address, port);
}

void port_guard::refresh(posthorn::steady_time now) const noexcept {
    try {
        state_->refresh(now);
    } catch (std::exception const&) { // NOLINT(bugprone-empty-catch): the next one reads it again
    }
}

bool port_guard::has_news(posthorn::steady_time now) const noexcept {
    refresh(now);
    return state_->take_news();
}

} // namespace monitor
