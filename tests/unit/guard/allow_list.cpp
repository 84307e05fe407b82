// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/guard/allow_list.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using posthorn::allow_list;

bool allows(allow_list const& guard, std::string_view text) {
    return guard.allows_endpoint(posthorn::parse_url(text).value());
}

bool allows(allow_list const& guard, std::string_view address, std::uint16_t port) {
    return guard.allows_address(boost::asio::ip::make_address(std::string(address)), port);
}

posthorn::own_addresses machine_with(std::vector<boost::asio::ip::address> const& list) {
    return posthorn::own_addresses([list] { return list; });
}

allow_list on_machine(std::vector<std::string> const& texts) {
    std::vector<boost::asio::ip::address> list;
    for (auto const& t : texts)
        list.push_back(boost::asio::ip::make_address(t));
    return allow_list(posthorn::public_addresses(machine_with(list)));
}

} // namespace

static_assert(std::is_same_v<decltype(allow_list{}.allow_loopback(1)), allow_list&&>);

BOOST_AUTO_TEST_SUITE(guard_allow_list)

BOOST_AUTO_TEST_CASE(is_public_addresses_as_long_as_nothing_is_opened) {
    allow_list const guard;
    BOOST_TEST(allows(guard, "https://hooks.example.com/"));
    BOOST_TEST(allows(guard, "https://93.184.216.34/"));
    BOOST_TEST(allows(guard, "93.184.216.34", 8443));
    BOOST_TEST(!allows(guard, "http://localhost:8080/"));
    BOOST_TEST(!allows(guard, "http://127.0.0.1:8080/"));
    BOOST_TEST(!allows(guard, "http://printer.lan/"));
    BOOST_TEST(!allows(guard, "https://hooks.example.com:22/"));
    BOOST_TEST(!allows(guard, "93.184.216.34", 22));
    BOOST_TEST(!allows(guard, "127.0.0.1", 8080));
    BOOST_TEST(!allows(guard, "10.0.0.1", 443));
}

BOOST_AUTO_TEST_CASE(opens_loopback_at_exactly_the_port) {
    auto const guard = allow_list{}.allow_loopback(8080).allow_loopback(22);
    for (std::string_view const text :
         {"http://localhost:8080/", "http://localhost:22/", "https://a.localhost:8080/",
          "http://LOCALHOST.:8080/", "http://127.0.0.1:8080/", "http://127.1.2.3:22/", "http://[::1]:8080/",
          "http://[::ffff:127.0.0.1]:8080/"})
        BOOST_TEST(allows(guard, text), text);
    for (std::string_view const text :
         {"http://localhost/", "http://localhost:8081/", "http://notlocalhost:8080/",
          "http://localhost.lan:8080/", "http://127.0.0.1/", "http://127.0.0.1:8081/", "http://[::1]/",
          "http://[::2]:8080/", "http://[::127.0.0.1]:8080/", "http://[64:ff9b::7f00:1]:8080/",
          "http://0.0.0.0:8080/", "http://[::]:8080/", "http://10.0.0.1:8080/",
          "http://169.254.169.254:8080/", "http://hooks.example.com:22/", "http://93.184.216.34:22/"})
        BOOST_TEST(!allows(guard, text), text);
    BOOST_TEST(allows(guard, "127.0.0.1", 8080));
    BOOST_TEST(allows(guard, "127.255.255.255", 22));
    BOOST_TEST(allows(guard, "::1", 8080));
    BOOST_TEST(!allows(guard, "127.0.0.1", 8081));
    BOOST_TEST(!allows(guard, "128.0.0.1", 22));
    BOOST_TEST(!allows(guard, "126.255.255.255", 22));
}

BOOST_AUTO_TEST_CASE(an_opened_port_changes_nothing_for_the_public) {
    auto const guard = allow_list{}.allow_loopback(8080);
    BOOST_TEST(allows(guard, "https://hooks.example.com/"));
    BOOST_TEST(allows(guard, "93.184.216.34", 443));
    BOOST_TEST(!allows(guard, "10.0.0.1", 8080));
}

BOOST_AUTO_TEST_CASE(opens_a_private_network) {
    allow_list guard;
    BOOST_TEST(guard.allow_network("10.20.0.0/16").has_value());
    BOOST_TEST(guard.allow_network("fd12:3456::/32").has_value());
    BOOST_TEST(allows(guard, "10.20.0.0", 443));
    BOOST_TEST(allows(guard, "10.20.255.255", 8080));
    BOOST_TEST(allows(guard, "::ffff:10.20.3.4", 443));
    BOOST_TEST(allows(guard, "fd12:3456:ffff::1", 443));
    BOOST_TEST(allows(guard, "http://10.20.3.4:8080/"));
    BOOST_TEST(!allows(guard, "10.19.255.255", 443));
    BOOST_TEST(!allows(guard, "10.21.0.0", 443));
    BOOST_TEST(!allows(guard, "fd12:3457::1", 443));
    BOOST_TEST(!allows(guard, "10.20.3.4", 22));
    BOOST_TEST(!allows(guard, "127.0.0.1", 443));
    BOOST_TEST(!allows(guard, "http://printer.lan/"));
}

