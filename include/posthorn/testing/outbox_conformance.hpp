// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/testing/conformance.hpp>
#include <posthorn/testing/outbox_pause_conformance.hpp>
#include <posthorn/testing/outbox_room_conformance.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// The rules of Outbox as cases that run against any model of it, under any test framework:
/// @code
/// for (auto const& c : posthorn::testing::outbox_cases<my_outbox>([] { return my_outbox(fresh_file()); }))
///     SECTION(c.name()) { c.run(); }                        // Catch2; or SUBCASE, or a plain loop
/// @endcode
/// The factory gives a new, empty outbox at each call. `run` throws `conformance_failure` with the broken
/// rule.
namespace posthorn::testing {

namespace detail {

// One outbox, and what a case does with it.
template <Outbox T>
class outbox_bench {
  public:
    using seconds = std::chrono::seconds;

    explicit outbox_bench(T box) : box_(std::move(box)) {}

    static constexpr wall_time start{std::chrono::sys_days{std::chrono::January / 1 / 2026}};

    [[nodiscard]] static wall_time at(std::int64_t s) { return start + seconds(s); }

    // A lease of 60 s that begins at `from`.
    [[nodiscard]] static lease hold(std::uint64_t id, std::int64_t from = 0) {
        return lease(id, at(from + 60));
    }

    [[nodiscard]] static uuid id_of(std::uint32_t n) {
        uuid id{};
        for (std::size_t i = 0; i != 4; ++i)
            id.data[12 + i] = static_cast<std::uint8_t>(n >> (24 - 8 * i));
        id.data[0] = 0x0f;
        return id;
    }

    // With what a storage may stumble over.
    static constexpr std::string_view actor = "o'brien \"\\ \xc3\xa9";

    // A delivery `n` of webhook `w` that is due at `due`.
    [[nodiscard]] static outbox_row row(std::uint32_t n, std::uint32_t w = 1000, std::int64_t due = 0,
                                        error_code failed = {}) {
        request_text text;
        text.buffer() += "/t";
        text.end_target();
        text.buffer() += "X: y\r\n";
        text.end_headers();
        text.buffer() += std::string("b\0\xff", 3) + std::to_string(n);
        return outbox_row(delivery::make(id_of(n), id_of(w), id_of(2000), at(due), verb::put, text.view(),
                                         event_summary("thing", action::modified, actor)),
                          failed);
    }

    void append(std::vector<outbox_row>& rows, lease const& under = lease()) {
        expect(box_.append(rows, under), "append succeeds when nothing is wrong");
    }

    // Rows 1 to `count`, due in that order.
    void fill(std::uint32_t count, lease const& under = lease(), std::uint32_t webhook = 1000) {
        std::vector<outbox_row> rows;
        for (std::uint32_t n = 1; n <= count; ++n)
            rows.push_back(row(n, webhook, static_cast<std::int64_t>(n) - static_cast<std::int64_t>(count)));
        append(rows, under);
    }

    [[nodiscard]] std::vector<claimed_delivery> claim(std::int64_t now, std::uint64_t id,
                                                      std::size_t limit = 100) {
        claim_query const query(limit);
        std::vector<claimed_delivery> out;
        static_cast<void>(claim(now, id, query, out));
        return out;
    }

    [[nodiscard]] claim_end claim(std::int64_t now, std::uint64_t id, claim_query const& query,
                                  std::vector<claimed_delivery>& out) {
        lease const under = hold(id, now);
        auto const done = completed(io_, box_.claim(at(now), under, query, out));
        require(done.has_value(), "claim succeeds when nothing is wrong");
        require(out.size() <= query.limit, "a claim gives no more than its limit");
        return *done;
    }

    // What is claimed, as the numbers of `row`.
    [[nodiscard]] std::vector<std::uint32_t> claimed(std::int64_t now, std::uint64_t id,
                                                     std::size_t limit = 100) {
        std::vector<std::uint32_t> all;
        for (auto const& c : claim(now, id, limit))
            all.push_back(number_of(c.what->id()));
        return all;
    }

    [[nodiscard]] static std::uint32_t number_of(uuid const& id) {
        std::uint32_t n = 0;
        for (std::size_t i = 12; i != 16; ++i)
            n = n << 8 | id.data[i];
        return n;
    }

