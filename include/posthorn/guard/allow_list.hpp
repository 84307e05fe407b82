// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>
#include <posthorn/guard/public_addresses.hpp>

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// `public_addresses`, and what the host opens beside it: receivers on this machine, or in its private
/// network.
///
/// What is opened is open to everyone who may save a webhook, and to every public name that resolves to it.
///
/// Thread safety: distinct objects safe; shared objects safe for const access: open first, then hand it over.
class allow_list {
  public:
    /// Opens one port of this machine: 127.0.0.0/8, ::1, `localhost` and names below it. The port may be one
    /// that is refused elsewhere.
    POSTHORN_DECL allow_list& allow_loopback(std::uint16_t port) &;

    allow_list&& allow_loopback(std::uint16_t port) && { return std::move(allow_loopback(port)); }

    /// Opens the addresses of a private network, "10.20.0.0/16" or "fd12:3456::/32", with the ports that
    /// `public_addresses` allows. Names that are not public stay refused.
    ///
    /// The network must lie within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7, and
    /// is written without bits after its prefix. Never opened: loopback (see `allow_loopback`), link-local
    /// addresses, and the metadata services, which are inside some of these networks.
    ///
    /// @return `boost::system::errc::invalid_argument` if `cidr` is no network; `errc::blocked_address` if it
    /// is none of a private range. Then nothing is opened.
    [[nodiscard]] POSTHORN_DECL result<void> allow_network(std::string_view cidr);

    [[nodiscard]] POSTHORN_DECL bool allows_endpoint(url const& endpoint) const noexcept;

    [[nodiscard]] POSTHORN_DECL bool allows_address(boost::asio::ip::address const& address,
                                                    std::uint16_t port) const noexcept;

  private:
    [[nodiscard]] POSTHORN_DECL bool opens_loopback(std::uint16_t port) const noexcept;

    std::vector<std::uint16_t> loopback_ports_;
    std::vector<detail::address_range> networks_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/allow_list.ipp>
#endif
