// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/lane/lane.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace {

using lane = posthorn::detail::lane<int>;
using list = posthorn::detail::lane_list<int>;
using namespace std::chrono_literals;
using posthorn::steady_time;
using posthorn::detail::breaker_state;
using posthorn::detail::health;
using posthorn::detail::lane_trust;

std::shared_ptr<lane> make(std::size_t shard) {
    return std::make_shared<lane>(posthorn::uuid{}, shard);
}

// What is in the list, which is as it was afterwards.
std::vector<std::size_t> shards_of(list& l) {
    std::vector<std::shared_ptr<lane>> lanes;
    while (!l.empty())
        lanes.push_back(l.pop());
    std::vector<std::size_t> all;
    for (auto const& one : lanes) {
        all.push_back(one->shard);
        l.push(one);
    }
    return all;
}

std::shared_ptr<lane::settings> told(posthorn::pacing const& pace) {
    auto s = std::make_shared<lane::settings>(
        lane::settings{*posthorn::parse_url("https://a.example.com/"), {}, 0, true, pace});
    return s;
}

std::unique_ptr<lane::node> delivery() {
    return std::unique_ptr<lane::node>(new lane::node{nullptr, nullptr, 0, 0, false});
}

// Begins whatever may begin at `now`.
std::vector<std::unique_ptr<lane::node>> begin_all(lane& l, steady_time now) {
    std::vector<std::unique_ptr<lane::node>> begun;
    while (l.may_start() && !(l.must_wait() && l.ready_at() > now)) {
        auto n = l.queue.pop();
        l.begin(*n, now);
        begun.push_back(std::move(n));
    }
    return begun;
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_lane)

BOOST_AUTO_TEST_CASE(lanes_come_in_turn) {
    list l;
    BOOST_TEST(l.empty());
    for (std::size_t i = 0; i != 3; ++i)
        l.push(make(i));
    BOOST_TEST(shards_of(l) == (std::vector<std::size_t>{0, 1, 2}));
    auto const first = l.pop();
    BOOST_TEST(first->shard == 0U);
    BOOST_TEST(!first->listed);
    l.push(first);
    BOOST_TEST(first->listed);
    BOOST_TEST(shards_of(l) == (std::vector<std::size_t>{1, 2, 0}));
    while (!l.empty())
        static_cast<void>(l.pop());
    l.push(make(7));
    BOOST_TEST(shards_of(l) == (std::vector<std::size_t>{7}));
}

