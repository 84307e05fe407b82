// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/guard/public_addresses.hpp>

#include "../../support/reference_addresses.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ip = boost::asio::ip;

using posthorn::test::address_of;
using posthorn::test::bit_string;
using posthorn::test::bits_of;
using posthorn::test::prefixes_of;
using posthorn::test::reference_allows;
using posthorn::test::reference_v4;
using posthorn::test::reference_v6;

posthorn::public_addresses const guard;

bool agrees(bit_string const& bits) {
    return guard.allows_address(address_of(bits), 443) == reference_allows(bits);
}

// The neighbour `step` (-1 or 1) beside it; wraps at the ends.
bit_string neighbour(bit_string bits, int step) {
    auto const full = step > 0 ? '1' : '0';
    for (auto at = bits.rbegin(); at != bits.rend(); ++at) {
        bool const carry = *at == full;
        *at = *at == '1' ? '0' : '1';
        if (!carry)
            break;
    }
    return bits;
}

bool allows(std::string_view text) {
    return guard.allows_endpoint(posthorn::parse_url(text).value());
}

} // namespace

BOOST_AUTO_TEST_SUITE(guard_public_addresses)

BOOST_AUTO_TEST_CASE(both_edges_of_every_range_are_refused_and_their_neighbours_are_as_the_reference_says) {
    for (std::size_t const size : {32U, 128U}) {
        for (auto const& prefix : size == 32 ? reference_v4 : reference_v6) {
            auto const first = prefix + bit_string(size - prefix.size(), '0');
            auto const last = prefix + bit_string(size - prefix.size(), '1');
            BOOST_TEST_CONTEXT(address_of(first) << " to " << address_of(last)) {
                BOOST_TEST(!guard.allows_address(address_of(first), 443));
                BOOST_TEST(!guard.allows_address(address_of(last), 443));
                BOOST_TEST(agrees(neighbour(first, -1)));
                BOOST_TEST(agrees(neighbour(last, 1)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_on_random_addresses) {
    std::mt19937_64 random(20260902);
    auto const coin = [&random] { return random() % 2 == 0 ? '0' : '1'; };
    bit_string const mapped = bit_string(80, '0') + bit_string(16, '1');
    std::array<std::size_t, 2> answers{};
    for (int i = 0; i != 200'000; ++i) {
        std::size_t const size = random() % 2 == 0 ? 32 : 128;
        auto const& ranges = size == 32 ? reference_v4 : reference_v6;
        bit_string bits;
        // Half of them start like a blocked range, some with one bit of its prefix turned.
        if (random() % 2 == 0) {
            bits = ranges[random() % ranges.size()];
            if (auto& bit = bits[random() % bits.size()]; random() % 2 == 0)
                bit = bit == '1' ? '0' : '1';
        } else if (size == 128 && random() % 2 == 0) {
            bits = "001";
        }
        // Half of the tails are an edge.
        auto const tail = coin();
        bool const edge = random() % 2 == 0;
        while (bits.size() < size)
            bits.push_back(edge ? tail : coin());
        if (random() % 4 == 0)
            bits = neighbour(bits, random() % 2 == 0 ? 1 : -1);
        if (size == 32 && random() % 2 == 0)
            bits = mapped + bits;
        ++answers[reference_allows(bits) ? 1 : 0];
        if (!agrees(bits))
            BOOST_TEST(agrees(bits), address_of(bits));
    }
    BOOST_TEST(answers[0] > 40'000U);
    BOOST_TEST(answers[1] > 40'000U);
}

BOOST_AUTO_TEST_CASE(knows_the_addresses_that_other_guards_forget) {
    for (std::string_view const text :
         {"168.63.129.16", "100.100.100.200", "192.0.0.192", "::127.0.0.1", "::ffff:0:127.0.0.1",
          "64:ff9b::808:808", "2002:a9fe:a9fe::1", "fd00:ec2::254", "fd20:ce::254", "4000::1", "fe80::1%1"})
        BOOST_TEST(!guard.allows_address(ip::make_address(std::string(text)), 443), text);
    for (std::string_view const text : {"8.8.8.8", "::ffff:8.8.8.8", "2606:4700:4700::1111", "168.63.129.17"})
        BOOST_TEST(guard.allows_address(ip::make_address(std::string(text)), 443), text);
}

BOOST_AUTO_TEST_CASE(allows_exactly_the_ports_for_http) {
    std::set<unsigned> const bad{1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000,
                                 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080};
    auto const address = ip::make_address("93.184.216.34");
    unsigned differences = 0;
    for (unsigned port = 0; port != 65536; ++port) {
        bool const expected = port == 80 || port == 443 || (port >= 1024 && !bad.contains(port));
        auto const number = static_cast<std::uint16_t>(port);
        if (guard.allows_address(address, number) != expected)
            ++differences;
        if (port != 0 && allows("https://example.com:" + std::to_string(port) + '/') != expected)
            ++differences;
    }
    BOOST_TEST(differences == 0U);
}

BOOST_AUTO_TEST_CASE(refuses_names_that_are_not_public) {
    for (std::string_view const name :
         {"localhost", "local", "internal", "home.arpa", "test", "invalid", "example", "onion", "lan", "corp",
          "in-addr.arpa", "ip6.arpa", "home", "private", "intranet", "localdomain", "metadata.goog"}) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(!allows("https://" + std::string(name) + '/'));
            BOOST_TEST(!allows("https://a." + std::string(name) + '/'));
            BOOST_TEST(!allows("https://B.a." + std::string(name) + "./"));
            // The boundary is a label, not a letter.
            BOOST_TEST(allows("https://a.b" + std::string(name) + '/'));
            BOOST_TEST(allows("https://" + std::string(name) + ".com/"));
        }
    }
    BOOST_TEST(!allows("https://kubernetes/"));
    BOOST_TEST(!allows("https://kubernetes./"));
    BOOST_TEST(allows("https://hooks.example.com/"));
    BOOST_TEST(allows("http://_a.example.com/"));
}

BOOST_AUTO_TEST_CASE(checks_an_address_in_the_url_as_an_address) {
    BOOST_TEST(allows("https://93.184.216.34/"));
    BOOST_TEST(allows("https://[2606:4700:4700::1111]:8443/"));
    BOOST_TEST(!allows("https://93.184.216.34:22/"));
    BOOST_TEST(!allows("https://10.0.0.1/"));
    BOOST_TEST(!allows("https://[::ffff:10.0.0.1]/"));
    BOOST_TEST(!allows("https://[::1]:8080/"));
}

BOOST_AUTO_TEST_SUITE_END()
