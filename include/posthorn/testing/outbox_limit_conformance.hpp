// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/testing/conformance.hpp>
#include <posthorn/testing/outbox_conformance.hpp>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// The rules of an Outbox that has limits, as cases like those of `outbox_conformance.hpp`.
namespace posthorn::testing {

/// How an outbox refuses what its limits do not allow.
///
/// @param factory gives a new, empty outbox that holds two deliveries of one webhook, and more of others
template <Outbox T, class Factory>
    requires std::is_invocable_r_v<T, Factory const&>
[[nodiscard]] conformance_cases outbox_limit_cases(Factory factory) {
    using bench = detail::outbox_bench<T>;
    using detail::require;
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(bench&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            bench b(factory());
            body(b);
        });
    };
    add("a_row_beyond_a_limit_is_refused_by_itself", [](bench& b) {
        std::vector<outbox_row> rows{b.row(1), b.row(2), b.row(3), b.row(4, 1001)};
        b.append(rows);
        require(!rows[0].refused && !rows[1].refused && !rows[3].refused, "rows within the limit are stored");
        require(rows[2].refused == errc::queue_full, "a row beyond the limit is refused with queue_full");
        require(!rows[2].refusal.empty(), "a refusal comes with a sentence that names the limit");
        require(b.claimed(0, 7) == detail::numbers{1, 2, 4}, "a refused row is not stored");
    });
    add("what_has_ended_makes_room", [](bench& b) {
        b.fill(2);
        (void)b.claim(0, 7);
        (void)b.settle(b.to(1, 7, delivery_state::delivered));
        std::vector<outbox_row> rows{b.row(3), b.row(4)};
        b.append(rows);
        require(!rows[0].refused, "a delivered row no longer counts");
        require(rows[1].refused == errc::queue_full, "rows that wait count");
    });
    add("a_failed_row_needs_no_room", [](bench& b) {
        b.fill(2);
        std::vector<outbox_row> rows{b.row(3, 1000, 0, errc::url_too_long)};
        b.append(rows);
        require(!rows[0].refused, "a row that failed from the start is stored whatever waits");
    });
    return cases;
}

} // namespace posthorn::testing