BOOST_AUTO_TEST_CASE(a_list_that_is_cleared_lets_its_lanes_go) {
    auto const kept = make(0);
    list l;
    l.push(kept);
    for (std::size_t i = 1; i != 100'000; ++i)
        l.push(make(i));
    l.clear();
    BOOST_TEST(l.empty());
    BOOST_TEST(kept.use_count() == 1);
    BOOST_TEST(!kept->listed);
    BOOST_TEST(!kept->next_listed);
}

BOOST_AUTO_TEST_CASE(any_node_is_taken_out_of_a_queue) {
    struct node {
        int n;
        node* next = nullptr;
    };
    for (int const wanted : {1, 2, 3, 4}) {
        posthorn::detail::node_queue<node> q;
        for (int const n : {1, 2, 3})
            q.push(std::make_unique<node>(node{n}));
        auto const taken = q.take([&](node const& n) { return n.n == wanted; });
        BOOST_TEST((taken != nullptr) == (wanted != 4));
        BOOST_TEST(q.size() == (taken ? 2U : 3U));
        // The end of the queue is still where it is pushed to.
        q.push(std::make_unique<node>(node{5}));
        std::vector<int> left;
        while (auto const n = q.pop())
            left.push_back(n->n);
        std::vector<int> expected;
        for (int const n : {1, 2, 3, 5})
            if (n != wanted)
                expected.push_back(n);
        BOOST_TEST(left == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(the_last_word_about_a_delivery_counts_and_counts_once) {
    using enum posthorn::delivery_state;
    posthorn::detail::asked_changes asked;
    posthorn::uuid one{};
    posthorn::uuid two{};
    two.data[0] = 2;
    BOOST_TEST(!asked.take(one).has_value());
    asked.put(one, paused);
    asked.put(two, paused);
    asked.put(one, cancelled);
    BOOST_TEST((asked.take(one) == cancelled));
    BOOST_TEST(!asked.take(one).has_value());
    BOOST_TEST((asked.take(two) == paused));
}

BOOST_AUTO_TEST_CASE(what_is_wanted_of_many_deliveries_is_bounded) {
    posthorn::detail::asked_changes asked;
    auto const id = [](std::uint32_t n) {
        posthorn::uuid made{};
        std::memcpy(made.data, &n, sizeof n);
        return made;
    };
    for (std::uint32_t n = 0; n != 1000; ++n)
        asked.put(id(n), posthorn::delivery_state::paused);
    BOOST_TEST(!asked.take(id(743)).has_value());
    BOOST_TEST(asked.take(id(744)).has_value());
    BOOST_TEST(asked.take(id(999)).has_value());
}

BOOST_AUTO_TEST_CASE(begins_with_few_and_learns_how_many) {
    posthorn::detail::lane_rules rules;
    rules.in_flight = 3;
    lane l(posthorn::uuid{}, 0, rules);
    l.configure(told({}));
    for (int i = 0; i != 100; ++i)
        l.queue.push(delivery());
    BOOST_TEST(l.startable() == 2U);
    for (std::size_t const expected : {2U, 3U, 3U}) {
        auto const begun = begin_all(l, steady_time());
        BOOST_TEST(begun.size() == expected);
        for (auto const& n : begun)
            BOOST_TEST(!l.end(*n, health::well, false, steady_time(), 0));
    }
    auto const begun = begin_all(l, steady_time());
    for (auto const& n : begun)
        BOOST_TEST(!l.end(*n, health::overloaded, false, steady_time(), 0));
    BOOST_TEST(begin_all(l, steady_time()).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_webhook_has_its_own_limits_within_those_of_the_host) {
    struct row {
        std::uint32_t wanted;
        bool in_order;
        std::size_t expected;
    };
    posthorn::detail::lane_rules rules;
    rules.in_flight = rules.in_flight_at_start = 4;
    for (auto const& r :
         {row{0, false, 4}, row{2, false, 2}, row{9, false, 4}, row{0, true, 1}, row{3, true, 1}}) {
        lane l(posthorn::uuid{}, 0, rules);
        posthorn::pacing pace;
        pace.in_flight = r.wanted;
        pace.in_order = r.in_order;
        l.configure(told(pace));
        for (int i = 0; i != 10; ++i)
            l.queue.push(delivery());
        BOOST_TEST(begin_all(l, steady_time()).size() == r.expected);
    }
}

BOOST_AUTO_TEST_CASE(keeps_the_rate_of_its_webhook) {
    posthorn::detail::lane_rules rules;
    rules.in_flight = rules.in_flight_at_start = 100;
    lane l(posthorn::uuid{}, 0, rules);
    posthorn::pacing pace;
    pace.rate = 4;
    l.configure(told(pace));
    for (int i = 0; i != 10; ++i)
        l.queue.push(delivery());
    steady_time const now(100s);
    BOOST_TEST(begin_all(l, now).size() == 4U);
    BOOST_TEST((l.ready_at() == now + 250ms));
    BOOST_TEST(begin_all(l, now + 249ms).empty());
    BOOST_TEST(begin_all(l, now + 750ms).size() == 3U);
}

BOOST_AUTO_TEST_CASE(takes_nothing_in_while_its_breaker_is_open) {
    posthorn::detail::lane_rules rules;
    rules.breaking.failures = 2;
    lane l(posthorn::uuid{}, 0, rules);
    l.configure(told({}));
    steady_time const now(100s);
    BOOST_TEST(l.room.free(5000) == rules.queued);
    for (int i = 0; i != 3; ++i)
        l.queue.push(delivery());
    auto const begun = begin_all(l, now);
    BOOST_REQUIRE(begun.size() == 2U);
    BOOST_TEST(!l.end(*begun[0], health::failing, false, now, 0));
    BOOST_TEST(l.end(*begun[1], health::failing, false, now, 0));
    BOOST_TEST(l.room.free(5000) == 0U);
    BOOST_TEST((l.trust() == lane_trust::doubtful));
    BOOST_TEST(begin_all(l, now + 29s).empty());
    l.half_open();
    BOOST_TEST(l.room.free(5000) == 1U);
    auto const probe = begin_all(l, now + 30s);
    BOOST_REQUIRE(probe.size() == 1U);
    BOOST_TEST(begin_all(l, now + 3000s).empty());
    BOOST_TEST(!l.end(*probe[0], health::well, false, now + 31s, 0));
    BOOST_TEST(l.room.free(5000) == rules.queued);
    BOOST_TEST((l.trust() == lane_trust::sound));
}

BOOST_AUTO_TEST_CASE(a_changed_webhook_is_tried_again_at_once) {
    posthorn::detail::lane_rules rules;
    rules.breaking.failures = 1;
    lane l(posthorn::uuid{}, 0, rules);
    l.configure(told({}));
    l.queue.push(delivery());
    l.queue.push(delivery());
    auto const begun = begin_all(l, steady_time());
    BOOST_TEST(l.end(*begun[0], health::failing, false, steady_time(), 0));
    l.configure(told({}));
    BOOST_TEST((l.state() == breaker_state::closed));
    BOOST_TEST(l.room.free(5000) == rules.queued);
    BOOST_TEST(!l.end(*begun[1], health::failing, false, steady_time(), 0),
               "it was sent with the old settings");
    BOOST_TEST((l.state() == breaker_state::closed));
}

BOOST_AUTO_TEST_CASE(what_was_slow_is_doubtful_until_it_was_quick) {
    lane l(posthorn::uuid{}, 0);
    l.configure(told({}));
    auto const one = [&](health h, bool slow) {
        l.queue.push(delivery());
        auto const begun = begin_all(l, steady_time());
        (void)l.end(*begun.at(0), h, slow, steady_time(), 0);
        return l.trust() == lane_trust::doubtful;
    };
    BOOST_TEST((l.trust() == lane_trust::unknown));
    l.queue.push(delivery());
    auto const first = begin_all(l, steady_time());
    BOOST_TEST((l.trust() == lane_trust::doubtful), "one attempt is to tell");
    BOOST_TEST(!l.end(*first.at(0), health::well, false, steady_time(), 0));
    BOOST_TEST(!one(health::well, false));
    BOOST_TEST(one(health::well, true));
    BOOST_TEST(one(health::unknown, false));
    BOOST_TEST(!one(health::well, false));
    BOOST_TEST(one(health::failing, false));
    BOOST_TEST(!one(health::well, false));
}

BOOST_AUTO_TEST_CASE(room_is_told_of_when_there_is_something_to_come) {
    posthorn::detail::lane_room r;
    BOOST_TEST(!r.resize(4));
    for (int i = 0; i != 4; ++i) {
        BOOST_TEST(r.takes_next(100));
        r.enter();
    }
    BOOST_TEST(!r.leave(), "nothing was left");
    r.enter();
    BOOST_TEST(!r.takes_next(100));
    BOOST_TEST(r.free(100) == 0U);
    BOOST_TEST(!r.leave());
    BOOST_TEST(!r.takes_next(100), "those behind wait too");
    BOOST_TEST(r.leave(), "half of it is free");
    BOOST_TEST(!r.leave());
    BOOST_TEST(r.leave(), "all of it is free");
    r.set_behind(false);
    BOOST_TEST(r.takes_next(100));
    r.enter();
    BOOST_TEST(r.free(100) == 3U);
    BOOST_TEST(r.free(2) == 1U);
    BOOST_TEST(!r.takes_next(1), "less where there is much");
    BOOST_TEST(r.resize(0));
    BOOST_TEST(r.free(100) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
