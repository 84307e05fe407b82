// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/address_range.hpp>
#include <posthorn/detail/text/ascii.hpp>

#include <algorithm>
#include <string>

namespace posthorn::detail {

POSTHORN_DECL address_bits to_address_bits(boost::asio::ip::address const& address) noexcept {
    if (address.is_v4())
        return {0, std::uint64_t{0xffff} << 32 | address.to_v4().to_uint()};
    address_bits bits{0, 0};
    auto const bytes = address.to_v6().to_bytes();
    for (std::size_t i = 0; i != 8; ++i) {
        bits.high = bits.high << 8 | bytes[i];
        bits.low = bits.low << 8 | bytes[i + 8];
    }
    return bits;
}

POSTHORN_DECL std::optional<boost::asio::ip::address> parse_address(std::string_view text) {
    // make_address would take a zone, and stop at a NUL.
    if (text.find('%') != std::string_view::npos || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    boost::system::error_code ec;
    auto const address = boost::asio::ip::make_address(std::string(text).c_str(), ec);
    return ec ? std::nullopt : std::optional(address);
}

[[nodiscard]] inline std::optional<unsigned> parse_prefix_length(std::string_view text,
                                                                 unsigned most) noexcept {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0') ||
        !std::all_of(text.begin(), text.end(), is_digit))
        return std::nullopt;
    unsigned length = 0;
    for (char const c : text)
        length = length * 10 + static_cast<unsigned>(c - '0');
    return length <= most ? std::optional(length) : std::nullopt;
}

POSTHORN_DECL std::optional<address_range> parse_network(std::string_view cidr) {
    auto const slash = cidr.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    auto const address = parse_address(cidr.substr(0, slash));
    if (!address)
        return std::nullopt;
    auto const length = parse_prefix_length(cidr.substr(slash + 1), address->is_v4() ? 32 : 128);
    if (!length)
        return std::nullopt;
    address_range const network(to_address_bits(*address), *length + (address->is_v4() ? 96 : 0));
    bool const exact =
        (network.first.high & ~network.mask.high) == 0 && (network.first.low & ~network.mask.low) == 0;
    return exact ? std::optional(network) : std::nullopt;
}

POSTHORN_DECL std::optional<address_bits> embedded_ipv4(address_range const& prefix,
                                                        address_bits a) noexcept {
    constexpr unsigned lengths[] = {32, 40, 48, 56, 64, 96};
    if (std::find(std::begin(lengths), std::end(lengths), prefix.length) == std::end(lengths))
        return std::nullopt;
    // Bits 64 to 71 are zero in every layout; the address stands around them.
    if (a.low >> 56 != 0)
        return std::nullopt;
    std::uint64_t quad = a.low & 0xffffffff;
    if (prefix.length != 96) {
        unsigned const before = 64 - prefix.length;
        unsigned const behind = 32 - before;
        std::uint64_t const rest = a.low << 8;
        if (rest << behind != 0)
            return std::nullopt;
        quad = (a.high & ~leading_ones(prefix.length)) << behind;
        if (behind != 0)
            quad |= rest >> (64 - behind);
    }
    return address_bits{0, std::uint64_t{0xffff} << 32 | quad};
}

} // namespace posthorn::detail
