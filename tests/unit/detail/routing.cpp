// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/routing.hpp>

#include "../../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace posthorn::test;
using posthorn::action;
using posthorn::uuid;

struct key {};
using table = posthorn::detail::routing_table<key>;
using route = posthorn::detail::route<key>;

uuid id_of(std::uint8_t n) {
    uuid id{};
    id.data[15] = n;
    return id;
}

// A webhook with this number that asks for `what` of `object`.
route asks(std::uint8_t number, std::string const& object, std::optional<action> what,
           std::uint64_t order = 0) {
    posthorn::webhook w;
    w.wording = "w";
    w.url = "https://example.com/";
    w.method = posthorn::verb::get;
    w.object = object;
    w.what = what;
    posthorn::field_errors errors;
    auto compiled = posthorn::detail::compiled_webhook::compile(w, objects::schema(), errors);
    BOOST_TEST_REQUIRE(errors.text() == "");
    auto const id = id_of(number);
    return {order == 0 ? number : order, id,
            std::make_shared<posthorn::detail::compiled_webhook const>(*std::move(compiled)),
            std::make_shared<posthorn::detail::lane<key>>(id, 0U)};
}

// The numbers of the webhooks that an event calls, in order.
std::string called(table const& t, std::size_t object, action what) {
    std::string numbers;
    for (auto const& r : t.routes(object, what))
        numbers += static_cast<char>('0' + r.webhook.data[15]);
    return numbers;
}

std::string all_cells(table const& t) {
    std::string text;
    for (std::size_t object = 0; object != 3; ++object)
        for (auto const what : {action::created, action::modified, action::deleted})
            text += called(t, object, what) + "|";
    return text;
}

std::shared_ptr<table const> fresh() {
    return std::make_shared<table const>(objects::schema().size());
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_routing)

BOOST_AUTO_TEST_CASE(an_empty_table_calls_nobody) {
    BOOST_TEST(all_cells(*fresh()) == "|||||||||");
}

BOOST_AUTO_TEST_CASE(a_webhook_is_called_for_what_it_asks_only) {
    BOOST_TEST(all_cells(*fresh()->with(asks(1, "project", action::created))) == "1|||||||||");
    BOOST_TEST(all_cells(*fresh()->with(asks(1, "phase", action::modified))) == "||||1|||||");
    BOOST_TEST(all_cells(*fresh()->with(asks(1, "user", action::deleted))) == "||||||||1|");
    BOOST_TEST(all_cells(*fresh()->with(asks(1, "phase", std::nullopt))) == "|||1|1|1||||");
}

BOOST_AUTO_TEST_CASE(webhooks_are_called_in_the_order_of_their_creation) {
    auto t = fresh();
    for (auto const n : {std::uint8_t{3}, std::uint8_t{1}, std::uint8_t{4}, std::uint8_t{2}})
        t = t->with(asks(n, "project", action::created));
    BOOST_TEST(called(*t, 0, action::created) == "1234");
}

BOOST_AUTO_TEST_CASE(a_changed_webhook_keeps_its_place_and_leaves_what_it_no_longer_asks_for) {
    auto t = fresh()
                 ->with(asks(1, "project", std::nullopt))
                 ->with(asks(2, "project", std::nullopt))
                 ->with(asks(3, "project", std::nullopt));
    t = t->with(asks(2, "project", action::modified));
    BOOST_TEST(all_cells(*t) == "13|123|13|||||||");
    t = t->with(asks(2, "user", action::deleted));
    BOOST_TEST(all_cells(*t) == "13|13|13||||||2|");
    // The new compiled form is the one that is used.
    auto const replacement = asks(2, "user", action::deleted);
    t = t->with(replacement);
    BOOST_TEST(t->routes(2, action::deleted).size() == 1U);
    BOOST_TEST(t->routes(2, action::deleted).front().what == replacement.what);
}

BOOST_AUTO_TEST_CASE(a_removed_webhook_is_called_no_more) {
    auto const t = fresh()->with(asks(1, "project", std::nullopt))->with(asks(2, "project", action::created));
    BOOST_TEST(all_cells(*t->without(id_of(1))) == "2|||||||||");
    BOOST_TEST(all_cells(*t->without(id_of(9))) == all_cells(*t));
    BOOST_TEST(all_cells(*t->without(id_of(1))->without(id_of(2))) == "|||||||||");
}

BOOST_AUTO_TEST_CASE(a_change_leaves_the_old_table_as_it_was_and_shares_what_is_the_same) {
    auto const before = fresh()->with(asks(1, "project", action::created));
    auto const after = before->with(asks(2, "user", action::created));
    BOOST_TEST(all_cells(*before) == "1|||||||||");
    BOOST_TEST(all_cells(*after) == "1||||||2|||");
    BOOST_TEST(&before->routes(0, action::created) == &after->routes(0, action::created));
    BOOST_TEST(&before->routes(2, action::created) != &after->routes(2, action::created));
}

BOOST_AUTO_TEST_SUITE_END()
