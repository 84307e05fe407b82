// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/catalog.hpp>

#include "../../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using namespace posthorn::test;
using posthorn::detail::no_index;

std::vector<std::string_view> names(posthorn::record_schema const& record) {
    std::vector<std::string_view> all;
    for (auto const& f : record.fields)
        all.push_back(f.name);
    return all;
}

} // namespace

static_assert(objects::index_of<project> == 0);
static_assert(objects::index_of<phase> == 1);
static_assert(objects::index_of<account> == 2);
static_assert(objects::index_of<site> == no_index);
static_assert(objects::index_of<void> == no_index);
static_assert(objects::index_of<project const> == no_index);
static_assert(std::is_void_v<objects::scope_of<project>>);
static_assert(std::same_as<objects::scope_of<phase>, project>);
static_assert(objects::hides<&account::password_hash>());
static_assert(objects::hides<&site::alarm_code>());
static_assert(!objects::hides<&account::login>());
// Another member of the same type in another struct.
static_assert(!objects::hides<&project::code>());

// The order of the options does not matter.
using turned = posthorn::catalog<
    posthorn::object<phase, "a", posthorn::hidden<&phase::label>, posthorn::scoped_by<project>>,
    posthorn::object<project, "b">>;
static_assert(std::same_as<turned::scope_of<phase>, project>);
static_assert(turned::hides<&phase::label>());

BOOST_AUTO_TEST_SUITE(model_catalog)

BOOST_AUTO_TEST_CASE(the_schema_lists_names_and_scopes_in_order) {
    auto const all = objects::schema();
    BOOST_TEST(all.size() == 3U);
    BOOST_TEST(all[0].name == "project");
    BOOST_TEST(all[1].name == "phase");
    BOOST_TEST(all[2].name == "user");
    BOOST_TEST(all[0].scope == no_index);
    BOOST_TEST(all[1].scope == 0U);
    BOOST_TEST(all[2].scope == no_index);
    BOOST_TEST(turned::schema()[0].scope == 1U);
}

BOOST_AUTO_TEST_CASE(hidden_members_stand_in_no_schema) {
    auto const all = objects::schema();
    BOOST_TEST(names(all[2].record()) == std::vector<std::string_view>{"login"},
               boost::test_tools::per_element());
    for (auto const name : names(all[0].record()))
        BOOST_TEST(name != "internal_note");
}

BOOST_AUTO_TEST_CASE(a_wire_name_is_a_name_of_the_language) {
    using posthorn::detail::wire_name_ok;
    static_assert(wire_name_ok("project"));
    static_assert(wire_name_ok("_x9"));
    static_assert(wire_name_ok("Events"));
    static_assert(!wire_name_ok(""));
    static_assert(!wire_name_ok("9x"));
    static_assert(!wire_name_ok("a-b"));
    static_assert(!wire_name_ok("a b"));
    static_assert(!wire_name_ok("a.b"));
    static_assert(!wire_name_ok("event"));
    static_assert(!wire_name_ok("previous"));
    static_assert(!wire_name_ok("\xc3\xa9t\xc3\xa9"));
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()
