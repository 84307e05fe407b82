// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/util/parking.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <optional>

namespace {

using posthorn::detail::parking_spot;
namespace asio = boost::asio;

asio::awaitable<void> park_times(parking_spot& spot, int times, int& passed) {
    for (int i = 0; i != times; ++i) {
        if (!spot.take_wake()) {
            auto woken = spot.park();
            co_await std::move(woken);
        }
        ++passed;
    }
}

// Runs what is ready; a parked coroutine is no work.
void run(asio::io_context& io) {
    io.restart();
    io.run();
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_parking)

BOOST_AUTO_TEST_CASE(a_parked_coroutine_waits_for_its_wake) {
    asio::io_context io;
    parking_spot spot;
    int passed = 0;
    asio::co_spawn(io, park_times(spot, 2, passed), asio::detached);
    BOOST_TEST(!spot.occupied());
    io.poll();
    BOOST_TEST(spot.occupied());
    BOOST_TEST(passed == 0);
    asio::post(io, [&] { spot.wake(); });
    io.poll();
    BOOST_TEST(passed == 1);
    BOOST_TEST(spot.occupied());
    asio::post(io, [&] { spot.wake(); });
    run(io);
    BOOST_TEST(passed == 2);
    BOOST_TEST(!spot.occupied());
}

BOOST_AUTO_TEST_CASE(a_wake_before_the_park_is_remembered_once) {
    asio::io_context io;
    parking_spot spot;
    int passed = 0;
    spot.wake();
    spot.wake();
    BOOST_TEST(!spot.occupied());
    asio::co_spawn(io, park_times(spot, 2, passed), asio::detached);
    io.poll();
    BOOST_TEST(passed == 1);
    BOOST_TEST(spot.occupied());
    asio::post(io, [&] { spot.wake(); });
    run(io);
    BOOST_TEST(passed == 2);
}

BOOST_AUTO_TEST_CASE(a_remembered_wake_can_be_forgotten) {
    asio::io_context io;
    parking_spot spot;
    int passed = 0;
    spot.wake();
    BOOST_TEST(spot.take_wake());
    BOOST_TEST(!spot.take_wake());
    asio::co_spawn(io, park_times(spot, 1, passed), asio::detached);
    io.poll();
    BOOST_TEST(passed == 0);
    asio::post(io, [&] { spot.wake(); });
    run(io);
    BOOST_TEST(passed == 1);
}

BOOST_AUTO_TEST_CASE(the_spot_may_be_used_again_inside_the_wake) {
    asio::io_context io;
    parking_spot spot;
    int passed = 0;
    asio::co_spawn(io, park_times(spot, 100, passed), asio::detached);
    io.poll();
    asio::post(io, [&] {
        while (spot.occupied())
            spot.wake();
    });
    run(io);
    BOOST_TEST(passed == 100);
}

BOOST_AUTO_TEST_CASE(a_strand_parks_as_well) {
    asio::io_context io;
    auto const strand = asio::make_strand(io);
    parking_spot spot;
    int passed = 0;
    asio::co_spawn(strand, park_times(spot, 3, passed), asio::detached);
    io.poll();
    for (int i = 0; i != 3; ++i) {
        asio::post(strand, [&] { spot.wake(); });
        io.restart();
        io.poll();
    }
    BOOST_TEST(passed == 3);
}

BOOST_AUTO_TEST_CASE(a_spot_that_goes_takes_the_parked_coroutine_with_it) {
    asio::io_context io;
    std::optional<parking_spot> spot(std::in_place);
    auto const token = std::make_shared<int>(0);
    auto const body = [](parking_spot& where, std::shared_ptr<int> held) -> asio::awaitable<void> {
        auto woken = where.park();
        co_await std::move(woken);
        ++*held;
    };
    asio::co_spawn(io, body(*spot, token), asio::detached);
    io.poll();
    BOOST_TEST(token.use_count() == 2);
    spot.reset();
    io.restart();
    io.poll();
    BOOST_TEST(token.use_count() == 1);
    BOOST_TEST(*token == 0);
}

BOOST_AUTO_TEST_SUITE_END()
