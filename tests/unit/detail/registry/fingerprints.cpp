// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/registry/fingerprints.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <utility>

using namespace posthorn;
using detail::fingerprints;

namespace {

encryption_key key(char const* id, char byte) {
    return {id, secret(std::string(32, byte))};
}

fingerprints with(encryption_key current) {
    return fingerprints(static_keys::make(std::move(current)).value());
}

uuid id_of(std::uint8_t n) {
    uuid id{};
    *id.begin() = n;
    return id;
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit_fingerprints)

BOOST_AUTO_TEST_CASE(a_fingerprint_depends_on_secret_place_and_key) {
    secret const s("correct horse");
    std::set<std::string> const all{
        with(key("k", 'a')).masked(s, id_of(1), "signing[0]"),
        with(key("k", 'a')).masked(s, id_of(1), "signing[1]"),
        with(key("k", 'a')).masked(s, id_of(2), "signing[0]"),
        with(key("k", 'b')).masked(s, id_of(1), "signing[0]"),
        with(key("k", 'a')).masked(secret("correct horsf"), id_of(1), "signing[0]"),
    };
    BOOST_TEST(all.size() == 5U);
    for (auto const& text : all) {
        BOOST_TEST(text.starts_with("*** "));
        BOOST_TEST(text.size() == std::string("*** 01234567").size());
    }
    BOOST_TEST(all.contains(with(key("k", 'a')).masked(s, id_of(1), "signing[0]")));
}

// Made independently, from the description: HMAC-SHA256 of each part behind its size, 8 bytes, big endian.
BOOST_AUTO_TEST_CASE(a_fingerprint_stays_what_it_is) {
    BOOST_TEST(with(key("k", 'k')).masked(secret("s"), uuid{}, "f") == "*** d5e80eca");
}

BOOST_AUTO_TEST_CASE(without_a_key_or_a_secret_there_is_a_mask_alone) {
    BOOST_TEST(fingerprints(encryption_keys()).masked(secret("s"), uuid{}, "f") == "***");
    BOOST_TEST(with(key("k", 'a')).masked(secret(), uuid{}, "f") == "***");
}

BOOST_AUTO_TEST_SUITE_END()
