// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/testing/conformance.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

// The part of `outbox_conformance` that is about what a claim has room for, and about order.
namespace posthorn::testing::detail {

using numbers = std::vector<std::uint32_t>;

// What a claim takes that has this much room for webhook 1000.
template <class B>
struct room_claim {
    room_claim(B& b, std::size_t room, std::size_t limit = 100) {
        std::vector<claim_room> const rooms{claim_room(B::id_of(1000), room)};
        claim_query query(limit);
        query.rooms = rooms;
        std::vector<claimed_delivery> out;
        end = b.claim(0, 7, query, out);
        for (auto const& c : out)
            taken.push_back(B::number_of(c.what->id()));
    }

    numbers taken;
    claim_end end;
};

template <class B>
void outbox_room_cases(auto const& add) {
    add("a_webhook_without_room_is_passed_over", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, -3), b.row(2, 1000, -2), b.row(3, 1001, -1)};
        b.append(rows);
        room_claim<B> const got(b, 0);
        require(got.taken == numbers{3}, "a claim takes nothing of a webhook that it has no room for");
        require(got.end == claim_end::no_room, "and says that something due is left");
        require(b.claimed(0, 8) == numbers{1, 2}, "what was passed over is handed out by the next claim");
    });
    add("a_claim_takes_what_it_has_room_for_oldest_first", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, -1), b.row(2, 1000, -3), b.row(3, 1000, -2),
                                     b.row(4, 1001, -9)};
        b.append(rows);
        room_claim<B> const got(b, 2);
        require(got.taken == numbers{4, 2, 3}, "a claim takes the oldest ones that it has room for");
        require(got.end == claim_end::no_room, "and says that something due is left");
        room_claim<B> const rest(b, 2);
        require(rest.taken == numbers{1} && rest.end == claim_end::complete,
                "a claim that takes everything says so");
    });
    add("each_webhook_has_its_share", [](B& b) {
        std::vector<outbox_row> rows;
        for (std::uint32_t n = 1; n <= 9; ++n)
            rows.push_back(b.row(n, 1000 + n % 3));
        b.append(rows);
        claim_query query(100);
        query.per_webhook = 2;
        std::vector<claimed_delivery> out;
        require(b.claim(0, 7, query, out) == claim_end::no_room && out.size() == 6,
                "a claim takes no more of each webhook than its share");
    });
    add("a_backlog_does_not_fill_a_claim", [](B& b) {
        constexpr std::uint32_t many = 3000;
        std::vector<outbox_row> rows;
        for (std::uint32_t n = 1; n <= many; ++n)
            rows.push_back(b.row(n, 1000, -9));
        rows.push_back(b.row(many + 1, 1001, -2));
        rows.push_back(b.row(many + 2, 1002, -1));
        rows.push_back(b.row(many + 3, 1001, 1));
        b.append(rows);
        room_claim<B> const none(b, 0, 10);
        require(none.taken == numbers{many + 1, many + 2} && none.end == claim_end::no_room,
                "a claim finds what is behind any number of rows that it passes over");
        room_claim<B> const some(b, 3, 10);
        require(some.taken.size() == 3 && some.end == claim_end::no_room, "and takes what it has room for");
        require(b.claimed(0, 8, 5).size() == 5, "what was passed over stays to be claimed");
    });
    add("a_row_that_is_left_is_pending_whatever_the_lease", [](B& b) {
        std::vector<outbox_row> rows{b.row(1), b.row(2)};
        rows[0].is_left = true;
        b.append(rows, b.hold(5));
        require(b.claimed(0, 7) == numbers{1}, "a row that is left is not held by the lease of its append");
        require(!b.settle(b.to(2, 5, delivery_state::delivered)), "the others are");
    });
    add("next_due_is_after_now", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, 20), b.row(2, 1001, 30)};
        b.append(rows);
        require(b.next_due(19) == b.at(20) && b.next_due(20) == b.at(30) && !b.next_due(30),
                "next_due does not tell of what is due already");
    });
}

template <class B>
void outbox_order_cases(auto const& add) {
    using enum delivery_state;
    auto const in_order = [](B& b, std::uint32_t count) {
        std::vector<outbox_row> rows;
        for (std::uint32_t n = 1; n <= count; ++n) {
            rows.push_back(b.row(n));
            rows.back().in_order = true;
        }
        b.append(rows, b.hold(5));
    };
    add("of_rows_in_order_the_first_is_handed_out_alone", [in_order](B& b) {
        in_order(b, 3);
        std::vector<outbox_row> others{b.row(8), b.row(9, 1001)};
        b.append(others);
        require(b.claimed(0, 7) == numbers{1, 8, 9},
                "the first in order, and what has no order, is handed out");
        require(b.claimed(0, 7).empty(), "nothing overtakes what is being delivered");
        require(!b.settle(b.to(1, 7, delivered)), "the holder may settle");
        require(b.claimed(0, 8) == numbers{2}, "the next one is handed out when the one before has ended");
    });
    add("a_retry_holds_up_those_behind_it", [in_order](B& b) {
        in_order(b, 2);
        (void)b.claim(0, 7);
        (void)b.settle(b.to(1, 7, pending, 1, 100));
        require(b.claimed(99, 7).empty(), "nothing overtakes a retry that is not due");
        require(b.claimed(100, 7) == numbers{1}, "it is handed out when it is due");
        (void)b.settle(b.to(1, 7, failed, 2));
        require(b.claimed(100, 7) == numbers{2}, "a failure lets the next one go");
    });
    add("what_is_paused_or_cancelled_steps_aside", [in_order](B& b) {
        in_order(b, 3);
        (void)b.claim(0, 7);
        (void)b.settle(b.to(1, 7, paused, 1));
        require(b.claimed(0, 7) == numbers{2}, "a paused one lets the next one go");
        (void)b.settle(b.to(2, 7, cancelled));
        require(b.claimed(0, 7) == numbers{3}, "a cancelled one too");
        (void)b.settle(b.to(3, 7, delivered));
        b.change(1000, queue_change::resume);
        require(b.claimed(0, 7) == numbers{1}, "a resumed one is handed out");
    });
    add("a_lease_that_ends_keeps_the_order", [in_order](B& b) {
        in_order(b, 2);
        (void)b.claim(0, 7);
        require(b.claimed(61, 8) == numbers{1},
                "what a dead worker held is handed out, and nothing overtakes it");
        b.release(8);
        require(b.claimed(61, 9) == numbers{1}, "what was given back too");
    });
    add("a_backlog_in_order_does_not_fill_a_claim", [in_order](B& b) {
        constexpr std::uint32_t many = 2000;
        in_order(b, many);
        std::vector<outbox_row> others{b.row(many + 1, 1001, 1), b.row(many + 2, 1002, 2)};
        b.append(others);
        require(b.claimed(0, 7) == numbers{1}, "the first in order is handed out");
        require(b.claimed(2, 7) == numbers{many + 1, many + 2},
                "a claim finds what is behind any number of them");
    });
    add("rows_in_order_behind_a_backlog_keep_their_order", [](B& b) {
        constexpr std::uint32_t many = 3000;
        std::vector<outbox_row> rows;
        for (std::uint32_t n = 1; n <= many; ++n)
            rows.push_back(b.row(n, 1000, -9));
        for (std::uint32_t n = many + 1; n <= many + 2; ++n) {
            rows.push_back(b.row(n, 1001, -1));
            rows.back().in_order = true;
        }
        b.append(rows);
        require(room_claim<B>(b, 0, 10).taken == numbers{many + 1},
                "of rows in order only the first is handed out, whatever the claim passes over");
    });
}

} // namespace posthorn::testing::detail
