// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/net/address_range.hpp>
#include <posthorn/error.hpp>
#include <posthorn/guard/own_addresses.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/url.hpp>

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

namespace detail {

/// True for 80, 443 and 1024 to 65535 without the ports on which another protocol listens.
[[nodiscard]] POSTHORN_DECL bool is_public_port(std::uint16_t port) noexcept;

/// True if `name` is `suffix`, or ends in it after a dot. Both in lower case.
[[nodiscard]] POSTHORN_DECL bool is_name_within(std::string_view name, std::string_view suffix) noexcept;

/// The address that the host of `endpoint` is; only if `endpoint.is_address()`.
[[nodiscard]] POSTHORN_DECL boost::asio::ip::address address_of(url const& endpoint) noexcept;

} // namespace detail

/// Allows receivers on the public internet only; the default guard.
///
/// Refused are all special-purpose addresses of the IANA registries (loopback, private, link-local, shared,
/// documentation, benchmarking, multicast, reserved, and the IPv6 forms that carry an IPv4 address), the
/// known metadata addresses, names that are not public (a single label, `localhost`, `.internal`, `.local`
/// and the like), and ports other than 80, 443 and 1024 to 65535 without those that the Fetch standard of
/// browsers blocks.
///
/// Refused too is what listens on this machine's own addresses, though they be public. IPv6 addresses that a
/// NAT64 translator makes of IPv4 ones are refused unless `decode_nat64` is called.
///
/// Thread safety: distinct objects safe; shared objects safe for const access. Copies share what is known of
/// this machine.
class public_addresses {
  public:
    public_addresses() = default;

    /// Asks `own` which addresses are this machine's.
    explicit public_addresses(own_addresses const& own) : own_(own) {}

    /// Judges addresses of the well-known prefix of NAT64, 64:ff9b::/96, by the IPv4 address in them: for a
    /// host with IPv6 only, where DNS64 makes up such an address for each receiver with IPv4 only.
    POSTHORN_DECL public_addresses& decode_nat64() &;

    public_addresses&& decode_nat64() && { return std::move(decode_nat64()); }

    /// The same for the prefix that a network has chosen itself, "2001:67c:2960::/48" or "fd00:64::/96". Name
    /// it also where nobody needs it, since else its addresses are judged as any other: through a prefix in
    /// public space the translator leads to private networks.
    ///
    /// @return `boost::system::errc::invalid_argument` if `prefix` is no prefix of RFC 6052, which is of 32,
    /// 40, 48, 56, 64 or 96 bits; `errc::blocked_address` if no translator can have it. Then nothing is
    /// changed.
    [[nodiscard]] POSTHORN_DECL result<void> decode_nat64(std::string_view prefix);

    /// What is known of this machine.
    [[nodiscard]] own_addresses const& own() const noexcept { return own_; }

    /// @name AddressGuard
    /// @{
    [[nodiscard]] POSTHORN_DECL bool allows_endpoint(url const& endpoint) const noexcept;

    [[nodiscard]] POSTHORN_DECL bool allows_address(boost::asio::ip::address const& address,
                                                    std::uint16_t port) const noexcept;

    void refresh(steady_time now) const noexcept { own_.refresh(now); }
    /// @}

  private:
    [[nodiscard]] POSTHORN_DECL bool is_public(detail::address_bits a) const noexcept;

    own_addresses own_;
    std::vector<detail::address_range> nat64_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/guard/public_addresses.ipp>
#endif
