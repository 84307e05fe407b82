// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/order.hpp>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace posthorn;
using namespace posthorn::admin;

namespace {

constexpr order_status all[] = {order_status::queued,  order_status::in_progress, order_status::success,
                                order_status::failure, order_status::cancelled,   order_status::paused};

} // namespace

BOOST_AUTO_TEST_SUITE(admin_order)

BOOST_AUTO_TEST_CASE(the_reference_statuses_have_their_texts) {
    BOOST_TEST(text_of(order_status::in_progress, language::english) == "In progress");
    BOOST_TEST(text_of(order_status::success, language::english) == "Success");
    BOOST_TEST(text_of(order_status::failure, language::english) == "Failure");
    BOOST_TEST(text_of(order_status::cancelled, language::english) == "Cancelled");
    BOOST_TEST(text_of(order_status::in_progress, language::french) == "En cours");
    BOOST_TEST(text_of(order_status::failure, language::french) == "\xc3\x89"
                                                                   "chec");
}

BOOST_AUTO_TEST_CASE(every_status_is_one_state_and_one_text) {
    std::set<std::string_view> names;
    std::set<std::string_view> english;
    std::set<std::string_view> french;
    for (auto const s : all) {
        BOOST_TEST((parse_order_status(to_string(s)) == s));
        BOOST_TEST((status_of(state_of(s)) == s));
        names.insert(to_string(s));
        english.insert(text_of(s, language::english));
        french.insert(text_of(s, language::french));
    }
    BOOST_TEST(names.size() == 6U);
    BOOST_TEST(english.size() == 6U);
    BOOST_TEST(french.size() == 6U);
    BOOST_TEST(!parse_order_status("done").has_value());
}

BOOST_AUTO_TEST_CASE(a_failure_is_not_completed) {
    for (auto const s : all)
        BOOST_TEST(completed_orders.has(state_of(s)) ==
                   (s == order_status::success || s == order_status::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()
