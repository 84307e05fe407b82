// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/guard/allow_list.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/url.hpp>

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace monitor {

// What the server's webhooks may call: one port of this machine, and those that the administrator has opened,
// which are read from the database again twice a second.
class port_guard {
  public:
    // Throws std::runtime_error.
    port_guard(std::string const& file, std::uint16_t receiver_port);

    [[nodiscard]] bool allows_endpoint(posthorn::url const& endpoint) const noexcept;
    [[nodiscard]] bool allows_address(boost::asio::ip::address const& address,
                                      std::uint16_t port) const noexcept;
    void refresh(posthorn::steady_time now) const noexcept;

    // Whether the ports are others than when this was asked the last time.
    [[nodiscard]] bool has_news(posthorn::steady_time now) const noexcept;

  private:
    class state;

    std::shared_ptr<state> state_;
};

} // namespace monitor
