// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What bad receivers cost the others: a hundred webhooks, told at a fixed rate, on the simulated clock.
//
//     posthorn_simulation --run_test=simulation_isolation --log_level=message

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

namespace {

constexpr int endpoints = 100;
constexpr auto answer_time = 20ms;

enum class kind { healthy, black_hole, slow, dripping };

// Ten of each fault, spread among the others.
kind kind_of(int endpoint) {
    switch (endpoint % 10) {
    case 3:
        return kind::black_hole;
    case 5:
        return kind::slow;
    case 7:
        return kind::dripping;
    default:
        return kind::healthy;
    }
}

std::string host_of(int endpoint) {
    return "e" + std::to_string(endpoint) + ".example.com";
}

struct figures {
    std::size_t delivered = 0;
    std::size_t faulty_attempts = 0;
    std::chrono::milliseconds median{};
    std::chrono::milliseconds p99{};
    std::chrono::milliseconds longest{};
};

class world {
  public:
    world(options const& o, bool with_faults) : host_(o) {
        for (int e = 0; e != endpoints; ++e) {
            host_.save(host_.draft()
                           .on<project>()
                           .post("https://" + host_of(e) + "/")
                           .when("project.id == " + std::to_string(e))
                           .body("\"{{project.code}}\""));
            auto script = host_.receiver.host(host_of(e));
            switch (with_faults ? kind_of(e) : kind::healthy) {
            case kind::healthy:
                std::move(script).answer_after(answer_time, 200);
                break;
            case kind::black_hole:
                std::move(script).answer_after(5s, errc::connect_timeout);
                break;
            case kind::slow:
                std::move(script).answer_after(29s, 200);
                break;
            // Its header never ends.
            case kind::dripping:
                std::move(script).answer_after(15s, errc::response_timeout);
                break;
            }
        }
        host_.run();
    }

    // Each endpoint is told something each `period`, one after the other.
    figures run(std::chrono::milliseconds period, std::chrono::seconds length) {
        auto const step = std::chrono::nanoseconds(period) / endpoints;
        std::map<std::string, wall_time> dispatched;
        auto const begin = host_.clock.now();
        for (std::int64_t n = 0; host_.clock.now() - begin < length; ++n) {
            project const p{n % endpoints, std::to_string(n)};
            dispatched["\"" + p.code + "\""] = host_.clock.now();
            BOOST_REQUIRE(host_.hooks->dispatch(created(p)).accepted() == 1U);
            host_.pass(step);
        }
        return measure(dispatched);
    }

  private:
    [[nodiscard]] figures measure(std::map<std::string, wall_time> const& dispatched) const {
        figures f;
        std::vector<std::chrono::milliseconds> waits;
        for (int e = 0; e != endpoints; ++e) {
            auto const requests = host_.receiver.requests_to(host_of(e));
            if (kind_of(e) != kind::healthy) {
                f.faulty_attempts += requests.size();
                continue;
            }
            for (auto const& r : requests)
                waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(
                    r.at() - dispatched.at(r.body()) + answer_time));
        }
        std::ranges::sort(waits);
        f.delivered = waits.size();
        f.median = waits.at(waits.size() / 2);
        f.p99 = waits.at(waits.size() * 99 / 100);
        f.longest = waits.back();
        return f;
    }

    host host_;
};

void tell(char const* what, figures const& f) {
    BOOST_TEST_MESSAGE(what << ": " << f.delivered << " deliveries to healthy receivers, p50 "
                            << f.median.count() << " ms, p99 " << f.p99.count() << " ms, longest "
                            << f.longest.count() << " ms; " << f.faulty_attempts
                            << " attempts at the others");
}

void check(options const& o, std::chrono::milliseconds period) {
    auto const alone = world(o, false).run(period, 5min);
    auto const beside = world(o, true).run(period, 5min);
    tell("alone", alone);
    tell("beside faulty ones", beside);
    BOOST_TEST(static_cast<double>(beside.p99.count()) <= 1.10 * static_cast<double>(alone.p99.count()));
    BOOST_TEST(static_cast<double>(beside.delivered) >= 0.95 * static_cast<double>(alone.delivered));
}

} // namespace

BOOST_AUTO_TEST_SUITE(simulation_isolation)

BOOST_AUTO_TEST_CASE(bad_receivers_cost_the_others_nothing) {
    check(options(), 2s);
}

// Fewer slots than the faulty ones could hold.
BOOST_AUTO_TEST_CASE(nor_where_there_are_few_slots) {
    options o;
    o.in_flight_per_shard = 32;
    check(o, 2s);
}

BOOST_AUTO_TEST_SUITE_END()
