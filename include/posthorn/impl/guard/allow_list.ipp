// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/guard/allow_list.hpp>
#include <posthorn/impl/guard/public_addresses.ipp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <array>

namespace posthorn {

namespace detail {

inline constexpr std::array<address_range, 2> loopback_ranges{ipv4_range(127, 0, 0, 0, 8),
                                                              ipv6_range({0, 0, 0, 0, 0, 0, 0, 1}, 128)};

inline constexpr std::array<address_range, 5> private_ranges{
    ipv4_range(10, 0, 0, 0, 8), ipv4_range(172, 16, 0, 0, 12), ipv4_range(192, 168, 0, 0, 16),
    ipv4_range(100, 64, 0, 0, 10), ipv6_range({0xfc00}, 7)};

// What is opened only by its address: link-local addresses, the WireServer of Azure, the old metadata service
// of Oracle, and those in private ranges.
inline constexpr std::array<address_range, 4> named_ranges{
    ipv4_range(169, 254, 0, 0, 16), ipv6_range({0xfe80}, 10), ipv4_range(168, 63, 129, 16, 32),
    ipv4_range(192, 0, 0, 192, 32)};

} // namespace detail

POSTHORN_DECL allow_list& allow_list::allow_loopback(std::uint16_t port) & {
    loopback_ports_.push_back(port);
    return *this;
}

POSTHORN_DECL result<void> allow_list::allow_network(std::string_view cidr) {
    auto const network = detail::parse_network(cidr);
    if (!network)
        return make_error_code(boost::system::errc::invalid_argument);
    bool const opened =
        std::any_of(detail::private_ranges.begin(), detail::private_ranges.end(),
                    [&network](detail::address_range const& r) { return r.contains(*network); });
    if (!opened)
        return make_error_code(errc::blocked_address);
    networks_.push_back(*network);
    return {};
}

POSTHORN_DECL result<void> allow_list::allow_metadata(std::string_view address, std::uint16_t port) {
    auto const parsed = detail::parse_address(address);
    if (!parsed)
        return make_error_code(boost::system::errc::invalid_argument);
    auto const bits = detail::to_address_bits(*parsed);
    if (!detail::is_in_any(detail::named_ranges, bits) &&
        !detail::is_in_any(detail::private_metadata_ranges, bits))
        return make_error_code(errc::blocked_address);
    named_.push_back({bits, port});
    return {};
}

POSTHORN_DECL result<void> allow_list::allow_own_address(std::string_view address, std::uint16_t port) {
    auto const parsed = detail::parse_address(address);
    if (!parsed)
        return make_error_code(boost::system::errc::invalid_argument);
    auto const bits = detail::to_address_bits(*parsed);
    if (detail::is_special_purpose(bits))
        return make_error_code(errc::blocked_address);
    named_.push_back({bits, port});
    return {};
}

POSTHORN_DECL allow_list& allow_list::refuse_own_port(std::uint16_t port) & {
    refused_ports_.push_back(port);
    return *this;
}

POSTHORN_DECL bool allow_list::allows_endpoint(url const& endpoint) const noexcept {
    if (endpoint.is_address())
        return allows_address(detail::address_of(endpoint), endpoint.port());
    if (detail::is_name_within(endpoint.host(), "localhost"))
        return opens_loopback(endpoint.port());
    return public_.allows_endpoint(endpoint);
}

POSTHORN_DECL bool allow_list::allows_address(boost::asio::ip::address const& address,
                                              std::uint16_t port) const noexcept {
    auto const bits = detail::to_address_bits(address);
    if (detail::is_in_any(detail::loopback_ranges, bits))
        return opens_loopback(port);
    if (refuses_port(port) && public_.own().contains(address))
        return false;
    if (std::find(named_.begin(), named_.end(), socket_name{bits, port}) != named_.end())
        return true;
    if (detail::is_in_any(networks_, bits))
        return detail::is_public_port(port) && !detail::is_in_any(detail::private_metadata_ranges, bits);
    return public_.allows_address(address, port);
}

POSTHORN_DECL bool allow_list::opens_loopback(std::uint16_t port) const noexcept {
    return !refuses_port(port) &&
           std::find(loopback_ports_.begin(), loopback_ports_.end(), port) != loopback_ports_.end();
}

POSTHORN_DECL bool allow_list::refuses_port(std::uint16_t port) const noexcept {
    return std::find(refused_ports_.begin(), refused_ports_.end(), port) != refused_ports_.end();
}

} // namespace posthorn
