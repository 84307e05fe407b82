// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/guard/public_addresses.hpp>

#include "../../support/reference_addresses.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace ip = boost::asio::ip;

using posthorn::test::address_of;
using posthorn::test::bit_string;
using posthorn::test::prefixes_of;
using posthorn::test::reference_allows;
using posthorn::test::reference_v4;
using posthorn::test::reference_v6;

// This machine's addresses are not the subject here, except where they are named.
posthorn::own_addresses machine_with(std::vector<ip::address> const& list) {
    return posthorn::own_addresses([list] { return list; });
}

posthorn::public_addresses const guard(machine_with({}));

// The same ranges as a tree that is walked bit by bit, for millions of addresses.
class prefix_tree {
  public:
    explicit prefix_tree(std::vector<bit_string> const& prefixes) {
        for (auto const& prefix : prefixes) {
            std::size_t at = 0;
            for (char const bit : prefix) {
                auto const side = static_cast<std::size_t>(bit - '0');
                if (nodes_[at].next[side] == 0) {
                    nodes_[at].next[side] = nodes_.size();
                    nodes_.emplace_back();
                }
                at = nodes_[at].next[side];
            }
            nodes_[at].ends = true;
        }
    }

    // Whether a prefix covers the number of `size` bytes.
    [[nodiscard]] bool covers(unsigned char const* bytes, std::size_t size) const {
        auto const* nodes = nodes_.data();
        std::size_t at = 0;
        for (std::size_t bit = 0; bit != size * 8; ++bit) {
            if (nodes[at].ends)
                return true;
            at = nodes[at].next[bytes[bit / 8] >> (7 - bit % 8) & 1];
            if (at == 0)
                return false;
        }
        return nodes[at].ends;
    }

  private:
    struct node {
        std::size_t next[2] = {0, 0};
        bool ends = false;
    };
    std::vector<node> nodes_ = std::vector<node>(1);
};

// Random words that cost nothing without optimisation (SplitMix64).
struct cheap_random {
    std::uint64_t operator()() noexcept {
        std::uint64_t z = state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }
    std::uint64_t state;
};

void write_word(std::uint64_t word, unsigned char* to) {
    for (int i = 7; i >= 0; --i, word >>= 8)
        to[i] = static_cast<unsigned char>(word & 0xff);
}

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

