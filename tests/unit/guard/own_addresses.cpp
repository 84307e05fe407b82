// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/guard/own_addresses.hpp>

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using posthorn::own_addresses;
using posthorn::steady_time;

// Interfaces that a test changes, and that may be unreadable.
struct interfaces {
    [[nodiscard]] own_addresses::source source() const {
        return [s = state] {
            ++s->reads;
            if (s->throws)
                throw std::runtime_error("no");
            return s->fails ? posthorn::result<std::vector<boost::asio::ip::address>>(
                                  make_error_code(boost::system::errc::too_many_files_open))
                            : s->list;
        };
    }

    void are(std::vector<std::string> const& texts) const {
        state->list.clear();
        for (auto const& t : texts)
            state->list.push_back(make_address(t));
    }

    struct shared {
        std::vector<boost::asio::ip::address> list;
        int reads = 0;
        bool fails = false;
        bool throws = false;
    };
    std::shared_ptr<shared> state = std::make_shared<shared>();
};

bool has(own_addresses const& own, char const* text) {
    return own.contains(make_address(text));
}

} // namespace

BOOST_AUTO_TEST_SUITE(guard_own_addresses)

BOOST_AUTO_TEST_CASE(are_those_of_the_interfaces_in_both_spellings) {
    interfaces net;
    net.are({"93.184.216.34", "2606:2800:220:1::1", "10.0.0.5"});
    own_addresses const own(net.source());
    BOOST_TEST(net.state->reads == 0);
    BOOST_TEST(has(own, "93.184.216.34"));
    BOOST_TEST(has(own, "::ffff:93.184.216.34"));
    BOOST_TEST(has(own, "2606:2800:220:1::1"));
    BOOST_TEST(has(own, "10.0.0.5"));
    BOOST_TEST(!has(own, "93.184.216.35"));
    BOOST_TEST(!has(own, "2606:2800:220:1::2"));
    BOOST_TEST(net.state->reads == 1);
}

BOOST_AUTO_TEST_CASE(are_read_again_after_half_a_minute_and_not_before) {
    interfaces net;
    net.are({"93.184.216.34"});
    own_addresses const own(net.source());
    auto now = steady_time(100s);
    own.refresh(now);
    auto const copy = own;
    BOOST_TEST(has(copy, "93.184.216.34"));
    net.are({"93.184.216.40"});
    own.refresh(now += 29s);
    BOOST_TEST(has(copy, "93.184.216.34"));
    BOOST_TEST(net.state->reads == 1);
    own.refresh(now += 1s);
    BOOST_TEST(!has(copy, "93.184.216.34"));
    BOOST_TEST(has(copy, "93.184.216.40"));
    BOOST_TEST(net.state->reads == 2);
}

BOOST_AUTO_TEST_CASE(that_cannot_be_read_any_more_stay) {
    interfaces net;
    net.are({"93.184.216.34"});
    own_addresses const own(net.source());
    own.refresh(steady_time(0s));
    net.are({});
    net.state->fails = true;
    own.refresh(steady_time(30s));
    BOOST_TEST(has(own, "93.184.216.34"));
    net.state->throws = true;
    own.refresh(steady_time(60s));
    BOOST_TEST(net.state->reads == 3);
    BOOST_TEST(has(own, "93.184.216.34"));
    BOOST_TEST(!has(own, "93.184.216.40"));
    net.state->fails = net.state->throws = false;
    own.refresh(steady_time(90s));
    BOOST_TEST(!has(own, "93.184.216.34"));
}

BOOST_AUTO_TEST_CASE(that_were_never_read_are_all_and_are_asked_for_until_they_are) {
    interfaces net;
    net.state->fails = true;
    own_addresses const own(net.source());
    BOOST_TEST(has(own, "93.184.216.34"));
    own.refresh(steady_time(0s));
    BOOST_TEST(has(own, "93.184.216.34"));
    net.state->fails = false;
    BOOST_TEST(!has(own, "93.184.216.34"));
    // An empty list is an answer.
    BOOST_TEST(!has(own, "127.0.0.1"));
    BOOST_TEST(net.state->reads == 4);
}

BOOST_AUTO_TEST_CASE(of_this_machine_contain_loopback) {
    own_addresses const own;
    BOOST_TEST(has(own, "127.0.0.1"));
    BOOST_TEST(!has(own, "192.0.2.77"));
    auto const listed = own_addresses::system_source()();
    BOOST_TEST_REQUIRE(listed.has_value());
    for (auto const& address : *listed)
        BOOST_TEST(own.contains(address), address);
}

BOOST_AUTO_TEST_CASE(may_be_asked_for_while_they_are_read) {
    auto const turn = std::make_shared<std::atomic<int>>(0);
    own_addresses const own([turn] {
        auto const last = static_cast<unsigned char>(++*turn % 2);
        return std::vector<boost::asio::ip::address>{boost::asio::ip::address_v4({93, 184, 216, 34}),
                                                     boost::asio::ip::address_v4({93, 184, 217, last})};
    });
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t != 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i != 500; ++i) {
                own.refresh(steady_time(std::chrono::seconds(31 * i + t)));
                if (!has(own, "93.184.216.34") || has(own, "93.184.216.35"))
                    ++wrong;
            }
        });
    for (auto& t : threads)
        t.join();
    BOOST_TEST(wrong == 0);
    BOOST_TEST(turn->load() > 100);
}

BOOST_AUTO_TEST_SUITE_END()