BOOST_AUTO_TEST_CASE(never_opens_metadata_services) {
    allow_list guard;
    BOOST_TEST(guard.allow_network("100.64.0.0/10").has_value());
    BOOST_TEST(guard.allow_network("fc00::/7").has_value());
    BOOST_TEST(guard.allow_network("fd00:ec2::254/128").has_value());
    BOOST_TEST(allows(guard, "100.100.100.199", 80));
    BOOST_TEST(!allows(guard, "100.100.100.200", 80));
    BOOST_TEST(allows(guard, "100.100.100.201", 80));
    BOOST_TEST(!allows(guard, "fd00:ec2::254", 80));
    BOOST_TEST(!allows(guard, "fd00:ec2::23", 80));
    BOOST_TEST(!allows(guard, "fd00:ec2:ffff::1", 80));
    BOOST_TEST(allows(guard, "fd00:ec3::254", 80));
    BOOST_TEST(!allows(guard, "fd20:ce::254", 80));
    BOOST_TEST(allows(guard, "fd20:ce::255", 80));
    BOOST_TEST(!allows(guard, "http://[fd00:ec2::254]/"));
}

BOOST_AUTO_TEST_CASE(opens_whole_private_ranges_but_nothing_wider) {
    for (std::string_view const cidr : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                                        "fc00::/7", "192.168.1.1/32", "fd00::1/128", "::ffff:10.0.0.0/104"}) {
        allow_list guard;
        BOOST_TEST(guard.allow_network(cidr).has_value(), cidr);
    }
    for (std::string_view const cidr :
         {"0.0.0.0/0",    "10.0.0.0/7",       "192.168.0.0/15", "fc00::/6",       "::/0",
          "8.0.0.0/6",    "172.0.0.0/8",      "192.0.0.0/8",    "100.0.0.0/8",    "f000::/4",
          "127.0.0.0/8",  "127.0.0.1/32",     "::1/128",        "169.254.0.0/16", "169.254.169.254/32",
          "fe80::/10",    "168.63.129.16/32", "224.0.0.0/4",    "198.18.0.0/15",  "93.184.216.34/32",
          "64:ff9b::/96", "0.0.0.0/8"}) {
        allow_list guard;
        auto const opened = guard.allow_network(cidr);
        BOOST_TEST_CONTEXT(cidr) {
            BOOST_TEST_REQUIRE(opened.has_error());
            BOOST_TEST((opened.error() == posthorn::errc::blocked_address));
        }
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_network) {
    for (std::string_view const cidr : {std::string_view(""),
                                        std::string_view("/"),
                                        std::string_view("10.0.0.0"),
                                        std::string_view("10.0.0.0/"),
                                        std::string_view("10.0.0.0/33"),
                                        std::string_view("10.0.0.0/08"),
                                        std::string_view("10.0.0.0/+8"),
                                        std::string_view("10.0.0.0/-8"),
                                        std::string_view("10.0.0.0/8 "),
                                        std::string_view(" 10.0.0.0/8"),
                                        std::string_view("10.0.0.0/8/8"),
                                        std::string_view("10/8"),
                                        std::string_view("10.1.0.0/8"),
                                        std::string_view("10.0.0.1/31"),
                                        std::string_view("fc00::/129"),
                                        std::string_view("fd00::1/64"),
                                        std::string_view("fd00::1/63"),
                                        std::string_view("fd00:0:0:1::/63"),
                                        std::string_view("fd00::%1/64"),
                                        std::string_view("010.0.0.0/8"),
                                        std::string_view("10.0.0.0/4294967304"),
                                        std::string_view("10.0.0.0\0/8", 11),
                                        std::string_view("private/8")}) {
        allow_list guard;
        auto const opened = guard.allow_network(cidr);
        BOOST_TEST_CONTEXT(cidr) {
            BOOST_TEST_REQUIRE(opened.has_error());
            BOOST_TEST((opened.error() == boost::system::errc::invalid_argument));
            BOOST_TEST(!allows(guard, "10.0.0.1", 443));
        }
    }
}

BOOST_AUTO_TEST_CASE(opens_one_metadata_service_at_exactly_the_port) {
    allow_list guard;
    for (std::string_view const address : {"169.254.169.254", "fd00:ec2::254", "fd20:ce::254", "fe80::a9fe",
                                           "168.63.129.16", "192.0.0.192", "100.100.100.200"}) {
        BOOST_TEST(!allows(guard, address, 80), address);
        BOOST_TEST(guard.allow_metadata(address, 80).has_value(), address);
        BOOST_TEST(allows(guard, address, 80), address);
        BOOST_TEST(!allows(guard, address, 443), address);
        BOOST_TEST(!allows(guard, address, 8080), address);
    }
    BOOST_TEST(allows(guard, "http://169.254.169.254/"));
    BOOST_TEST(allows(guard, "http://[fd00:ec2::254]/"));
    for (std::string_view const address : {"169.254.169.253", "169.254.170.2", "fd00:ec2::253", "fe80::a9ff",
                                           "192.0.0.191", "10.0.0.1", "127.0.0.1"})
        BOOST_TEST(!allows(guard, address, 80), address);
    BOOST_TEST(!allows(guard, "http://metadata.google.internal/"));
    BOOST_TEST(!allows(guard, "http://metadata/"));
}

