// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/catalogue.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace {

using posthorn::test::read_catalogue;
using posthorn::test::text_of;

// What of a claim is named: groups and ids.
std::set<std::string_view> names_of(boost::json::object const& claim) {
    std::set<std::string_view> names;
    for (auto const* const list : {"groups", "ids"})
        if (auto const* const all = claim.if_contains(list))
            for (auto const& name : all->as_array())
                names.insert(name.as_string());
    return names;
}

} // namespace

BOOST_AUTO_TEST_SUITE(catalogues)

BOOST_AUTO_TEST_CASE(every_entry_is_claimed_by_exactly_one_test) {
    std::map<std::string_view, std::size_t> const sizes{
        {"hostile_receivers.json", 154}, {"hostile_urls.json", 216}, {"hostile_messages.json", 78}};
    auto const claims = read_catalogue("claims.json");
    for (auto const& [file, size] : sizes) {
        auto const entries = read_catalogue(file);
        BOOST_TEST(entries.size() == size);
        for (auto const& value : entries) {
            auto const& entry = value.as_object();
            std::size_t claimed = 0;
            for (auto const& claim : claims) {
                auto const names = names_of(claim.as_object());
                claimed +=
                    text_of(claim.as_object(), "file") == file &&
                            (names.contains(text_of(entry, "id")) || names.contains(text_of(entry, "group")))
                        ? 1U
                        : 0U;
            }
            BOOST_TEST(claimed == 1U, text_of(entry, "id") << " is claimed " << claimed << " times");
        }
        BOOST_TEST_MESSAGE(file << ": " << entries.size() << " entries, all claimed");
    }
}

BOOST_AUTO_TEST_CASE(every_claim_is_read_by_its_test) {
    for (auto const& value : read_catalogue("claims.json")) {
        auto const& claim = value.as_object();
        std::ifstream file(std::string(POSTHORN_TEST_DATA "/../../").append(text_of(claim, "source")));
        std::string const source{std::istreambuf_iterator<char>(file), {}};
        BOOST_TEST(source.find("claimed(\"" + std::string(text_of(claim, "place")) + "\")") != source.npos,
                   text_of(claim, "place"));
    }
}

BOOST_AUTO_TEST_CASE(every_verdict_of_our_own_has_an_entry_and_a_reason) {
    std::map<std::string, boost::json::object> entries;
    for (auto const* const file : {"hostile_receivers.json", "hostile_urls.json", "hostile_messages.json"})
        for (auto const& value : read_catalogue(file))
            entries.emplace(text_of(value.as_object(), "id"), value.as_object());
    std::set<std::string> seen;
    for (auto const& value : read_catalogue("overrides.json")) {
        auto const& o = value.as_object();
        std::string const id(text_of(o, "id"));
        BOOST_TEST(entries.contains(id), id);
        BOOST_TEST(text_of(o, "why").size() > 10U, id);
        BOOST_TEST((o.contains("expect") || o.contains("conn")), id);
        auto const* const variant = o.if_contains("variant");
        BOOST_TEST(
            seen.insert(id + "/" + (variant != nullptr ? std::to_string(variant->as_int64()) : "")).second,
            id << " stands twice");
    }
    BOOST_TEST_MESSAGE(seen.size() << " verdicts of our own");
}

BOOST_AUTO_TEST_SUITE_END()