    [[nodiscard]] static settlement to(std::uint32_t n, std::uint64_t id, delivery_state state,
                                       unsigned attempts = 1, std::int64_t due = 0) {
        settlement s;
        s.id = id_of(n);
        s.lease = id;
        s.state = state;
        s.attempts = attempts;
        s.not_before = at(due);
        return s;
    }

    void settle(std::vector<settlement>& batch) {
        expect(box_.settle(batch), "settle succeeds although single settlements are lost");
    }

    // Whether the lease no longer held it.
    [[nodiscard]] bool settle(settlement const& s) {
        std::vector<settlement> one{s};
        settle(one);
        return one[0].lost;
    }

    [[nodiscard]] result<void> extend(lease const& under, std::int64_t now) {
        return completed(io_, box_.extend(under, at(now)));
    }

    void release(std::uint64_t id) { expect(box_.release(id), "release succeeds when nothing is wrong"); }

    // After the instant `now`, which nothing is due before.
    [[nodiscard]] std::optional<wall_time> next_due(std::int64_t now = -1'000'000) {
        auto const due = completed(io_, box_.next_due(at(now)));
        require(due.has_value(), "next_due succeeds when nothing is wrong");
        return *due;
    }

    void change(std::uint32_t webhook, queue_change what) {
        expect(box_.change(id_of(webhook), what, start), "change succeeds when nothing is wrong");
    }

    [[nodiscard]] T& box() noexcept { return box_; }

  private:
    void expect(boost::asio::awaitable<result<void>> operation, char const* rule) {
        require(completed(io_, std::move(operation)).has_value(), rule);
    }

    boost::asio::io_context io_;
    T box_;
};

template <class B>
void outbox_append_cases(auto const& add) {
    add("a_row_without_a_lease_can_be_claimed_at_once", [](B& b) {
        b.fill(1);
        require(b.claimed(0, 7) == numbers{1}, "a row that was appended without a lease is pending and due");
    });
    add("a_claimed_row_is_what_was_appended_byte_for_byte", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, -3)};
        b.append(rows);
        auto const got = b.claim(0, 7);
        require(got.size() == 1 && got[0].what, "a claim gives the delivery that was appended");
        auto const& d = *got[0].what;
        auto const& mine = *rows[0].what;
        require(d.id() == mine.id() && d.webhook() == mine.webhook() && d.event() == mine.event() &&
                    d.method() == mine.method() && d.created() == mine.created(),
                "a claimed delivery keeps its ids, its method and its time");
        require(d.request().target() == "/t" && d.request().headers() == "X: y\r\n" &&
                    d.request().body() == mine.request().body(),
                "a claimed delivery keeps target, headers and body byte for byte");
        require(d.summary().object == "thing" && d.summary().what == action::modified &&
                    d.summary().actor == b.actor,
                "a claimed delivery keeps what it tells of, and who caused it");
        require(got[0].attempts == 0, "a delivery that was never tried has made no attempts");
    });
    add("a_row_under_a_lease_is_nobody_elses", [](B& b) {
        b.fill(1, b.hold(5));
        require(b.claimed(0, 7).empty(),
                "a row that was appended under a lease is not handed out while the lease lasts");
        require(b.claimed(0, 5).empty(), "a row that a lease holds is not handed out to that lease again");
    });
    add("a_row_under_a_lease_is_settled_by_it", [](B& b) {
        b.fill(1, b.hold(5));
        require(!b.settle(b.to(1, 5, delivery_state::delivered)),
                "the lease of an append may settle its rows");
    });
    add("a_row_under_a_lease_that_ended_is_claimed", [](B& b) {
        b.fill(1, b.hold(5));
        require(b.claimed(61, 7) == numbers{1},
                "a row of a lease that ended is handed out to the next claim");
    });
    add("a_later_row_prolongs_the_lease_of_all", [](B& b) {
        b.fill(1, b.hold(5));
        b.fill(2, b.hold(5, 50));
        require(b.claimed(100, 7).empty(), "a lease lasts as long as the last append under it said");
        require(b.claimed(111, 7) == numbers{1, 2}, "a lease that an append has prolonged ends");
    });
    add("a_later_row_never_shortens_the_lease", [](B& b) {
        b.fill(1, b.hold(5, 50));
        b.fill(2, b.hold(5));
        require(b.claimed(100, 7).empty(), "an append leaves a lease that lasts longer as it is");
    });
    add("a_claim_of_nothing_does_not_shorten_the_lease", [](B& b) {
        (void)b.claim(0, 5);
        b.fill(1, b.hold(5, 50));
        require(b.claimed(100, 7).empty(),
                "a lease that an empty claim has named lasts as long as the append under it says");
    });
    add("a_row_that_could_not_be_rendered_is_stored_as_failed", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, 0, errc::body_too_large), b.row(2)};
        b.append(rows);
        require(!rows[0].refused, "a row with an error is stored, not refused");
        require(b.claimed(100, 7) == numbers{2},
                "a row that was appended with an error is failed, not pending");
    });
    add("a_row_that_could_not_be_rendered_is_failed_under_a_lease_too", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, 0, errc::body_too_large)};
        b.append(rows, b.hold(5));
        require(b.claimed(61, 7).empty(),
                "a row that was appended with an error is failed, whatever the lease");
    });
    add("an_empty_append_changes_nothing", [](B& b) {
        std::vector<outbox_row> none;
        b.append(none);
        b.append(none, b.hold(5));
        require(b.claimed(61, 7).empty() && !b.next_due(), "an empty append stores nothing");
    });
    add("many_rows_in_one_append_are_all_stored", [](B& b) {
        b.fill(1500);
        std::set<std::uint32_t> seen;
        for (auto got = b.claimed(0, 7, 256); !got.empty(); got = b.claimed(0, 7, 256))
            for (auto const n : got)
                require(seen.insert(n).second, "a delivery is handed out once");
        require(seen.size() == 1500, "every row of an append that succeeded is stored");
    });
}

