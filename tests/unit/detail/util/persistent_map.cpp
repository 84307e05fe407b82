// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/util/persistent_map.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace {

using posthorn::detail::edit_number;
using map = posthorn::detail::persistent_map<std::shared_ptr<int const>>;
using model = std::map<std::uint64_t, int>;

std::shared_ptr<int const> boxed(int n) {
    return std::make_shared<int const>(n);
}

void set(map& m, std::uint64_t key, int n, edit_number who) {
    m.edit(key, who, [] { return std::shared_ptr<int const>(); }) = boxed(n);
}

model content(map const& m) {
    model all;
    std::vector<std::uint64_t> order;
    m.for_each([&](std::uint64_t key, std::shared_ptr<int const> const& n) {
        all[key] = *n;
        order.push_back(key);
    });
    BOOST_TEST(order.size() == all.size());
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
    return all;
}

// Keys that meet often, in dense, sparse and hashed forms.
std::uint64_t some_key(std::mt19937_64& random) {
    auto const n = random() % 64;
    switch (random() % 4) {
    case 0:
        return n;
    case 1:
        return n << 58;
    case 2:
        return n * 0x9e3779b97f4a7c15U;
    default:
        return ~std::uint64_t{0} - n * 33;
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_persistent_map)

BOOST_AUTO_TEST_CASE(an_empty_map_holds_nothing) {
    map m;
    BOOST_TEST(m.empty());
    BOOST_TEST(m.find(0) == nullptr);
    BOOST_TEST(!m.erase(0, 1));
    BOOST_TEST(content(m).empty());
}

BOOST_AUTO_TEST_CASE(keys_that_differ_in_one_bit_only_are_told_apart) {
    for (unsigned bit = 0; bit != 64; ++bit) {
        map m;
        set(m, 0, 1, 1);
        set(m, std::uint64_t{1} << bit, 2, 1);
        BOOST_TEST_REQUIRE(m.find(0) != nullptr);
        BOOST_TEST(**m.find(0) == 1);
        BOOST_TEST(**m.find(std::uint64_t{1} << bit) == 2);
        BOOST_TEST(m.find(std::uint64_t{1} << bit | std::uint64_t{1} << (bit + 1) % 64) == nullptr);
        BOOST_TEST(m.erase(0, 2));
        BOOST_TEST((content(m) == model{{std::uint64_t{1} << bit, 2}}));
    }
}

// Every version must stay what it was, whatever is done to the ones made from it.
BOOST_AUTO_TEST_CASE(all_versions_agree_with_a_map_of_the_standard_library) {
    for (std::uint64_t const seed : {1U, 2U, 3U, 4U}) {
        std::mt19937_64 random(seed);
        std::vector<std::pair<map, model>> versions{{map(), model()}};
        edit_number who = 0;
        for (int round = 0; round != 150; ++round) {
            auto [m, expected] = versions[random() % versions.size()];
            ++who;
            for (auto edits = random() % 40; edits != 0; --edits) {
                auto const key = some_key(random);
                if (random() % 3 != 0) {
                    auto const n = static_cast<int>(random() % 1000);
                    set(m, key, n, who);
                    expected[key] = n;
                } else {
                    bool const known = expected.erase(key) != 0;
                    BOOST_TEST_REQUIRE(m.erase(key, who) == known);
                }
                auto const* const found = m.find(key);
                BOOST_TEST_REQUIRE((found != nullptr) == expected.contains(key));
            }
            BOOST_TEST(m.empty() == expected.empty());
            versions.emplace_back(std::move(m), std::move(expected));
        }
        for (auto const& [m, expected] : versions)
            BOOST_TEST_REQUIRE((content(m) == expected));
    }
}

BOOST_AUTO_TEST_CASE(what_no_version_holds_is_destroyed) {
    auto const value = boxed(1);
    {
        map first;
        for (std::uint64_t key = 0; key != 100; ++key)
            first.edit(key, 1, [] { return std::shared_ptr<int const>(); }) = value;
        BOOST_TEST(value.use_count() == 101);
        map second = first;
        for (std::uint64_t key = 0; key != 100; ++key)
            BOOST_TEST(second.erase(key, 2));
        BOOST_TEST(second.empty());
        BOOST_TEST(value.use_count() == 101);
        first = second;
        BOOST_TEST(value.use_count() == 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
