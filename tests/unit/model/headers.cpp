// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/headers.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <string>
#include <vector>

static_assert(std::ranges::forward_range<posthorn::header_range>);
static_assert(std::forward_iterator<posthorn::header_range::iterator>);

namespace {

using posthorn::header_block;

std::vector<std::string> names_and_values(header_block const& block) {
    std::vector<std::string> out;
    for (auto const [name, value] : block.fields())
        out.push_back(std::string(name) + "|" + std::string(value));
    return out;
}

BOOST_AUTO_TEST_SUITE(model_headers)

BOOST_AUTO_TEST_CASE(a_new_block_has_no_fields) {
    header_block const block;
    BOOST_TEST(block.text() == "");
    BOOST_TEST(names_and_values(block).empty());
}

BOOST_AUTO_TEST_CASE(fields_stand_as_on_the_wire_in_the_order_of_adding) {
    header_block block;
    block.add("X-Second", "b");
    block.add("X-First", "a");
    BOOST_TEST(block.text() == "X-Second: b\r\nX-First: a\r\n");
}

BOOST_AUTO_TEST_CASE(fields_are_read_back_as_they_were_added) {
    header_block block;
    block.add("Content-Type", "application/json");
    block.add("X-Empty", "");
    block.add("X-Colons", "a: b:c");
    block.add("X-Spaces", "  two  ");
    block.add("Content-Type", "again");
    std::vector<std::string> const expected{"Content-Type|application/json", "X-Empty|", "X-Colons|a: b:c",
                                            "X-Spaces|  two  ", "Content-Type|again"};
    BOOST_TEST(names_and_values(block) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_field_written_piece_by_piece_is_a_field) {
    header_block block;
    block.add("A", "1");
    block.buffer().append("B: ").append("2").append("3\r\n");
    block.add("C", "4");
    std::vector<std::string> const expected{"A|1", "B|23", "C|4"};
    BOOST_TEST(names_and_values(block) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(clear_leaves_no_field) {
    header_block block;
    block.add("A", "1");
    block.clear();
    BOOST_TEST(block.text() == "");
    block.add("B", "2");
    BOOST_TEST(block.text() == "B: 2\r\n");
}

BOOST_AUTO_TEST_CASE(an_iterator_can_be_copied_and_walked_twice) {
    header_block block;
    block.add("A", "1");
    block.add("B", "2");
    auto const fields = block.fields();
    auto at = fields.begin();
    auto const first = at++;
    BOOST_TEST((*first).name == "A");
    BOOST_TEST((*at).name == "B");
    BOOST_TEST((first == fields.begin()));
    BOOST_TEST((at != fields.begin()));
    BOOST_TEST((++at == fields.end()));
    BOOST_TEST(std::ranges::distance(fields) == 2);
    BOOST_TEST(std::ranges::distance(fields) == 2);
}

BOOST_AUTO_TEST_CASE(the_range_works_with_algorithms) {
    header_block block;
    block.add("A", "1");
    block.add("B", "2");
    auto const fields = block.fields();
    auto const found = std::ranges::find_if(fields, [](auto const& field) { return field.name == "B"; });
    BOOST_REQUIRE((found != fields.end()));
    BOOST_TEST((*found).value == "2");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