template <class B>
void outbox_claim_cases(auto const& add) {
    add("a_claim_gives_the_oldest_due_first", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, -10), b.row(2, 1000, -30), b.row(3, 1001, -20)};
        b.append(rows);
        require(b.claimed(0, 7) == numbers{2, 3, 1},
                "a claim gives what is due longest first, whatever the webhook");
    });
    add("a_claim_gives_no_more_than_its_limit_and_the_rest_to_the_next", [](B& b) {
        b.fill(5);
        require(b.claimed(0, 7, 2) == numbers{1, 2}, "a claim gives as many as its limit says, oldest first");
        require(b.claimed(0, 8, 2) == numbers{3, 4}, "the next claim goes on where the first ended");
        require(b.claimed(0, 7, 2) == numbers{5}, "the last claim gives the rest");
    });
    add("a_claim_of_none_gives_none", [](B& b) {
        b.fill(2);
        require(b.claimed(0, 7, 0).empty(), "a claim with limit 0 gives nothing");
        require(b.claimed(0, 8).size() == 2, "a claim with limit 0 takes nothing");
    });
    add("a_claim_gives_nothing_that_is_not_due_yet", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, 10)};
        b.append(rows);
        require(b.claimed(9, 7).empty(), "a row is not handed out before it is due");
        require(b.claimed(10, 7) == numbers{1}, "a row is handed out at the instant at which it is due");
    });
    add("a_claim_adds_to_what_the_caller_has", [](B& b) {
        b.fill(1);
        std::vector<claimed_delivery> out = b.claim(0, 7);
        auto const before = out.size();
        auto const more = b.claim(0, 7);
        require(before == 1 && more.empty(), "a claim of an empty outbox adds nothing");
    });
    add("two_workers_never_get_the_same_row", [](B& b) {
        b.fill(20);
        std::set<std::uint32_t> seen;
        for (std::uint64_t turn = 0; turn != 10; ++turn)
            for (auto const n : b.claimed(0, 7 + turn % 2, 3))
                require(seen.insert(n).second, "two claims never hand out one delivery");
        require(seen.size() == 20, "two workers together get everything");
    });
    add("an_empty_outbox_has_nothing_to_claim_and_nothing_due", [](B& b) {
        require(b.claimed(0, 7).empty(), "an empty outbox hands out nothing");
        require(!b.next_due(), "next_due of an empty outbox is none");
    });
    add("a_claim_tells_the_attempts_made_before", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        (void)b.settle(b.to(1, 7, delivery_state::pending, 3, 5));
        auto const again = b.claim(5, 8);
        require(again.size() == 1 && again[0].attempts == 3,
                "a claim tells how many attempts were settled before");
    });
}

