// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/guard/public_addresses.hpp>

#include "../support/reference_addresses.hpp"
#include "require.hpp"

#include <string>
#include <vector>

// An address, 4 or 16 bytes, or 12 zero or NAT bytes before 4: the guard agrees with the slow reference.

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace posthorn;
    if (size < 5)
        return 0;
    test::bit_string bits;
    auto const wanted = data[0] % 2 == 0 ? 32U : 128U;
    for (std::size_t i = 1; bits.size() != wanted; i = i + 1 == size ? 1 : i + 1)
        for (int bit = 7; bit >= 0; --bit)
            bits.push_back((data[i] >> bit & 1) != 0 ? '1' : '0');
    // A range, or one that differs from it in one bit, is met more often than by chance.
    auto const& ranges = wanted == 32 ? test::reference_v4 : test::reference_v6;
    if ((data[0] & 2) != 0) {
        auto const& range = ranges[(data[0] >> 2) % ranges.size()];
        bits.replace(0, range.size(), range);
        if (data[1] < 128)
            bits[data[1] % wanted] ^= 1;
    }
    auto const address = test::address_of(bits);
    // This machine's own addresses are not the subject.
    static public_addresses const guard(
        own_addresses([] { return std::vector<boost::asio::ip::address>(); }));
    bool const allowed = guard.allows_address(address, 443);
    fuzz::require(allowed == test::reference_allows(bits), "the guard and the reference differ");
    fuzz::require(!guard.allows_address(address, 22), "a port of another protocol is allowed");
    // An IPv4 address inside an IPv6 one is the same address.
    if (address.is_v4()) {
        auto const mapped = boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4());
        fuzz::require(guard.allows_address(mapped, 443) == allowed, "a mapped address is another one");
    }
    return 0;
}