BOOST_AUTO_TEST_CASE(opens_nothing_else_as_metadata) {
    for (std::string_view const address : {"10.0.0.1", "127.0.0.1", "::1", "0.0.0.0", "93.184.216.34",
                                           "fd00::1", "224.0.0.1", "192.0.0.191"}) {
        allow_list guard;
        auto const opened = guard.allow_metadata(address, 80);
        BOOST_TEST_REQUIRE(opened.has_error(), address);
        BOOST_TEST((opened.error() == posthorn::errc::blocked_address), address);
    }
    for (std::string_view const address :
         {"", "169.254.169", "fe80::1%1", "169.254.169.254/32", "metadata"}) {
        allow_list guard;
        auto const opened = guard.allow_metadata(address, 80);
        BOOST_TEST_REQUIRE(opened.has_error(), address);
        BOOST_TEST((opened.error() == boost::system::errc::invalid_argument), address);
    }
}

BOOST_AUTO_TEST_CASE(opens_one_port_of_an_own_public_address) {
    auto guard = on_machine({"93.184.216.34", "2606:2800:220:1::1"});
    BOOST_TEST(!allows(guard, "93.184.216.34", 443));
    BOOST_TEST(!allows(guard, "2606:2800:220:1::1", 443));
    BOOST_TEST(guard.allow_own_address("93.184.216.34", 8443).has_value());
    BOOST_TEST(allows(guard, "93.184.216.34", 8443));
    BOOST_TEST(allows(guard, "::ffff:93.184.216.34", 8443));
    BOOST_TEST(!allows(guard, "93.184.216.34", 443));
    BOOST_TEST(!allows(guard, "2606:2800:220:1::1", 8443));
    BOOST_TEST(allows(guard, "93.184.216.35", 443));
    for (std::string_view const address :
         {"10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "64:ff9b::808:808"}) {
        auto const opened = guard.allow_own_address(address, 443);
        BOOST_TEST_REQUIRE(opened.has_error(), address);
        BOOST_TEST((opened.error() == posthorn::errc::blocked_address), address);
        BOOST_TEST(!allows(guard, address, 443), address);
    }
    BOOST_TEST(
        (guard.allow_own_address("this machine", 443).error() == boost::system::errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(refuses_the_port_of_the_host_itself_whatever_is_opened) {
    auto guard = on_machine({"10.20.0.5", "93.184.216.34"}).allow_loopback(8080).allow_loopback(9000);
    BOOST_TEST(guard.allow_network("10.20.0.0/16").has_value());
    BOOST_TEST(guard.allow_own_address("93.184.216.34", 8080).has_value());
    for (std::string_view const text :
         {"http://127.0.0.1:8080/", "http://localhost:8080/", "http://[::1]:8080/", "http://10.20.0.5:8080/",
          "http://93.184.216.34:8080/"})
        BOOST_TEST(allows(guard, text), text);
    guard.refuse_own_port(8080);
    for (std::string_view const text :
         {"http://127.0.0.1:8080/", "http://127.9.9.9:8080/", "http://localhost:8080/",
          "http://a.localhost:8080/", "http://[::1]:8080/", "http://10.20.0.5:8080/",
          "http://[::ffff:10.20.0.5]:8080/", "http://93.184.216.34:8080/"})
        BOOST_TEST(!allows(guard, text), text);
    // Other ports of this machine, and this port of others.
    for (std::string_view const text :
         {"http://127.0.0.1:9000/", "http://localhost:9000/", "http://10.20.0.5:9000/",
          "http://10.20.0.6:8080/", "http://93.184.216.35:8080/"})
        BOOST_TEST(allows(guard, text), text);
}

BOOST_AUTO_TEST_CASE(stands_on_the_guard_that_it_was_given) {
    allow_list guard(posthorn::public_addresses(machine_with({})).decode_nat64());
    BOOST_TEST(guard.allow_network("10.0.0.0/8").has_value());
    BOOST_TEST(allows(guard, "64:ff9b::808:808", 443));
    // What is opened is the address itself, not what a translator makes of it.
    BOOST_TEST(allows(guard, "10.0.0.1", 443));
    BOOST_TEST(!allows(guard, "64:ff9b::10.0.0.1", 443));
    BOOST_TEST(!allows(allow_list(), "64:ff9b::808:808", 443));
}

BOOST_AUTO_TEST_SUITE_END()