template <class B>
void outbox_lease_cases(auto const& add) {
    add("a_claimed_row_comes_back_when_its_lease_ends", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        require(b.claimed(59, 8).empty(), "a lease holds its rows until it ends");
        require(b.claimed(61, 8) == numbers{1}, "an expired lease is claimed by another worker");
    });
    add("a_lease_that_is_extended_holds_on", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        require(b.extend(b.hold(7, 50), 50).has_value(), "a lease that has not ended can be extended");
        require(b.claimed(100, 8).empty(), "an extended lease holds its rows until its new end");
        require(b.claimed(111, 8) == numbers{1}, "an extended lease ends");
    });
    add("a_lease_can_be_extended_again_and_again", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        for (std::int64_t t = 20; t <= 600; t += 20)
            require(b.extend(b.hold(7, t), t).has_value(), "a lease can be extended any number of times");
        require(b.claimed(650, 8).empty(), "a lease that is always extended holds its rows");
        require(!b.settle(b.to(1, 7, delivery_state::delivered)), "a lease that was extended may settle");
    });
    add("a_lease_that_ended_cannot_be_extended", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        auto const r = b.extend(b.hold(7, 100), 100);
        require(!r && r.error() == errc::lease_lost, "extending a lease that ended is lease_lost");
        require(b.claimed(101, 8) == numbers{1}, "the rows of a lost lease are claimed by another worker");
    });
    add("a_lease_that_nobody_has_cannot_be_extended", [](B& b) {
        auto const r = b.extend(b.hold(99), 0);
        require(!r && r.error() == errc::lease_lost, "extending an unknown lease is lease_lost");
    });
    add("a_lease_that_ended_settles_nothing_that_another_worker_claimed", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        (void)b.claim(61, 8);
        require(b.settle(b.to(1, 7, delivery_state::delivered)),
                "a settlement under a lost lease is marked lost");
        require(!b.settle(b.to(1, 8, delivery_state::pending, 2, 70)), "a lost settlement changes nothing");
        auto const again = b.claim(70, 9);
        require(again.size() == 1 && again[0].attempts == 2, "only the holder's settlement counts");
    });
    add("releasing_gives_everything_back_at_once", [](B& b) {
        b.fill(3);
        (void)b.claim(0, 7);
        b.release(7);
        auto const again = b.claim(0, 8);
        require(again.size() == 3, "what a released lease held is pending and due at once");
        require(again[0].attempts == 0, "a release leaves the attempts as they are");
    });
    add("releasing_takes_nothing_from_others", [](B& b) {
        b.fill(2);
        (void)b.claim(0, 7, 1);
        (void)b.claim(0, 8, 1);
        b.release(7);
        require(b.claimed(0, 9) == numbers{1}, "a release gives back the rows of its own lease only");
        require(!b.settle(b.to(2, 8, delivery_state::delivered)), "a release leaves other leases alone");
    });
    add("a_released_lease_settles_nothing", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        b.release(7);
        require(b.settle(b.to(1, 7, delivery_state::delivered)), "a settlement after the release is lost");
        require(b.claimed(0, 8) == numbers{1}, "a settlement after the release changes nothing");
    });
    add("releasing_an_unknown_lease_is_harmless", [](B& b) {
        b.fill(1);
        b.release(99);
        require(b.claimed(0, 7) == numbers{1}, "releasing an unknown lease changes nothing");
    });
}

