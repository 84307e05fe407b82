// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/rights.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <string_view>
#include <type_traits>

namespace {

using posthorn::admin::acting_user;
using posthorn::admin::parse_right;
using posthorn::admin::right;
using posthorn::admin::right_count;
using posthorn::admin::rights;

constexpr right each(std::size_t i) {
    return static_cast<right>(i);
}

static_assert(rights().empty() && rights::none().empty());
static_assert(rights(right::view_orders).has(right::view_orders));
static_assert((right::view_webhooks | right::create_webhook) ==
              rights{right::create_webhook, right::view_webhooks});
static_assert(static_cast<std::size_t>(right::delete_public_filter) + 1 == right_count);
static_assert(!std::is_aggregate_v<acting_user>);

} // namespace

BOOST_AUTO_TEST_SUITE(admin_rights)

BOOST_AUTO_TEST_CASE(every_right_has_a_name_of_its_own_that_is_read_back) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i != right_count; ++i) {
        auto const name = to_string(each(i));
        names.insert(name);
        BOOST_TEST((parse_right(name) == each(i)), name);
    }
    BOOST_TEST(names.size() == right_count);
    BOOST_TEST(to_string(right::view_webhooks) == "view_webhooks");
    BOOST_TEST(to_string(right::manage_orders) == "manage_orders");
    BOOST_TEST(to_string(right::delete_public_filter) == "delete_public_filter");
}

BOOST_AUTO_TEST_CASE(what_is_no_right_is_none) {
    for (auto const* const name : {"", "view", "View_webhooks", "view_webhooks ", "all"})
        BOOST_TEST(!parse_right(name).has_value(), name);
}

BOOST_AUTO_TEST_CASE(a_set_has_what_was_put_into_it_and_nothing_else) {
    for (std::size_t i = 0; i != right_count; ++i) {
        BOOST_TEST(rights::all().has(each(i)));
        BOOST_TEST(!rights::none().has(each(i)));
        for (std::size_t k = 0; k != right_count; ++k)
            BOOST_TEST(rights(each(i)).has(each(k)) == (i == k));
    }
}

BOOST_AUTO_TEST_CASE(sets_are_joined_cut_and_taken_away) {
    rights const editor{right::view_webhooks, right::modify_webhook};
    rights const creator{right::view_webhooks, right::create_webhook};
    BOOST_TEST(
        ((editor | creator) == rights{right::view_webhooks, right::modify_webhook, right::create_webhook}));
    BOOST_TEST(((editor & creator) == rights(right::view_webhooks)));
    BOOST_TEST(((editor - creator) == rights(right::modify_webhook)));
    BOOST_TEST(((rights::all() - rights::all()) == rights::none()));
    rights some;
    some |= editor;
    some -= right::view_webhooks;
    BOOST_TEST((some == rights(right::modify_webhook)));
    some &= creator;
    BOOST_TEST(some.empty());
}

BOOST_AUTO_TEST_CASE(all_of_several_is_more_than_one_of_them) {
    rights const editor{right::view_webhooks, right::modify_webhook};
    BOOST_TEST(editor.has_all(right::view_webhooks | right::modify_webhook));
    BOOST_TEST(!editor.has_all(right::view_webhooks | right::delete_webhook));
    BOOST_TEST(editor.has_all(rights::none()));
    BOOST_TEST(rights::all().has_all(editor));
    BOOST_TEST(!rights::none().has_all(editor));
}

BOOST_AUTO_TEST_CASE(a_user_may_nothing_and_speaks_english_unless_the_host_says_more) {
    acting_user const nobody;
    BOOST_TEST(nobody.name.empty());
    BOOST_TEST(nobody.may.empty());
    BOOST_TEST(nobody.language == "en");
    BOOST_TEST(nobody.is_active);
    acting_user const ann("ann", {right::view_webhooks, right::view_orders});
    BOOST_TEST(ann.may.has(right::view_orders));
    BOOST_TEST(ann.language == "en");
    BOOST_TEST(acting_user("eve", rights::all(), "fr").language == "fr");
}

BOOST_AUTO_TEST_SUITE_END()
