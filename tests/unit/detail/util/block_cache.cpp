// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/util/block_cache.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using posthorn::detail::block_cache;

BOOST_AUTO_TEST_SUITE(detail_block_cache)

BOOST_AUTO_TEST_CASE(blocks_of_every_size_are_apart_and_writable) {
    std::vector<std::pair<void*, std::size_t>> taken;
    for (int round = 0; round != 2; ++round) {
        std::set<void*> seen;
        for (auto const size :
             std::initializer_list<std::size_t>{1, 8, 63, 64, 65, 640, 4095, 4096, 4097, 100'000}) {
            auto* const block = block_cache::take(size);
            BOOST_TEST(seen.insert(block).second);
            std::memset(block, 0x5a, size);
            taken.emplace_back(block, size);
        }
        for (auto const& [block, size] : taken)
            block_cache::give_back(block, size);
        taken.clear();
    }
}

BOOST_AUTO_TEST_CASE(a_block_given_back_serves_sizes_of_its_own_kind_only) {
    auto* const small = block_cache::take(64);
    block_cache::give_back(small, 64);
    // Larger by one byte: a block of 64 must not serve it.
    auto* const larger = block_cache::take(65);
    std::memset(larger, 1, 65);
    block_cache::give_back(larger, 65);
}

BOOST_AUTO_TEST_CASE(a_thread_may_give_back_what_another_took_and_ends_without_a_leak) {
    std::vector<void*> blocks(2000);
    for (auto& block : blocks)
        block = block_cache::take(1000);
    std::thread([&] {
        for (auto* const block : blocks)
            block_cache::give_back(block, 1000);
        auto* const again = block_cache::take(1000);
        std::memset(again, 2, 1000);
        block_cache::give_back(again, 1000);
    }).join();
}

BOOST_AUTO_TEST_SUITE_END()
