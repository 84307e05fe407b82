// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/ascii.hpp>
#include <posthorn/guard/allow_list.hpp>
#include <posthorn/impl/public_addresses.ipp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace posthorn {

namespace detail {

inline constexpr std::array<address_range, 2> loopback_ranges{ipv4_range(127, 0, 0, 0, 8),
                                                              ipv6_range({0, 0, 0, 0, 0, 0, 0, 1}, 128)};

inline constexpr std::array<address_range, 5> private_ranges{
    ipv4_range(10, 0, 0, 0, 8), ipv4_range(172, 16, 0, 0, 12), ipv4_range(192, 168, 0, 0, 16),
    ipv4_range(100, 64, 0, 0, 10), ipv6_range({0xfc00}, 7)};

// Metadata services of clouds that lie inside private ranges: Alibaba; Amazon's range for services of an
// instance; Google.
inline constexpr std::array<address_range, 3> metadata_ranges{
    ipv4_range(100, 100, 100, 200, 32), ipv6_range({0xfd00, 0xec2}, 32),
    ipv6_range({0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254}, 128)};

[[nodiscard]] POSTHORN_DECL std::optional<unsigned> parse_prefix_length(std::string_view text,
                                                                        unsigned most) noexcept {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0') ||
        !std::all_of(text.begin(), text.end(), is_digit))
        return std::nullopt;
    unsigned length = 0;
    for (char const c : text)
        length = length * 10 + static_cast<unsigned>(c - '0');
    return length <= most ? std::optional(length) : std::nullopt;
}

[[nodiscard]] POSTHORN_DECL std::optional<address_range> parse_network(std::string_view cidr) {
    auto const slash = cidr.find('/');
    // make_address would take a zone, and stop at a NUL.
    if (slash == std::string_view::npos || cidr.find('%') < slash || cidr.find('\0') < slash)
        return std::nullopt;
    error_code ec;
    auto const address = boost::asio::ip::make_address(std::string(cidr.substr(0, slash)).c_str(), ec);
    if (ec)
        return std::nullopt;
    auto const length = parse_prefix_length(cidr.substr(slash + 1), address.is_v4() ? 32 : 128);
    if (!length)
        return std::nullopt;
    address_range const network{to_address_bits(address), *length + (address.is_v4() ? 96 : 0)};
    bool const exact = (network.first.high & ~leading_ones(network.length)) == 0 &&
                       (network.length >= 64 ? network.first.low & ~leading_ones(network.length - 64)
                                             : network.first.low) == 0;
    return exact ? std::optional(network) : std::nullopt;
}

} // namespace detail

POSTHORN_DECL allow_list& allow_list::allow_loopback(std::uint16_t port) & {
    loopback_ports_.push_back(port);
    return *this;
}

POSTHORN_DECL result<void> allow_list::allow_network(std::string_view cidr) {
    auto const network = detail::parse_network(cidr);
    if (!network)
        return make_error_code(boost::system::errc::invalid_argument);
    bool const opened = std::any_of(detail::private_ranges.begin(), detail::private_ranges.end(),
                                    [&network](detail::address_range const& r) {
                                        return r.length <= network->length && r.contains(network->first);
                                    });
    if (!opened)
        return make_error_code(errc::blocked_address);
    networks_.push_back(*network);
    return {};
}

POSTHORN_DECL bool allow_list::allows_endpoint(url const& endpoint) const noexcept {
    if (endpoint.is_address())
        return allows_address(detail::address_of(endpoint), endpoint.port());
    if (detail::is_name_within(endpoint.host(), "localhost"))
        return opens_loopback(endpoint.port());
    return public_addresses{}.allows_endpoint(endpoint);
}

POSTHORN_DECL bool allow_list::allows_address(boost::asio::ip::address const& address,
                                              std::uint16_t port) const noexcept {
    auto const bits = detail::to_address_bits(address);
    if (detail::is_in_any(detail::loopback_ranges, bits))
        return opens_loopback(port);
    if (detail::is_in_any(networks_, bits))
        return detail::is_public_port(port) && !detail::is_in_any(detail::metadata_ranges, bits);
    return public_addresses{}.allows_address(address, port);
}

POSTHORN_DECL bool allow_list::opens_loopback(std::uint16_t port) const noexcept {
    return std::find(loopback_ports_.begin(), loopback_ports_.end(), port) != loopback_ports_.end();
}

} // namespace posthorn
