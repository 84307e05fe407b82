// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What public_addresses must say, slowly: addresses as strings of '0' and '1', ranges as prefixes of them.
// IPv6 ranges are written out in full here, also those which the guard covers by its rule for 2000::/3.
namespace posthorn::test {

using bit_string = std::string;

inline bit_string bits_of(boost::asio::ip::address const& address) {
    bit_string bits;
    auto const append = [&bits](auto const& bytes) {
        for (auto const byte : bytes)
            for (int i = 7; i >= 0; --i)
                bits.push_back((byte >> i & 1) != 0 ? '1' : '0');
    };
    if (address.is_v4())
        append(address.to_v4().to_bytes());
    else
        append(address.to_v6().to_bytes());
    return bits;
}

inline boost::asio::ip::address address_of(bit_string const& bits) {
    auto const fill = [&bits](auto& bytes) {
        for (std::size_t i = 0; i != bits.size(); ++i)
            bytes[i / 8] = static_cast<unsigned char>(bytes[i / 8] << 1 | (bits[i] == '1' ? 1 : 0));
    };
    if (bits.size() == 32) {
        boost::asio::ip::address_v4::bytes_type bytes{};
        fill(bytes);
        return boost::asio::ip::address_v4(bytes);
    }
    boost::asio::ip::address_v6::bytes_type bytes{};
    fill(bytes);
    return boost::asio::ip::address_v6(bytes);
}

inline std::vector<bit_string> prefixes_of(std::vector<std::string_view> const& ranges) {
    std::vector<bit_string> prefixes;
    for (auto const range : ranges) {
        auto const slash = range.find('/');
        auto const bits = bits_of(boost::asio::ip::make_address(std::string(range.substr(0, slash))));
        prefixes.push_back(bits.substr(0, std::stoul(std::string(range.substr(slash + 1)))));
    }
    return prefixes;
}

inline std::vector<bit_string> const reference_v4 =
    prefixes_of({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
                 "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
                 "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
                 "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"});

inline std::vector<bit_string> const reference_v6 =
    prefixes_of({"::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64",
                 "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16",
                 "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"});

inline bool reference_allows(bit_string const& bits) {
    static bit_string const mapped = bit_string(80, '0') + bit_string(16, '1');
    if (bits.size() == 128 && bits.starts_with(mapped))
        return reference_allows(bits.substr(96));
    auto const& blocked = bits.size() == 32 ? reference_v4 : reference_v6;
    for (auto const& prefix : blocked)
        if (bits.starts_with(prefix))
            return false;
    return bits.size() == 32 || bits.starts_with("001");
}

} // namespace posthorn::test
