// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/lane/lane_turns.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace {

using namespace std::chrono_literals;
using lane = posthorn::detail::lane<int>;
using turns = posthorn::detail::lane_turns<int>;
using posthorn::steady_time;
using posthorn::detail::health;
using posthorn::detail::lane_trust;

struct bench {
    explicit bench(std::size_t most) : under_test(most) {}

    std::shared_ptr<lane> make(std::size_t number, posthorn::pacing const& pace = {}) {
        posthorn::detail::lane_rules rules;
        rules.in_flight = rules.in_flight_at_start = 2;
        rules.breaking.failures = 1;
        auto l = std::make_shared<lane>(posthorn::uuid{}, number, rules);
        l->configure(std::make_shared<lane::settings>(
            lane::settings{*posthorn::parse_url("https://a.example.com/"), {}, 0, true, pace}));
        return l;
    }

    void add(std::shared_ptr<lane> const& l, int count) {
        for (; count != 0; --count)
            l->queue.push(std::unique_ptr<lane::node>(new lane::node{nullptr, nullptr, 0, 0, false}));
        list(l);
    }

    bool list(std::shared_ptr<lane> const& l) {
        return under_test.list(l, [this] { return now; });
    }

    // The number of the lane that begins next.
    std::optional<std::size_t> begin() {
        auto const l = under_test.pop();
        if (!l)
            return std::nullopt;
        auto n = l->queue.pop();
        l->begin(*n, now);
        under_test.began(*n);
        list(l);
        running[l].push_back(std::move(n));
        return l->shard;
    }

    void end(std::shared_ptr<lane> const& l, health h, bool slow = false) {
        auto const n = std::move(running[l].back());
        running[l].pop_back();
        under_test.ended(*n);
        if (l->end(*n, h, slow, now, 0))
            (void)under_test.wait(l, l->ready_at());
        else
            list(l);
    }

    // One that has ended an attempt well, and soon.
    std::shared_ptr<lane> make_sound(std::size_t number, posthorn::pacing const& pace = {}) {
        auto const l = make(number, pace);
        add(l, 1);
        BOOST_REQUIRE((begin() == number));
        end(l, health::well);
        return l;
    }

    steady_time now{1000s};
    turns under_test;
    std::map<std::shared_ptr<lane>, std::vector<std::unique_ptr<lane::node>>> running;
};

} // namespace

BOOST_AUTO_TEST_SUITE(detail_lane_turns)

BOOST_AUTO_TEST_CASE(lanes_take_turns_within_their_limits) {
    bench b(100);
    std::vector<std::shared_ptr<lane>> lanes;
    for (std::size_t i = 0; i != 3; ++i) {
        lanes.push_back(b.make(i));
        b.add(lanes.back(), 5);
    }
    BOOST_TEST(b.under_test.startable() == 6U);
    std::vector<std::size_t> order;
    while (auto const l = b.begin())
        order.push_back(*l);
    BOOST_TEST(order == (std::vector<std::size_t>{0, 1, 2, 0, 1, 2}), boost::test_tools::per_element());
    BOOST_TEST(b.under_test.startable() == 0U);
    b.end(lanes[1], health::well);
    BOOST_TEST((b.begin() == 1U));
    BOOST_TEST(!b.begin());
}

BOOST_AUTO_TEST_CASE(doubtful_lanes_have_half_of_it) {
    bench b(4);
    std::vector<std::shared_ptr<lane>> doubtful;
    for (std::size_t i = 0; i != 5; ++i) {
        doubtful.push_back(b.make(i));
    }
    auto const sound = b.make_sound(9);
    for (auto const& l : doubtful) {
        b.add(l, 1);
        BOOST_TEST(b.begin().has_value());
        b.end(l, health::well, true);
    }
    for (auto const& l : doubtful)
        b.add(l, 2);
    BOOST_TEST((b.begin() == 0U));
    BOOST_TEST((b.begin() == 1U));
    BOOST_TEST(!b.begin(), "the other half is for others");
    b.add(sound, 2);
    BOOST_TEST((b.begin() == 9U));
    BOOST_TEST((b.begin() == 9U));
    b.end(doubtful[0], health::well, true);
    BOOST_TEST((b.begin() == 2U), "the one that was held back first");
}

BOOST_AUTO_TEST_CASE(a_lane_that_proves_itself_is_held_back_no_more) {
    bench b(4);
    std::vector<std::shared_ptr<lane>> lanes;
    for (std::size_t i = 0; i != 3; ++i) {
        lanes.push_back(b.make(i));
        b.add(lanes.back(), 1);
        BOOST_TEST(b.begin().has_value());
        b.end(lanes.back(), health::well, true);
    }
    for (std::size_t const i : {0U, 1U}) {
        b.add(lanes[i], 1);
        BOOST_TEST((b.begin() == i));
    }
    b.add(lanes[0], 1);
    b.add(lanes[2], 1);
    BOOST_TEST(!b.begin());
    for (std::size_t const i : {0U, 2U})
        BOOST_TEST((lanes[i]->held_back == lane_trust::doubtful));
    b.end(lanes[0], health::well);
    BOOST_TEST((lanes[0]->held_back == lane_trust::sound));
    BOOST_TEST(lanes[0]->listed);
    // Of the two that may begin now, one is sound, and the other has the place that is free.
    BOOST_TEST(b.begin().has_value());
    BOOST_TEST(b.begin().has_value());
    BOOST_TEST(!b.begin());
    b.under_test.clear();
    BOOST_TEST((lanes[2]->held_back == lane_trust::sound));
    BOOST_TEST(!lanes[2]->listed);
}

