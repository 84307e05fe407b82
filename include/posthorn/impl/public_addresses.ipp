// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/guard/public_addresses.hpp>

#include <algorithm>

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

inline constexpr address_range mapped_ipv4 = ipv4_range(0, 0, 0, 0, 0);

// What the Fetch standard calls bad ports, from 1024 on; below that only 80 and 443 are allowed anyway.
inline constexpr std::array<std::uint16_t, 19> bad_ports{1719, 1720, 1723, 2049, 3659, 4045, 4190,
                                                         5060, 5061, 6000, 6566, 6665, 6666, 6667,
                                                         6668, 6669, 6679, 6697, 10080};

inline constexpr std::array<std::string_view, 17> refused_names{
    "localhost", "local",   "internal", "home.arpa",   "test",         "invalid",
    "example",   "onion",   "lan",      "corp",        "in-addr.arpa", "ip6.arpa",
    "home",      "private", "intranet", "localdomain", "metadata.goog"};

[[nodiscard]] inline bool is_in_any(auto const& ranges, address_bits a) noexcept {
    return std::any_of(ranges.begin(), ranges.end(), [a](address_range const& r) { return r.contains(a); });
}

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

POSTHORN_DECL bool public_addresses::allows_address(boost::asio::ip::address const& address,
                                                    std::uint16_t port) const noexcept {
    auto const bits = detail::to_address_bits(address);
    if (!detail::is_public_port(port))
        return false;
    if (detail::mapped_ipv4.contains(bits))
        return !detail::is_in_any(detail::blocked_ipv4, bits);
    return detail::global_ipv6.contains(bits) && !detail::is_in_any(detail::blocked_ipv6, bits);
}

} // namespace posthorn
