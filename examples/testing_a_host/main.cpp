// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// How a host tests what it does with webhooks: no network, no waiting, a day of retries in a blink.

#include <posthorn/defaults.hpp>
#include <posthorn/testing/scripted_transport.hpp>
#include <posthorn/testing/seeded_random.hpp>
#include <posthorn/testing/simulated_clock.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

struct match {
    std::int64_t id;
    std::string winner;
};
BOOST_DESCRIBE_STRUCT(match, (), (id, winner))

using objects = posthorn::catalog<posthorn::object<match, "match">>;

struct policies : posthorn::default_policies::with_transport<posthorn::testing::scripted_transport>::
                      with_clock<posthorn::testing::simulated_clock>::with_random<
                          posthorn::testing::seeded_random>::with_observer<posthorn::counters> {};

int main() {
    boost::asio::io_context io;
    posthorn::testing::simulated_clock const clock;
    posthorn::testing::scripted_transport transport(clock);
    posthorn::counters const counted;
    posthorn::dispatcher<objects, policies> hooks{io, clock, transport, counted,
                                                  posthorn::testing::seeded_random(1)};
    auto const saved = hooks.save(hooks.webhook("Score board")
                                      .on<match>(posthorn::action::modified)
                                      .post("https://scores.example.com/{{match.id}}")
                                      .body(posthorn::default_body));
    if (!saved) {
        std::puts(saved.error().text().c_str());
        return 1;
    }

    // The receiver is down for three attempts, then comes back.
    transport.next(3).answer(503);
    transport.answer(200);

    hooks.async_run(boost::asio::detached);
    match const running{3, ""};
    match const over{3, "Rovers"};
    hooks.dispatch(posthorn::modified(running, over));
    posthorn::testing::run_simulated(io, clock, 24h);

    for (auto const& request : transport.requests())
        std::printf("%lld s  %s\n",
                    static_cast<long long>(std::chrono::duration_cast<std::chrono::seconds>(
                                               request.at() - transport.requests()[0].at())
                                               .count()),
                    request.url().c_str());
    auto const seen = counted.values();
    std::printf("attempts %llu, delivered %llu\n", static_cast<unsigned long long>(seen.attempts),
                static_cast<unsigned long long>(seen.delivered));
    return seen.attempts == 4 && seen.delivered == 1 ? 0 : 1;
}