template <class B>
void outbox_settle_cases(auto const& add) {
    using enum delivery_state;
    for (auto const end : {delivered, failed, cancelled})
        add("a_row_that_is_settled_as_" + std::string(to_string(end)) + "_is_never_handed_out_again",
            [end](B& b) {
                b.fill(1);
                (void)b.claim(0, 7);
                require(!b.settle(b.to(1, 7, end)), "the holder may settle");
                b.change(1000, queue_change::resume);
                b.release(7);
                require(b.claimed(1'000'000, 8).empty(),
                        "an end is an end: no claim hands the delivery out again");
                require(!b.next_due(), "a delivery that has ended is not due");
            });
    add("a_row_that_is_settled_as_pending_is_due_at_its_time", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        require(!b.settle(b.to(1, 7, pending, 1, 300)), "the holder may settle");
        require(b.next_due() == b.at(300), "next_due tells when a retry is due");
        require(b.claimed(299, 8).empty(), "a retry is not handed out before its time");
        require(b.claimed(300, 8) == numbers{1}, "a retry is handed out at its time");
    });
    add("a_row_that_is_settled_as_paused_waits_for_its_webhook", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        require(!b.settle(b.to(1, 7, paused, 1, 10)), "the holder may settle");
        require(b.claimed(1000, 8).empty() && !b.next_due(), "a paused row is neither handed out nor due");
        b.change(1000, queue_change::resume);
        auto const again = b.claim(1000, 8);
        require(again.size() == 1 && again[0].attempts == 1, "a resumed row keeps its attempts");
    });
    add("each_settlement_of_a_batch_is_judged_by_itself", [](B& b) {
        b.fill(4);
        (void)b.claim(0, 7, 2);
        (void)b.claim(0, 8, 1);
        std::vector<settlement> batch{b.to(1, 7, delivered), b.to(3, 7, delivered),  b.to(2, 8, delivered),
                                      b.to(4, 7, delivered), b.to(77, 7, delivered), b.to(2, 99, delivered)};
        b.settle(batch);
        require(!batch[0].lost, "a settlement of a row that its lease holds is not lost");
        require(batch[1].lost && batch[2].lost,
                "a settlement of a row that another live lease holds is lost");
        require(batch[3].lost, "a settlement of a row that nobody claimed is lost");
        require(batch[4].lost, "a settlement of an unknown row is lost");
        require(batch[5].lost, "a settlement under an unknown lease is lost");
        require(b.claimed(61, 9) == numbers{2, 3, 4},
                "lost settlements change nothing, whatever else is in the batch");
    });
    add("a_row_is_settled_once", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        require(!b.settle(b.to(1, 7, pending, 1, 10)), "the first settlement counts");
        require(b.settle(b.to(1, 7, delivered)), "the second settlement of one claim is lost");
        require(b.claimed(10, 8) == numbers{1}, "a lost settlement changes nothing");
    });
    add("the_lost_mark_is_cleared_by_a_settlement_that_counts", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        auto s = b.to(1, 7, delivered);
        s.lost = true;
        require(!b.settle(s), "a settlement that counts is not marked lost, whatever it was before");
    });
    add("an_empty_batch_changes_nothing", [](B& b) {
        b.fill(1);
        std::vector<settlement> none;
        b.settle(none);
        require(b.claimed(0, 7) == numbers{1}, "an empty batch changes nothing");
    });
}

template <class B>
void outbox_queue_cases(auto const& add) {
    add("next_due_is_the_earliest_of_all", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, 30), b.row(2, 1001, 20), b.row(3, 1000, 40)};
        b.append(rows);
        require(b.next_due() == b.at(20), "next_due is when the earliest pending row is due");
    });
    add("next_due_counts_leases_that_may_end", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        auto const due = b.next_due();
        require(due && *due <= b.at(61) && *due >= b.at(1),
                "next_due tells when the earliest lease with rows ends");
    });
    add("pausing_and_resuming_moves_the_rows_of_one_webhook", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000), b.row(2, 1001)};
        b.append(rows);
        b.change(1000, queue_change::pause);
        require(b.claimed(0, 7) == numbers{2}, "a pause holds back the rows of its webhook and no others");
        b.change(1000, queue_change::resume);
        require(b.claimed(0, 7) == numbers{1}, "a resume hands them out again");
    });
    add("cancelling_ends_pending_and_paused_rows_of_one_webhook", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000), b.row(2, 1001)};
        b.append(rows);
        b.change(1000, queue_change::pause);
        std::vector<outbox_row> more{b.row(3, 1000)};
        b.append(more);
        b.change(1000, queue_change::cancel);
        b.change(1000, queue_change::resume);
        require(b.claimed(0, 7) == numbers{2},
                "a cancel ends the pending and the paused rows of its webhook and no others");
    });
    add("a_change_leaves_rows_that_a_lease_holds_alone", [](B& b) {
        b.fill(3);
        (void)b.claim(0, 7);
        b.change(1000, queue_change::pause);
        b.change(1000, queue_change::cancel);
        std::vector<settlement> batch{b.to(1, 7, delivery_state::delivered),
                                      b.to(2, 7, delivery_state::delivered),
                                      b.to(3, 7, delivery_state::pending, 1, 5)};
        b.settle(batch);
        require(!batch[0].lost && !batch[1].lost && !batch[2].lost,
                "a change moves no row that a lease holds");
        require(b.claimed(5, 8) == numbers{3},
                "a row that was held during a change keeps its holder's settlement");
    });
    add("a_failed_row_is_not_touched_by_a_change", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, 0, errc::url_too_long)};
        b.append(rows);
        for (auto const what : {queue_change::pause, queue_change::resume, queue_change::cancel})
            b.change(1000, what);
        require(b.claimed(1000, 7).empty(), "a change does not revive what has failed");
    });
    add("a_change_of_an_unknown_webhook_is_harmless", [](B& b) {
        b.fill(1);
        for (auto const what : {queue_change::pause, queue_change::resume, queue_change::cancel})
            b.change(555, what);
        require(b.claimed(0, 7) == numbers{1}, "a change of an unknown webhook changes nothing");
    });
    add("copies_share_one_state", [](B& b) {
        auto copy = b.box();
        B other(copy);
        b.fill(1);
        require(other.claimed(0, 7) == numbers{1}, "a copy of an outbox is a handle of the same outbox");
        require(b.claimed(0, 8).empty(), "a copy of an outbox is a handle of the same outbox");
    });
}

