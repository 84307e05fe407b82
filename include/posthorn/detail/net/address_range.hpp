// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace posthorn::detail {

// An address as 128 bits; IPv4 in its IPv4-mapped form, so that both spellings are the same address.
struct address_bits {
    std::uint64_t high;
    std::uint64_t low;

    [[nodiscard]] friend constexpr bool operator==(address_bits, address_bits) noexcept = default;
    [[nodiscard]] friend constexpr auto operator<=>(address_bits, address_bits) noexcept = default;
};

// A word whose first `count` bits are set; all of them from 64 on.
[[nodiscard]] constexpr std::uint64_t leading_ones(unsigned count) noexcept {
    if (count == 0)
        return 0;
    return count < 64 ? ~std::uint64_t{0} << (64 - count) : ~std::uint64_t{0};
}

// All addresses that agree with `first` in the leading `length` bits.
struct address_range {
    constexpr address_range(address_bits from, unsigned bits) noexcept
        : first(from), mask{leading_ones(bits), leading_ones(bits < 64 ? 0 : bits - 64)}, length(bits) {}

    [[nodiscard]] constexpr bool contains(address_bits a) const noexcept {
        return ((a.high ^ first.high) & mask.high) == 0 && ((a.low ^ first.low) & mask.low) == 0;
    }

    [[nodiscard]] constexpr bool contains(address_range const& other) const noexcept {
        return length <= other.length && contains(other.first);
    }

    address_bits first;
    address_bits mask;
    unsigned length;
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

[[nodiscard]] constexpr bool is_in_any(auto const& ranges, address_bits a) noexcept {
    for (address_range const& r : ranges)
        if (r.contains(a))
            return true;
    return false;
}

[[nodiscard]] POSTHORN_DECL address_bits to_address_bits(boost::asio::ip::address const& address) noexcept;

// An address without a zone, strictly.
[[nodiscard]] POSTHORN_DECL std::optional<boost::asio::ip::address> parse_address(std::string_view text);

// "10.20.0.0/16" or "fd12:3456::/32", without bits after the prefix.
[[nodiscard]] POSTHORN_DECL std::optional<address_range> parse_network(std::string_view cidr);

// The IPv4 address in an address of a translator's prefix, as RFC 6052 lays it out; nothing: the prefix has
// another length than 32, 40, 48, 56, 64 or 96, or a bit is set that has no meaning.
[[nodiscard]] POSTHORN_DECL std::optional<address_bits> embedded_ipv4(address_range const& prefix,
                                                                      address_bits a) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/net/address_range.ipp>
#endif
