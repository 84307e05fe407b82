// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/impl/detail/net/address_range.ipp>
#include <posthorn/impl/guard/own_addresses.ipp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace posthorn {

namespace detail {

// The IANA special-purpose registry, and what it does not list: the WireServer of Azure (168.63.129.16),
// which answers from inside a virtual machine only. Blocks there that are globally reachable (AS112, AMT) are
// never a receiver of webhooks.
inline constexpr std::array<address_range, 19> blocked_ipv4{
    ipv4_range(0, 0, 0, 0, 8),       ipv4_range(10, 0, 0, 0, 8),       ipv4_range(100, 64, 0, 0, 10),
    ipv4_range(127, 0, 0, 0, 8),     ipv4_range(168, 63, 129, 16, 32), ipv4_range(169, 254, 0, 0, 16),
    ipv4_range(172, 16, 0, 0, 12),   ipv4_range(192, 0, 0, 0, 24),     ipv4_range(192, 0, 2, 0, 24),
    ipv4_range(192, 31, 196, 0, 24), ipv4_range(192, 52, 193, 0, 24),  ipv4_range(192, 88, 99, 0, 24),
    ipv4_range(192, 168, 0, 0, 16),  ipv4_range(192, 175, 48, 0, 24),  ipv4_range(198, 18, 0, 0, 15),
    ipv4_range(198, 51, 100, 0, 24), ipv4_range(203, 0, 113, 0, 24),   ipv4_range(224, 0, 0, 0, 4),
    ipv4_range(240, 0, 0, 0, 4)};

// Outside of 2000::/3 nothing is allocated but loopback, NAT64, discard, unique local, link-local, multicast.
inline constexpr address_range global_ipv6 = ipv6_range({0x2000}, 3);

// Within 2000::/3: Teredo, benchmarking, AMT and ORCHID together; documentation; 6to4; AS112; documentation.
inline constexpr std::array<address_range, 5> blocked_ipv6{
    ipv6_range({0x2001}, 23), ipv6_range({0x2001, 0xdb8}, 32), ipv6_range({0x2002}, 16),
    ipv6_range({0x2620, 0x4f, 0x8000}, 48), ipv6_range({0x3fff}, 20)};

inline constexpr address_range nat64_well_known = ipv6_range({0x64, 0xff9b}, 96);

// Where a translator's prefix may lie: the well-known one, the one for local use, unique local addresses.
// Public space is the fourth place.
inline constexpr std::array<address_range, 3> nat64_places{
    nat64_well_known, ipv6_range({0x64, 0xff9b, 1}, 48), ipv6_range({0xfc00}, 7)};

inline constexpr address_range mapped_ipv4 = ipv4_range(0, 0, 0, 0, 0);

// Metadata services of clouds that lie inside private ranges: Alibaba; Amazon's range for services of an
// instance; Google.
inline constexpr std::array<address_range, 3> private_metadata_ranges{
    ipv4_range(100, 100, 100, 200, 32), ipv6_range({0xfd00, 0xec2}, 32),
    ipv6_range({0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254}, 128)};

// What the Fetch standard calls bad ports, from 1024 on; below that only 80 and 443 are allowed anyway.
inline constexpr std::array<std::uint16_t, 19> bad_ports{1719, 1720, 1723, 2049, 3659, 4045, 4190,
                                                         5060, 5061, 6000, 6566, 6665, 6666, 6667,
                                                         6668, 6669, 6679, 6697, 10080};

inline constexpr std::array<std::string_view, 17> refused_names{
    "localhost", "local",   "internal", "home.arpa",   "test",         "invalid",
    "example",   "onion",   "lan",      "corp",        "in-addr.arpa", "ip6.arpa",
    "home",      "private", "intranet", "localdomain", "metadata.goog"};

// Of IPv4 in its mapped form, and of IPv6, by the tables alone.
[[nodiscard]] constexpr bool is_special_purpose(address_bits a) noexcept {
    if (mapped_ipv4.contains(a))
        return is_in_any(blocked_ipv4, a);
    return !global_ipv6.contains(a) || is_in_any(blocked_ipv6, a);
}

[[nodiscard]] constexpr bool overlaps_any(auto const& ranges, address_range const& with) noexcept {
    for (address_range const& r : ranges)
        if (r.contains(with) || with.contains(r))
            return true;
    return false;
}

[[nodiscard]] constexpr bool is_nat64_prefix(address_range const& prefix) noexcept {
    if (global_ipv6.contains(prefix))
        return !overlaps_any(blocked_ipv6, prefix);
    for (address_range const& place : nat64_places)
        if (place.contains(prefix))
            return !overlaps_any(private_metadata_ranges, prefix);
    return false;
}

POSTHORN_DECL bool is_public_port(std::uint16_t port) noexcept {
    if (port < 1024)
        return port == 80 || port == 443;
    return std::find(bad_ports.begin(), bad_ports.end(), port) == bad_ports.end();
}

POSTHORN_DECL bool is_name_within(std::string_view name, std::string_view suffix) noexcept {
    return name.ends_with(suffix) &&
           (name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.');
}

POSTHORN_DECL boost::asio::ip::address address_of(url const& endpoint) noexcept {
    boost::system::error_code ec;
    return boost::asio::ip::make_address(endpoint.host().c_str(), ec);
}

} // namespace detail

POSTHORN_DECL bool public_addresses::allows_endpoint(url const& endpoint) const noexcept {
    if (endpoint.is_address())
        return allows_address(detail::address_of(endpoint), endpoint.port());
    std::string_view const name = endpoint.host();
    auto const refused = [name](std::string_view suffix) { return detail::is_name_within(name, suffix); };
    // A name of one label is completed by the search list of the resolver.
    return detail::is_public_port(endpoint.port()) && name.find('.') != std::string_view::npos &&
           std::none_of(detail::refused_names.begin(), detail::refused_names.end(), refused);
}

POSTHORN_DECL public_addresses& public_addresses::decode_nat64() & {
    nat64_.push_back(detail::nat64_well_known);
    return *this;
}

POSTHORN_DECL result<void> public_addresses::decode_nat64(std::string_view prefix) {
    auto const network = detail::parse_network(prefix);
    if (!network || !detail::embedded_ipv4(*network, network->first))
        return make_error_code(boost::system::errc::invalid_argument);
    if (!detail::is_nat64_prefix(*network))
        return make_error_code(errc::blocked_address);
    nat64_.push_back(*network);
    return {};
}

POSTHORN_DECL bool public_addresses::allows_address(boost::asio::ip::address const& address,
                                                    std::uint16_t port) const noexcept {
    return detail::is_public_port(port) && is_public(detail::to_address_bits(address)) &&
           !own_.contains(address);
}

POSTHORN_DECL bool public_addresses::is_public(detail::address_bits a) const noexcept {
    bool decoded = false;
    for (auto const& prefix : nat64_)
        if (prefix.contains(a)) {
            auto const inside = detail::embedded_ipv4(prefix, a);
            if (!inside || detail::is_special_purpose(*inside) ||
                own_.contains(boost::asio::ip::address_v4(static_cast<std::uint32_t>(inside->low))))
                return false;
            decoded = true;
        }
    return decoded || !detail::is_special_purpose(a);
}

} // namespace posthorn
