// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/testing/conformance.hpp>
#include <posthorn/testing/outbox_room_conformance.hpp>

#include <cstdint>
#include <vector>

// The part of `outbox_conformance` that checks what a user paused.
namespace posthorn::testing::detail {

// Rows 1 to 3 of webhook 1000, of which 1 was paused by a user, 2 by the worker, and 3 is pending.
template <class B>
void fill_paused(B& b) {
    using enum delivery_state;
    b.fill(3);
    (void)b.claim(0, 7);
    auto by_user = b.to(1, 7, paused);
    by_user.by_user = true;
    std::vector<settlement> batch{by_user, b.to(2, 7, paused), b.to(3, 7, pending)};
    b.settle(batch);
    require(!batch[0].lost && !batch[1].lost && !batch[2].lost, "the holder may settle");
}

template <class B>
void outbox_pause_cases(auto const& add) {
    using enum delivery_state;
    add("a_row_that_a_user_paused_is_not_resumed_with_its_webhook", [](B& b) {
        fill_paused(b);
        require(b.claimed(0, 7) == numbers{3}, "a paused row is not handed out");
        for (int i = 0; i != 2; ++i)
            b.change(1000, queue_change::resume);
        require(b.claimed(1'000, 8).front() == 2, "a row that the worker paused is resumed");
        b.release(7);
        b.release(8);
        require(b.claimed(2'000, 9) == numbers{2, 3},
                "a row that a user paused stays paused when its webhook is resumed");
    });
    add("a_row_that_a_user_paused_stays_paused_after_a_pause_of_its_webhook", [](B& b) {
        fill_paused(b);
        for (auto const what :
             {queue_change::pause, queue_change::pause, queue_change::resume, queue_change::resume})
            b.change(1000, what);
        require(b.claimed(1'000, 8) == numbers{2, 3},
                "a pause of the webhook does not replace the user's pause");
    });
    add("a_row_that_a_user_paused_is_not_due", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        auto s = b.to(1, 7, paused);
        s.by_user = true;
        require(!b.settle(s), "the holder may settle");
        b.change(1000, queue_change::resume);
        require(!b.next_due(), "a paused row is not due");
    });
    add("a_row_that_a_user_paused_is_cancelled_with_its_webhook", [](B& b) {
        fill_paused(b);
        for (int i = 0; i != 2; ++i)
            b.change(1000, queue_change::cancel);
        b.change(1000, queue_change::resume);
        require(b.claimed(1'000, 8).empty() && !b.next_due(),
                "a cancel ends every row that waits, also one that a user paused");
    });
    add("only_a_pause_is_by_a_user", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        auto s = b.to(1, 7, pending);
        s.by_user = true;
        require(!b.settle(s), "the holder may settle");
        b.change(1000, queue_change::pause);
        require(b.claimed(0, 7).empty(), "a pending row is paused with its webhook");
        b.change(1000, queue_change::resume);
        require(b.claimed(0, 7) == numbers{1},
                "and resumed with it, whatever the settlement of an attempt said");
    });
    add("a_row_in_order_that_a_user_paused_steps_aside", [](B& b) {
        std::vector<outbox_row> rows{b.row(1), b.row(2)};
        for (auto& r : rows)
            r.in_order = true;
        b.append(rows);
        (void)b.claim(0, 7);
        auto s = b.to(1, 7, paused);
        s.by_user = true;
        require(!b.settle(s), "the holder may settle");
        b.change(1000, queue_change::resume);
        require(b.claimed(0, 7) == numbers{2}, "a row that a user paused does not delay those behind it");
    });
    add("a_change_can_be_repeated", [](B& b) {
        b.fill(2);
        for (int i = 0; i != 3; ++i)
            b.change(1000, queue_change::pause);
        require(b.claimed(0, 7).empty(), "a second pause changes nothing");
        for (int i = 0; i != 3; ++i)
            b.change(1000, queue_change::resume);
        require(b.claimed(0, 7, 1) == numbers{1}, "a second resume changes nothing");
        for (int i = 0; i != 3; ++i)
            b.change(1000, queue_change::cancel);
        require(!b.settle(b.to(1, 7, pending)), "a change does not move a row that a lease holds");
        require(b.claimed(0, 8) == numbers{1}, "a second cancel changes nothing");
    });
}

} // namespace posthorn::testing::detail