BOOST_AUTO_TEST_CASE(lanes_that_are_not_known_yet_leave_room_too) {
    bench b(8);
    auto const sound = b.make_sound(99);
    std::vector<std::shared_ptr<lane>> slow;
    for (std::size_t i = 0; i != 2; ++i) {
        slow.push_back(b.make(i));
        b.add(slow.back(), 1);
        BOOST_TEST((b.begin() == i));
        b.end(slow.back(), health::well, true);
    }
    for (auto const& l : slow)
        b.add(l, 2);
    for (int i = 0; i != 4; ++i)
        BOOST_TEST(b.begin().has_value());
    b.add(slow[0], 1);
    BOOST_TEST(!b.begin(), "half of it is theirs");
    std::vector<std::shared_ptr<lane>> unknown;
    for (std::size_t i = 10; i != 15; ++i) {
        unknown.push_back(b.make(i));
        b.add(unknown.back(), 2);
    }
    for (std::size_t i = 10; i != 13; ++i)
        BOOST_TEST((b.begin() == i), "one attempt of each is made");
    BOOST_TEST(!b.begin(), "up to seven of eight");
    BOOST_TEST(b.under_test.startable() == 0U);
    b.add(sound, 1);
    BOOST_TEST((b.begin() == 99U));
    b.end(unknown[0], health::well);
    BOOST_TEST(b.under_test.startable() == 2U);
    // It has proved itself, and has a second one; the next of the others has its place.
    BOOST_TEST(b.begin().has_value());
    BOOST_TEST(b.begin().has_value());
    BOOST_TEST(!b.begin());
}

BOOST_AUTO_TEST_CASE(the_smallest_shard_serves_everybody) {
    bench b(1);
    for (std::size_t i = 0; i != 3; ++i) {
        auto const l = b.make(i);
        b.add(l, 1);
        BOOST_TEST((b.begin() == i));
        b.end(l, health::well, i == 1);
        b.add(l, 1);
        BOOST_TEST((b.begin() == i));
        b.end(l, health::failing);
    }
}

BOOST_AUTO_TEST_CASE(a_lane_waits_for_its_rate) {
    bench b(100);
    posthorn::pacing pace;
    pace.rate = 1;
    auto const l = b.make(0, pace);
    b.add(l, 2);
    BOOST_TEST((b.begin() == 0U));
    BOOST_TEST(!b.begin());
    BOOST_TEST((b.under_test.earliest() == b.now + 1s));
    BOOST_TEST(!b.under_test.pop_waiting(b.now + 999ms));
    b.now += 1s;
    BOOST_TEST((b.under_test.pop_waiting(b.now) == l));
    BOOST_TEST(!b.under_test.earliest());
    (void)b.list(l);
    BOOST_TEST((b.begin() == 0U));
}

BOOST_AUTO_TEST_CASE(a_lane_waits_for_its_breaker_and_is_tried_once) {
    bench b(100);
    auto const l = b.make(0);
    b.add(l, 5);
    BOOST_TEST((b.begin() == 0U));
    b.end(l, health::failing);
    // It was listed when it broke.
    BOOST_TEST((b.under_test.earliest() == b.now + 30s));
    b.now += 30s;
    BOOST_TEST((b.under_test.pop_waiting(b.now) == l));
    (void)b.list(l);
    BOOST_TEST(b.under_test.startable() == 1U);
    BOOST_TEST((b.begin() == 0U));
    BOOST_TEST(!b.list(l), "one at a time");
    BOOST_TEST(b.under_test.startable() == 0U);
    b.end(l, health::well);
    BOOST_TEST((b.begin() == 0U));
}

BOOST_AUTO_TEST_CASE(a_lane_that_is_forgotten_waits_no_more) {
    bench b(100);
    posthorn::pacing pace;
    pace.rate = 1;
    auto const first = b.make(0, pace);
    auto const second = b.make(1, pace);
    for (auto const& l : {first, second}) {
        b.add(l, 2);
        (void)b.begin();
    }
    BOOST_TEST((first->waits && second->waits));
    b.under_test.forget(first);
    BOOST_TEST(!first->waits);
    BOOST_TEST((b.under_test.pop_waiting(b.now + 1h) == second));
    BOOST_TEST(!b.under_test.pop_waiting(b.now + 1h));
    (void)b.list(first);
    BOOST_TEST(first->waits);
    b.under_test.clear();
    BOOST_TEST(!first->waits);
    BOOST_TEST(!b.under_test.earliest());
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_the_end_of_an_attempt_that_tries_a_receiver) {
    bench b(100);
    auto const l = b.make(1);
    b.add(l, 3);
    BOOST_TEST((b.begin() == 1U));
    b.end(l, health::failing);
    BOOST_REQUIRE(b.under_test.earliest());
    b.now = *b.under_test.earliest();
    BOOST_TEST((b.under_test.pop_waiting(b.now) == l));
    b.list(l);
    BOOST_TEST((b.begin() == 1U));
    BOOST_TEST(!b.under_test.earliest());
    BOOST_TEST(!b.begin());
    b.end(l, health::well);
    BOOST_TEST((b.begin() == 1U));
}

BOOST_AUTO_TEST_CASE(says_when_the_earliest_has_come_nearer) {
    bench b(100);
    auto const one = b.make(1);
    auto const two = b.make(2);
    auto const three = b.make(3);
    BOOST_TEST(b.under_test.wait(one, b.now + 5s));
    BOOST_TEST(!b.under_test.wait(one, b.now + 1s));
    BOOST_TEST(!b.under_test.wait(two, b.now + 9s));
    BOOST_TEST(b.under_test.wait(three, b.now + 2s));
    BOOST_TEST((b.under_test.earliest() == b.now + 2s));
}

BOOST_AUTO_TEST_SUITE_END()
