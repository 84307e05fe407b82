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

/// `public_addresses`, and what the host opens beside it: receivers on this machine, in its private network,
/// or one service of its cloud.
///
/// What is opened is open to everyone who may save a webhook, and to every public name that resolves to it.
///
/// Thread safety: distinct objects safe; shared objects safe for const access: open first, then hand it over.
class allow_list {
  public:
    allow_list() = default;

    /// On top of `what`, which knows this machine's addresses and may decode NAT64.
    explicit allow_list(public_addresses what) : public_(std::move(what)) {}

    /// Opens one port of this machine: 127.0.0.0/8, ::1, `localhost` and names below it. The port may be one
    /// that is refused elsewhere.
    POSTHORN_DECL allow_list& allow_loopback(std::uint16_t port) &;

    allow_list&& allow_loopback(std::uint16_t port) && { return std::move(allow_loopback(port)); }

    /// Opens the addresses of a private network, "10.20.0.0/16" or "fd12:3456::/32", with the ports that
    /// `public_addresses` allows. Names that are not public stay refused.
    ///
    /// The network must lie within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7, and
    /// is written without bits after its prefix. Never opened: loopback (see `allow_loopback`), link-local
    /// addresses, and the metadata services, which are inside some of these networks. An address of this
    /// machine is opened with its network: see `refuse_own_port`.
    ///
    /// @return `boost::system::errc::invalid_argument` if `cidr` is no network; `errc::blocked_address` if it
    /// is none of a private range. Then nothing is opened.
    [[nodiscard]] POSTHORN_DECL result<void> allow_network(std::string_view cidr);

    /// Opens one port of one link-local address or metadata service, "169.254.169.254", which hands out the
    /// credentials of this machine to whoever asks. Its names, such as `metadata.google.internal`, stay
    /// refused.
    ///
    /// @return `boost::system::errc::invalid_argument` if `address` is none; `errc::blocked_address` if it is
    /// another one. Then nothing is opened.
    [[nodiscard]] POSTHORN_DECL result<void> allow_metadata(std::string_view address, std::uint16_t port);

    /// Opens one port of one public address, though it is this machine's own. The port may be one that is
    /// refused elsewhere.
    ///
    /// @return `boost::system::errc::invalid_argument` if `address` is none; `errc::blocked_address` if it is
    /// not public. Then nothing is opened.
    [[nodiscard]] POSTHORN_DECL result<void> allow_own_address(std::string_view address, std::uint16_t port);

    /// Refuses one port of this machine, on loopback and on every address that it has, whatever else is
    /// opened: name the ports on which the host itself listens.
    POSTHORN_DECL allow_list& refuse_own_port(std::uint16_t port) &;

    allow_list&& refuse_own_port(std::uint16_t port) && { return std::move(refuse_own_port(port)); }

    /// @name AddressGuard
    /// @{
    [[nodiscard]] POSTHORN_DECL bool allows_endpoint(url const& endpoint) const noexcept;

    [[nodiscard]] POSTHORN_DECL bool allows_address(boost::asio::ip::address const& address,
                                                    std::uint16_t port) const noexcept;

    void refresh(steady_time now) const noexcept { public_.refresh(now); }
    /// @}

  private:
    // One port of one address.
    struct socket_name {
        detail::address_bits address;
        std::uint16_t port;

        [[nodiscard]] friend bool operator==(socket_name const&, socket_name const&) noexcept = default;
    };

    [[nodiscard]] POSTHORN_DECL bool opens_loopback(std::uint16_t port) const noexcept;

    [[nodiscard]] POSTHORN_DECL bool refuses_port(std::uint16_t port) const noexcept;

    public_addresses public_;
    std::vector<std::uint16_t> loopback_ports_;
    std::vector<std::uint16_t> refused_ports_;
    std::vector<detail::address_range> networks_;
    std::vector<socket_name> named_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/guard/allow_list.ipp>
#endif
