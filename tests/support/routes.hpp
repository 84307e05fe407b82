// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/routing/routing.hpp>

#include "sample.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Routes and tables for tests, without a dispatcher.
namespace posthorn::test {

struct no_key {};

using route = detail::route<no_key>;
using route_table = detail::routing_table<no_key>;

[[nodiscard]] inline uuid numbered_id(std::uint64_t n) {
    uuid id{};
    for (std::size_t i = 0; i != 8; ++i)
        id.data[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
    return id;
}

[[nodiscard]] inline std::uint64_t number_of(uuid const& id) {
    std::uint64_t n = 0;
    for (std::size_t i = 8; i != 16; ++i)
        n = n << 8 | id.data[i];
    return n;
}

// A webhook that asks for `what` of `object`, where `condition` holds.
[[nodiscard]] inline std::shared_ptr<detail::compiled_webhook const>
asking(std::string const& object, std::optional<action> what, std::string const& condition = "",
       detail::catalog_schema catalog = objects::schema()) {
    posthorn::webhook w;
    w.wording = "w";
    w.url = "https://example.com/";
    w.method = verb::get;
    w.object = object;
    w.what = what;
    w.condition = condition;
    field_errors errors;
    auto compiled = detail::compiled_webhook::compile(w, catalog, errors);
    BOOST_TEST_REQUIRE(errors.text() == "");
    return std::make_shared<detail::compiled_webhook const>(*std::move(compiled));
}

// An editor that names webhooks by numbers, which are also their order.
class numbered_routes {
  public:
    explicit numbered_routes(detail::catalog_schema catalog = objects::schema())
        : catalog_(catalog), editor_(catalog) {}

    void put(std::uint64_t number, std::shared_ptr<detail::compiled_webhook const> what,
             std::string_view filter = "", std::uint64_t order = 0) {
        auto const type = detail::filtered_by(catalog_, what->object_index());
        std::optional<expression> test;
        if (!filter.empty())
            test = expression::compile_predicate(filter, {catalog_, type, std::nullopt, true}).value();
        auto const id = numbered_id(number);
        editor_.put({order == 0 ? number : order, id, std::move(what),
                     std::make_shared<detail::lane<no_key>>(id, 0U)},
                    test, type);
    }

    void erase(std::uint64_t number) { editor_.erase(numbered_id(number)); }

    [[nodiscard]] std::shared_ptr<route_table const> publish() { return editor_.publish(); }

  private:
    detail::catalog_schema catalog_;
    detail::routing_editor<no_key> editor_;
};

// The numbers of the webhooks that an event calls, in order.
[[nodiscard]] inline std::vector<std::uint64_t> called(route_table const& t, detail::event_view const& e) {
    detail::predicate_memo memo;
    detail::matched_routes<no_key> matches;
    t.match(e, memo, matches);
    std::vector<std::uint64_t> numbers;
    for (auto const& m : matches)
        numbers.push_back(number_of(m->webhook));
    return numbers;
}

} // namespace posthorn::test