// Half of them IPv4; of the others, half close to a range: some leading bits of it, random ones behind.
BOOST_AUTO_TEST_CASE(agrees_with_the_reference_on_ten_million_addresses) {
    prefix_tree const blocked_v4(reference_v4);
    prefix_tree const blocked_v6(reference_v6);
    prefix_tree const open_v6(prefixes_of({"2000::/3"}));
    prefix_tree const mapped(prefixes_of({"::ffff:0:0/96"}));
    std::vector<std::array<std::uint64_t, 2>> starts;
    auto near = prefixes_of({"::ffff:0:0/96"});
    near.insert(near.end(), reference_v6.begin(), reference_v6.end());
    for (auto const& prefix : near) {
        auto& words = starts.emplace_back();
        for (std::size_t i = 0; i != prefix.size(); ++i)
            words[i / 64] |= std::uint64_t{prefix[i] == '1' ? 1U : 0U} << (63 - i % 64);
    }
    cheap_random random{20261127};
    std::uint64_t differences = 0;
    std::array<std::uint64_t, 2> answers{};
    for (int i = 0; i != 5'000'000; ++i) {
        auto const word = random();
        auto const quad = static_cast<std::uint32_t>(word);
        unsigned char const four[] = {
            static_cast<unsigned char>(quad >> 24), static_cast<unsigned char>(quad >> 16),
            static_cast<unsigned char>(quad >> 8), static_cast<unsigned char>(quad)};
        bool const open = !blocked_v4.covers(four, 4);
        differences += guard.allows_address(ip::address_v4(quad), 443) == open ? 0 : 1;
        ++answers[open ? 1 : 0];

        std::uint64_t high = random();
        std::uint64_t low = random();
        if (i % 2 == 0) {
            auto const& start = starts[(word >> 32) % starts.size()];
            auto const kept = static_cast<unsigned>(word >> 50) % 129;
            auto const mask_high = kept >= 64 ? 0 : ~std::uint64_t{0} >> kept;
            auto const mask_low = kept <= 64    ? ~std::uint64_t{0}
                                  : kept == 128 ? 0
                                                : ~std::uint64_t{0} >> (kept - 64);
            high = (start[0] & ~mask_high) | (high & mask_high);
            low = (start[1] & ~mask_low) | (low & mask_low);
        }
        ip::address_v6::bytes_type bytes;
        write_word(high, bytes.data());
        write_word(low, bytes.data() + 8);
        bool const open6 = mapped.covers(bytes.data(), 16)
                               ? !blocked_v4.covers(bytes.data() + 12, 4)
                               : open_v6.covers(bytes.data(), 16) && !blocked_v6.covers(bytes.data(), 16);
        differences += guard.allows_address(ip::address_v6(bytes), 443) == open6 ? 0 : 1;
        ++answers[open6 ? 1 : 0];
    }
    BOOST_TEST(differences == 0U);
    BOOST_TEST(answers[0] > 1'000'000U);
    BOOST_TEST(answers[1] > 1'000'000U);
}

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_on_addresses_beside_the_ranges) {
    std::mt19937_64 random(20260902);
    auto const coin = [&random] { return random() % 2 == 0 ? '0' : '1'; };
    bit_string const mapped = bit_string(80, '0') + bit_string(16, '1');
    std::array<std::size_t, 2> answers{};
    for (int i = 0; i != 20'000; ++i) {
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
    BOOST_TEST(answers[0] > 4'000U);
    BOOST_TEST(answers[1] > 4'000U);
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

BOOST_AUTO_TEST_CASE(refuses_what_listens_on_this_machine) {
    posthorn::public_addresses const here(
        machine_with({ip::make_address("93.184.216.34"), ip::make_address("2606:2800:220:1::1")}));
    for (auto const* text : {"93.184.216.34", "::ffff:93.184.216.34", "2606:2800:220:1::1"})
        BOOST_TEST(!here.allows_address(ip::make_address(text), 443), text);
    for (auto const* text : {"93.184.216.35", "2606:2800:220:1::2"})
        BOOST_TEST(here.allows_address(ip::make_address(text), 443), text);
    BOOST_TEST(!here.allows_endpoint(posthorn::parse_url("https://93.184.216.34/").value()));
    BOOST_TEST(here.allows_endpoint(posthorn::parse_url("https://hooks.example.com/").value()));
    // Nothing is known of the machine: nothing may be it.
    posthorn::public_addresses const blind(
        posthorn::own_addresses([]() -> posthorn::result<std::vector<ip::address>> {
            return make_error_code(boost::system::errc::too_many_files_open);
        }));
    BOOST_TEST(!blind.allows_address(ip::make_address("93.184.216.34"), 443));
}

BOOST_AUTO_TEST_CASE(is_told_when_to_look_at_this_machine_again) {
    auto const list = std::make_shared<std::vector<ip::address>>();
    posthorn::public_addresses const here(posthorn::own_addresses([list] { return *list; }));
    here.refresh(posthorn::steady_time(std::chrono::seconds(0)));
    BOOST_TEST(here.allows_address(ip::make_address("93.184.216.34"), 443));
    list->push_back(ip::make_address("93.184.216.34"));
    here.refresh(posthorn::steady_time(std::chrono::seconds(30)));
    BOOST_TEST(!here.allows_address(ip::make_address("93.184.216.34"), 443));
}

// The table of RFC 6052, section 2.4.
BOOST_AUTO_TEST_CASE(finds_the_address_in_each_layout_of_a_translator) {
    using posthorn::detail::embedded_ipv4;
    using posthorn::detail::parse_network;
    using posthorn::detail::to_address_bits;
    auto const inside = to_address_bits(ip::make_address("192.0.2.33"));
    for (auto const& [prefix, address] : std::vector<std::pair<std::string, std::string>>{
             {"2001:db8::/32", "2001:db8:c000:221::"},
             {"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
             {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
             {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
             {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
             {"2001:db8:122:344::/96", "2001:db8:122:344::c000:221"}}) {
        auto const network = parse_network(prefix).value();
        auto const bits = to_address_bits(ip::make_address(address));
        auto const found = embedded_ipv4(network, bits);
        BOOST_TEST_REQUIRE(found.has_value(), prefix);
        BOOST_TEST((*found == inside), prefix);
        // Bits 64 to 71, and what stands behind the address, are zero.
        auto strange = bits;
        strange.low |= std::uint64_t{1} << 56;
        BOOST_TEST(!embedded_ipv4(network, strange).has_value(), prefix);
        if (network.length != 96) {
            strange = bits;
            strange.low |= 1;
            BOOST_TEST(!embedded_ipv4(network, strange).has_value(), prefix);
        }
    }
    BOOST_TEST(!embedded_ipv4(parse_network("2001:db8::/33").value(), inside).has_value());
}

BOOST_AUTO_TEST_CASE(judges_what_a_translator_makes_only_if_it_is_told_to) {
    auto const decoding = [] {
        posthorn::public_addresses made(machine_with({ip::make_address("93.184.216.34")}));
        made.decode_nat64();
        BOOST_TEST(made.decode_nat64("64:ff9b:1:2:3::/96").has_value());
        BOOST_TEST(made.decode_nat64("2606:4700:64::/48").has_value());
        BOOST_TEST(made.decode_nat64("fd00:64::/32").has_value());
        return made;
    }();
    auto const allows_it = [](auto const& of, char const* text) {
        return of.allows_address(ip::make_address(text), 443);
    };
    for (auto const* text :
         {"64:ff9b::808:808", "64:ff9b:1:2:3::808:808", "2606:4700:64:808:8:800::", "fd00:64:808:808::"})
        BOOST_TEST(allows_it(decoding, text), text);
    // Private, link-local, this machine, no layout of a translator, beside the prefix.
    for (auto const* text :
         {"64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::93.184.216.34",
          "64:ff9b:1:2:3::127.0.0.1", "2606:4700:64:a00:0:100::", "2606:4700:64:7f00:0:100::",
          "2606:4700:64:808:108:800::", "2606:4700:64:808:8:800:0:1", "fd00:64:a00:1::", "fd00:64:808:808::1",
          "fd00:65:808:808::", "64:ff9b:1:2:4::808:808", "64:ff9b:0:0:0:1:808:808"})
        BOOST_TEST(!allows_it(decoding, text), text);
    for (auto const* text : {"64:ff9b::808:808", "64:ff9b:1:2:3::808:808", "fd00:64:808:808::"})
        BOOST_TEST(!allows_it(guard, text), text);
    BOOST_TEST(allows_it(posthorn::public_addresses(machine_with({})).decode_nat64(), "64:ff9b::808:808"));
    BOOST_TEST(allows_it(decoding, "2606:4700:4700::1111"));
    BOOST_TEST(!decoding.allows_address(ip::make_address("64:ff9b::808:808"), 22));
}

// The embedded address is judged by the table of IPv4, whatever it is.
BOOST_AUTO_TEST_CASE(judges_translated_addresses_as_those_in_them) {
    auto const decoding = posthorn::public_addresses(machine_with({})).decode_nat64();
    cheap_random random{6052};
    unsigned differences = 0;
    for (auto const& prefix : reference_v4)
        for (int i = 0; i != 100; ++i) {
            auto quad = static_cast<std::uint32_t>(random());
            if (i % 2 == 0)
                for (std::size_t bit = 0; bit != prefix.size(); ++bit) {
                    auto const one = std::uint32_t{1} << (31 - bit);
                    quad = prefix[bit] == '1' ? quad | one : quad & ~one;
                }
            ip::address_v4 const plain(quad);
            auto const translated = ip::make_address("64:ff9b::" + plain.to_string());
            differences +=
                decoding.allows_address(translated, 443) == guard.allows_address(plain, 443) ? 0 : 1;
        }
    BOOST_TEST(differences == 0U);
}

BOOST_AUTO_TEST_CASE(refuses_prefixes_that_no_translator_has) {
    posthorn::public_addresses made(machine_with({}));
    for (auto const* text : {"", "64:ff9b::", "64:ff9b::/95", "64:ff9b::/97", "2606:4700::/33", "10.0.0.0/8",
                             "2606:4700:1::/32", "2606:4700:0:0:100::/96", "::ffff:0:0/97"}) {
        auto const told = made.decode_nat64(text);
        BOOST_TEST_REQUIRE(told.has_error(), text);
        BOOST_TEST((told.error() == boost::system::errc::invalid_argument), text);
    }
    for (auto const* text : {"::ffff:0:0/96", "::/96", "::/32", "2002::/32", "2001::/32", "2001:db8::/96",
                             "fe80::/64", "ff00::/32", "fd00:ec2::/32", "fd00:ec2:1::/96", "4000::/32",
                             "100::/64", "64:ff9b::/32", "64:ff9b::/48", "64:ff9b:2::/96"}) {
        auto const told = made.decode_nat64(text);
        BOOST_TEST_REQUIRE(told.has_error(), text);
        BOOST_TEST((told.error() == posthorn::errc::blocked_address), text);
    }
    BOOST_TEST(!made.allows_address(ip::make_address("64:ff9b::808:808"), 443));
}

BOOST_AUTO_TEST_SUITE_END()