template <class B>
void outbox_immediate_cases(auto const& add) {
    add("append_now_stores_like_append", [](B& b) {
        std::vector<outbox_row> rows{b.row(1), b.row(2, 1000, 0, errc::url_too_long)};
        require(b.box().append_now(rows, lease()).has_value(), "append_now succeeds when nothing is wrong");
        require(b.claimed(0, 7) == numbers{1}, "append_now stores pending and failed rows like append");
        std::vector<outbox_row> held{b.row(3)};
        require(b.box().append_now(held, b.hold(5)).has_value(), "append_now succeeds when nothing is wrong");
        require(b.claimed(0, 7).empty(), "append_now stores rows under a lease like append");
    });
    add("append_now_from_many_threads_stores_everything_once", [](B& b) {
        constexpr std::uint32_t threads = 4;
        constexpr std::uint32_t each = 250;
        std::atomic<std::uint32_t> failures{0};
        std::vector<std::future<void>> running;
        for (std::uint32_t t = 0; t != threads; ++t)
            running.push_back(std::async(std::launch::async, [&, t, box = b.box()]() mutable {
                for (std::uint32_t n = 1; n <= each; ++n) {
                    std::vector<outbox_row> one{B::row(t * each + n)};
                    failures += !box.append_now(one, lease()) || one[0].refused;
                }
            }));
        std::set<std::uint32_t> seen;
        for (int turn = 0; turn != 50; ++turn)
            for (auto const n : b.claimed(0, 7, 16))
                require(seen.insert(n).second,
                        "a delivery is handed out once, also while others are appended");
        for (auto& t : running)
            t.get();
        for (auto got = b.claimed(0, 7); !got.empty(); got = b.claimed(0, 7))
            for (auto const n : got)
                require(seen.insert(n).second,
                        "a delivery is handed out once, also while others are appended");
        require(failures == 0 && seen.size() == threads * each,
                "append_now from several threads stores every row");
    });
}

} // namespace detail

/// The rules of Outbox.
///
/// @param factory gives a new, empty outbox; called once per case
template <Outbox T, class Factory>
    requires std::is_invocable_r_v<T, Factory const&>
[[nodiscard]] conformance_cases outbox_cases(Factory factory) {
    using bench = detail::outbox_bench<T>;
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(bench&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            bench b(factory());
            body(b);
        });
    };
    detail::outbox_append_cases<bench>(add);
    detail::outbox_claim_cases<bench>(add);
    detail::outbox_lease_cases<bench>(add);
    detail::outbox_settle_cases<bench>(add);
    detail::outbox_queue_cases<bench>(add);
    detail::outbox_pause_cases<bench>(add);
    detail::outbox_room_cases<bench>(add);
    detail::outbox_order_cases<bench>(add);
    if constexpr (ImmediateOutbox<T>)
        detail::outbox_immediate_cases<bench>(add);
    return cases;
}

} // namespace posthorn::testing
