// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/environment/system_clock.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <utility>

namespace posthorn {

POSTHORN_DECL wall_time system_clock::now() const {
    return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
}

POSTHORN_DECL steady_time system_clock::steady_now() const {
    return std::chrono::time_point_cast<duration>(std::chrono::steady_clock::now());
}

struct system_clock::timer::state {
    explicit state(boost::asio::any_io_executor const& executor) : timer(executor) {}
    boost::asio::steady_timer timer;
};

POSTHORN_DECL system_clock::timer::timer(boost::asio::any_io_executor const& executor, system_clock const&)
    : state_(std::make_unique<state>(executor)) {}

POSTHORN_DECL system_clock::timer::~timer() = default;

POSTHORN_DECL void system_clock::timer::arm(steady_time at, std::function<void()> f) {
    state_->timer.expires_at(std::chrono::time_point_cast<boost::asio::steady_timer::duration>(at));
    state_->timer.async_wait([f = std::move(f)](boost::system::error_code ec) {
        if (!ec)
            f();
    });
}

POSTHORN_DECL void system_clock::timer::cancel() {
    state_->timer.cancel();
}

} // namespace posthorn
