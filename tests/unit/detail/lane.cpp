// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/lane.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace {

using lane = posthorn::detail::lane<int>;
using list = posthorn::detail::lane_list<int>;

std::shared_ptr<lane> make(std::size_t shard) {
    return std::make_shared<lane>(posthorn::uuid{}, shard);
}

std::vector<std::size_t> shards_of(list const& l) {
    std::vector<std::size_t> all;
    l.for_each([&](lane const& one) { all.push_back(one.shard); });
    return all;
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

BOOST_AUTO_TEST_SUITE_END()
