// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/lane.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
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

BOOST_AUTO_TEST_SUITE_END()
