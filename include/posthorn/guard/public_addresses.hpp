// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/url.hpp>

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace posthorn {

namespace detail {

/// An address as 128 bits; IPv4 in its IPv4-mapped form, so that both spellings are the same address.
struct address_bits {
    std::uint64_t high;
    std::uint64_t low;
};

/// A word whose first `count` bits are set; all of them from 64 on.
[[nodiscard]] constexpr std::uint64_t leading_ones(unsigned count) noexcept {
    if (count == 0)
        return 0;
    return count < 64 ? ~std::uint64_t{0} << (64 - count) : ~std::uint64_t{0};
}

/// All addresses that agree with `first` in the leading `length` bits.
struct address_range {
    address_bits first;
    unsigned length;

    [[nodiscard]] constexpr bool contains(address_bits a) const noexcept {
        return ((a.high ^ first.high) & leading_ones(length)) == 0 &&
               ((a.low ^ first.low) & leading_ones(length < 64 ? 0 : length - 64)) == 0;
    }
};

[[nodiscard]] constexpr address_range ipv4_range(std::uint8_t a, std::uint8_t b, std::uint8_t c,
                                                 std::uint8_t d, unsigned length) noexcept {
    auto const quad = std::uint64_t{a} << 24 | std::uint64_t{b} << 16 | std::uint64_t{c} << 8 | d;
    return {{0, std::uint64_t{0xffff} << 32 | quad}, 96 + length};
}

[[nodiscard]] constexpr address_range ipv6_range(std::array<std::uint16_t, 8> groups,
                                                 unsigned length) noexcept {
    address_bits bits{0, 0};
    for (std::size_t i = 0; i != 4; ++i) {
        bits.high = bits.high << 16 | groups[i];
        bits.low = bits.low << 16 | groups[i + 4];
    }
    return {bits, length};
}

[[nodiscard]] POSTHORN_DECL address_bits to_address_bits(boost::asio::ip::address const& address) noexcept;

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
/// It does not know the public addresses of this machine: what listens there must not trust its neighbours.
///
/// Thread safety: stateless.
class public_addresses {
  public:
    [[nodiscard]] POSTHORN_DECL bool allows_endpoint(url const& endpoint) const noexcept;

    [[nodiscard]] POSTHORN_DECL bool allows_address(boost::asio::ip::address const& address,
                                                    std::uint16_t port) const noexcept;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/public_addresses.ipp>
#endif
