// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/uuid.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

namespace {

using posthorn::make_uuid_v7;
using posthorn::uuid;
using posthorn::wall_time;

wall_time at_ms(std::int64_t ms) {
    return wall_time(std::chrono::milliseconds{ms});
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_uuid)

BOOST_AUTO_TEST_CASE(prints_lower_case_hex_in_five_groups) {
    uuid id{};
    BOOST_TEST(posthorn::to_text(id) == "00000000-0000-0000-0000-000000000000");
    for (std::uint8_t i = 0; i != 16; ++i)
        id.data[i] = static_cast<std::uint8_t>(i * 17);
    BOOST_TEST(posthorn::to_text(id) == "00112233-4455-6677-8899-aabbccddeeff");
    BOOST_TEST(posthorn::uuid_text(id).view() == posthorn::to_text(id));
}

BOOST_AUTO_TEST_CASE(version_7_carries_the_milliseconds_in_front) {
    // The example of RFC 9562, appendix A.6.
    auto const text = posthorn::to_text(make_uuid_v7(at_ms(0x017F22E279B0), ~0ULL, ~0ULL));
    BOOST_TEST(text.substr(0, 13) == "017f22e2-79b0");
}

BOOST_AUTO_TEST_CASE(version_and_variant_stand_whatever_the_random_words_are) {
    for (auto const word : {0ULL, ~0ULL, 0x0123456789abcdefULL}) {
        auto const id = make_uuid_v7(at_ms(1), word, word);
        BOOST_TEST((id.data[6] >> 4) == 7);
        BOOST_TEST((id.data[8] >> 6) == 2);
        BOOST_TEST((id.version() == uuid::version_time_based || id.data[6] >> 4 == 7));
    }
}

BOOST_AUTO_TEST_CASE(all_seventy_four_random_bits_are_used) {
    auto const none = make_uuid_v7(at_ms(0), 0, 0);
    auto const all = make_uuid_v7(at_ms(0), ~0ULL, ~0ULL);
    int different = 0;
    for (std::size_t i = 0; i != 16; ++i)
        for (unsigned bit = 0; bit != 8; ++bit)
            different += ((none.data[i] ^ all.data[i]) >> bit) & 1;
    BOOST_TEST(different == 74);
}

BOOST_AUTO_TEST_CASE(later_milliseconds_sort_later) {
    std::int64_t const times[] = {0, 1, 255, 256, 1'700'000'000'000, 1'700'000'000'001, 253'402'300'799'999};
    std::string before;
    for (auto const ms : times) {
        // The most unlucky random words: the earlier id has all bits set, the later one none.
        if (ms <= 9'223'372'036'854) {
            auto const text = posthorn::to_text(make_uuid_v7(at_ms(ms), 0, 0));
            BOOST_TEST(before < text);
            before = posthorn::to_text(make_uuid_v7(at_ms(ms), ~0ULL, ~0ULL));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_hash_tells_neighbours_apart) {
    std::set<std::size_t> hashes;
    posthorn::uuid_hash const hash;
    for (std::uint64_t i = 0; i != 1000; ++i)
        hashes.insert(hash(make_uuid_v7(at_ms(1'700'000'000'000), i, i * i)));
    BOOST_TEST(hashes.size() == 1000U);
    uuid const id = make_uuid_v7(at_ms(5), 1, 2);
    BOOST_TEST(hash(id) == hash(uuid(id)));
}

BOOST_AUTO_TEST_SUITE_END()
