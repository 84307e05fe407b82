// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/testing/conformance.hpp>
#include <posthorn/testing/outbox_conformance.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// The rules of an Outbox that shows its deliveries, as cases like those of `outbox_conformance.hpp`.
namespace posthorn::testing {

namespace detail {

// An outbox as people see it.
template <Outbox T>
class delivery_bench : public outbox_bench<T> {
  public:
    using base = outbox_bench<T>;
    using outbox_bench<T>::outbox_bench;
    using outbox_bench<T>::change;

    [[nodiscard]] delivery_page page(delivery_query const& query = delivery_query()) {
        auto found = this->box().deliveries(query);
        require(found.has_value(), "deliveries succeeds when nothing is wrong");
        require(found->found.size() <= query.limit, "a page holds no more than its limit");
        return *std::move(found);
    }

    // What all pages hold, as the numbers of `row`.
    [[nodiscard]] numbers shown(delivery_query query = delivery_query()) {
        numbers all;
        do {
            auto const p = page(query);
            for (auto const& d : p.found)
                all.push_back(base::number_of(d.what->id()));
            query.before = p.next;
        } while (query.before != 0);
        return all;
    }

    [[nodiscard]] numbers shown(delivery_states states) {
        delivery_query query;
        query.states = states;
        return shown(std::move(query));
    }

    [[nodiscard]] std::optional<stored_delivery> find(std::uint32_t n) {
        auto found = this->box().find(base::id_of(n));
        require(found.has_value(), "find succeeds when nothing is wrong");
        return *std::move(found);
    }

    // The state of one that must be there.
    [[nodiscard]] delivery_state state(std::uint32_t n) {
        auto const found = find(n);
        require(found.has_value(), "what is not delivered is found by its id");
        return found->state;
    }

    [[nodiscard]] std::vector<stored_attempt> attempts(std::uint32_t n) {
        auto found = this->box().attempts(base::id_of(n));
        require(found.has_value(), "attempts succeeds when nothing is wrong");
        return *std::move(found);
    }

    [[nodiscard]] std::size_t count(delivery_states states, std::size_t most = 1000) {
        auto const n = this->box().count(states, most);
        require(n.has_value(), "count succeeds when nothing is wrong");
        return *n;
    }

    // Whether it moved.
    [[nodiscard]] bool change(std::uint32_t n, delivery_change what, std::int64_t now = 0) {
        auto const moved = this->box().change(base::id_of(n), what, base::at(now));
        require(moved.has_value(), "change succeeds when nothing is wrong");
        return *moved;
    }

    // Claims all, and settles `n` after an attempt that failed.
    void fail(std::uint32_t n, delivery_state to = delivery_state::failed, unsigned attempts = 1) {
        (void)this->claim(attempts, 7);
        auto s = base::to(n, 7, to, attempts, 1'000);
        s.error = errc::http_status;
        s.status = 500 + static_cast<int>(attempts);
        s.started = base::at(attempts);
        s.time = base::at(attempts) + std::chrono::milliseconds(20);
        s.answer = "no\n\"" + std::to_string(attempts) + "\" \xc3\xa9";
        require(!this->settle(s), "the lease of a claim may settle its rows");
    }
};

template <class B>
void delivery_page_cases(auto const& add) {
    using enum delivery_state;
    add("a_new_outbox_shows_nothing", [](B& b) {
        require(b.page().found.empty() && b.page().next == 0, "a new outbox has no deliveries");
        require(b.count(delivery_states::all()) == 0, "a new outbox counts none");
        require(!b.find(1) && b.attempts(1).empty(), "a delivery that was never stored is not found");
    });
    add("the_newest_is_the_first", [](B& b) {
        b.fill(3);
        require(b.shown() == numbers{3, 2, 1}, "deliveries are shown newest first, as they were stored");
    });
    add("what_is_shown_is_what_was_stored", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1001, -3)};
        b.append(rows);
        auto const p = b.page();
        require(p.found.size() == 1 && p.found[0].what, "a stored delivery is shown");
        auto const& shown = p.found[0];
        auto const& mine = *rows[0].what;
        require(shown.number != 0, "a storage numbers its deliveries, from 1 on");
        require(shown.what->id() == mine.id() && shown.what->webhook() == mine.webhook() &&
                    shown.what->event() == mine.event() && shown.what->created() == mine.created() &&
                    shown.what->method() == mine.method(),
                "a delivery is shown with its ids, its method and its time");
        require(shown.what->summary().object == "thing" && shown.what->summary().what == action::modified &&
                    shown.what->summary().actor == b.actor,
                "a delivery is shown with what it tells of, and who caused it");
        require(shown.state == pending && shown.attempts == 0 && shown.lease == 0 && !shown.started &&
                    !shown.ended && shown.error.empty(),
                "a new delivery is pending, and nothing has happened to it");
        auto const found = b.find(1);
        require(found && found->number == shown.number &&
                    found->what->request().whole() == mine.request().whole() &&
                    found->what->request().target() == mine.request().target() &&
                    found->what->request().headers() == mine.request().headers(),
                "a delivery that is found by its id has its request, byte for byte");
    });
    add("pages_are_stable_while_others_come_in", [](B& b) {
        b.fill(7);
        delivery_query q;
        q.limit = 3;
        numbers seen;
        for (std::uint32_t n = 100;; ++n) {
            auto const p = b.page(q);
            for (auto const& d : p.found)
                seen.push_back(b.number_of(d.what->id()));
            std::vector<outbox_row> more{b.row(n)};
            b.append(more);
            q.before = p.next;
            if (q.before == 0)
                break;
        }
        require(seen == numbers{7, 6, 5, 4, 3, 2, 1},
                "pages behind each other show each delivery once, whatever comes in meanwhile");
    });
    add("a_full_last_page_is_the_last", [](B& b) {
        b.fill(4);
        delivery_query q;
        q.limit = 4;
        require(b.page(q).found.size() == 4 && b.page(q).next == 0,
                "a page that holds the oldest says that there is no other");
    });
}

template <class B>
void delivery_choice_cases(auto const& add) {
    using enum delivery_state;
    add("deliveries_of_some_webhooks_alone_are_shown", [](B& b) {
        std::vector<outbox_row> rows;
        for (std::uint32_t n = 1; n <= 9; ++n)
            rows.push_back(b.row(n, 1000 + n % 3));
        b.append(rows);
        delivery_query q;
        q.limit = 2;
        q.webhooks = {b.id_of(1000), b.id_of(1002)};
        require(b.shown(q) == numbers{9, 8, 6, 5, 3, 2}, "only deliveries of the webhooks are shown");
        q.webhooks = {b.id_of(1005)};
        require(b.shown(q).empty(), "a webhook without deliveries shows none");
        q.webhooks.emplace();
        require(b.shown(q).empty(), "no webhooks have no deliveries");
    });
    add("deliveries_of_some_states_alone_are_shown", [](B& b) {
        b.fill(6);
        (void)b.claim(0, 7, 4);
        (void)b.settle(b.to(1, 7, failed));
        (void)b.settle(b.to(2, 7, paused));
        (void)b.settle(b.to(3, 7, pending, 1, 100));
        require(b.shown({pending}) == numbers{6, 5, 3}, "pending ones alone are shown");
        require(b.shown({delivering}) == numbers{4}, "those that a lease holds alone are shown");
        require(b.shown({failed}) == numbers{1}, "failed ones alone are shown");
        require(b.shown({paused}) == numbers{2}, "paused ones alone are shown");
        require(b.shown({failed, delivering}) == numbers{4, 1}, "those of several states are shown");
        require(b.shown(delivery_states()).empty(), "no states have no deliveries");
        require(b.count({pending}) == 3 && b.count({delivering}) == 1 && b.count({failed, paused}) == 2,
                "deliveries are counted by state");
        require(b.count({pending}, 2) == 2, "no more are counted than was asked");
    });
    add("a_delivered_one_is_shown_as_such_or_forgotten", [](B& b) {
        b.fill(2);
        (void)b.claim(0, 7);
        auto s = b.to(1, 7, delivered);
        s.time = b.at(5);
        (void)b.settle(s);
        auto const found = b.find(1);
        require(!found || (found->state == delivered && found->ended == b.at(5)),
                "what was delivered is shown as delivered, with the time of its end");
        require(b.shown({pending, delivering}) == numbers{2}, "what was delivered is not shown as open");
        require(b.shown({delivered}) == (found ? numbers{1} : numbers{}),
                "what was delivered is shown among those that were, if it is not forgotten");
    });
}

template <class B>
void delivery_attempt_cases(auto const& add) {
    using enum delivery_state;
    add("attempts_that_failed_are_told", [](B& b) {
        b.fill(1);
        b.fail(1, pending, 1);
        (void)b.claim(1'000, 7);
        auto s = b.to(1, 7, failed, 2);
        s.error = errc::response_timeout;
        s.started = b.at(1'000);
        s.time = b.at(1'015);
        require(!b.settle(s), "the lease of a claim may settle its rows");
        auto const all = b.attempts(1);
        require(all.size() == 2 && all[0].number == 1 && all[1].number == 2,
                "attempts are told in their order");
        require(all[0].status == 501 && all[0].started == b.at(1) &&
                    all[0].ended == b.at(1) + std::chrono::milliseconds(20) && !all[0].error.empty() &&
                    all[0].answer == "no\n\"1\" \xc3\xa9",
                "an attempt has its times, its status, its error and its answer");
        require(all[1].status == 0 && all[1].answer.empty(), "an attempt without an answer has none");
        auto const found = b.find(1);
        require(found && found->state == failed && found->attempts == 2 && found->started == b.at(1) &&
                    found->ended == b.at(1'015) && !found->error.empty(),
                "a delivery that failed has the time of its first attempt and of its end, and says why");
    });
    add("one_that_is_tried_again_is_open", [](B& b) {
        b.fill(1);
        b.fail(1, pending, 1);
        auto const found = b.find(1);
        require(found && found->state == pending && found->attempts == 1 &&
                    found->not_before == b.at(1'000) && found->started == b.at(1) && !found->ended,
                "a delivery that is tried again is pending, and says when it is due");
    });
    add("one_that_arrives_in_the_end_has_no_error", [](B& b) {
        b.fill(1);
        b.fail(1, pending, 1);
        (void)b.claim(1'000, 7);
        auto s = b.to(1, 7, delivered, 2);
        s.started = b.at(1'000);
        (void)b.settle(s);
        auto const found = b.find(1);
        require(!found || found->error.empty(), "what has arrived has no error");
    });
    add("what_is_settled_without_an_attempt_keeps_its_error", [](B& b) {
        b.fill(1);
        b.fail(1, pending, 1);
        (void)b.claim(1'000, 7);
        (void)b.settle(b.to(1, 7, paused));
        auto const found = b.find(1);
        require(found && !found->error.empty(),
                "a delivery says why its last attempt failed, whatever comes then");
    });
    add("one_that_could_not_be_rendered_says_why", [](B& b) {
        std::vector<outbox_row> rows{b.row(1, 1000, 0, errc::url_too_long)};
        b.append(rows);
        auto const found = b.find(1);
        require(found && found->state == failed && found->attempts == 0 && !found->error.empty() &&
                    found->ended,
                "a delivery that failed from the start says why");
    });
}

template <class B>
void delivery_change_cases(auto const& add) {
    using enum delivery_state;
    using enum delivery_change;
    add("a_cancelled_one_is_never_claimed", [](B& b) {
        b.fill(2);
        require(b.change(1, cancel, 3), "a pending delivery can be cancelled");
        require(b.claimed(10, 7) == numbers{2}, "a cancelled delivery is not handed out");
        auto const found = b.find(1);
        require(!found || (found->state == cancelled && found->ended == b.at(3)),
                "what was cancelled is shown as cancelled, with the time of its end");
        require(!b.change(1, cancel), "a cancelled delivery cannot be cancelled again");
    });
    add("a_paused_one_waits_until_it_is_resumed", [](B& b) {
        b.fill(2);
        require(b.change(1, pause), "a pending delivery can be paused");
        require(b.state(1) == paused && !b.change(1, pause), "a paused delivery is paused once");
        require(b.claimed(10, 7) == numbers{2}, "a paused delivery is not handed out");
        require(!b.change(2, resume), "what is not paused cannot be resumed");
        require(b.change(1, resume, 20), "a paused delivery can be resumed");
        require(b.claimed(19, 7).empty() && b.claimed(20, 7) == numbers{1},
                "a resumed delivery is due at once");
    });
    add("a_paused_one_can_be_cancelled", [](B& b) {
        b.fill(1);
        require(b.change(1, pause) && b.change(1, cancel), "a paused delivery can be cancelled");
        require(!b.change(1, resume), "a cancelled delivery cannot be resumed");
    });
    add("a_failed_one_can_be_cancelled", [](B& b) {
        b.fill(1);
        b.fail(1);
        require(b.change(1, cancel, 50) && b.shown({failed}).empty(),
                "a delivery that failed can be cancelled");
    });
    add("a_failed_one_is_redelivered_for_one_attempt", [](B& b) {
        b.fill(2);
        (void)b.claim(0, 7);
        (void)b.settle(b.to(2, 7, pending));
        auto s = b.to(1, 7, failed, 5);
        s.error = errc::http_status;
        s.started = b.at(0) + std::chrono::seconds(1);
        (void)b.settle(s);
        require(b.change(1, redeliver, 30), "a delivery that failed can be redelivered");
        auto const open = b.find(1);
        require(open && open->state == pending && !open->ended && open->error.empty(),
                "a redelivered delivery is open again");
        require(b.claim(29, 7, 1).size() == 1, "what waits beside it is handed out");
        auto const got = b.claim(30, 7);
        require(got.size() == 1 && b.number_of(got[0].what->id()) == 1 && got[0].attempts == 5,
                "a redelivered delivery is due at once, and keeps its attempts");
        require(got[0].once, "a redelivered delivery is handed out for one attempt");
        s.attempts = 6;
        (void)b.settle(s);
        require(b.claimed(1'000'000, 8) == numbers{2}, "one that failed again stays");
        require(b.change(1, redeliver, 40), "it can be redelivered once more");
    });
    add("an_ordinary_one_has_more_than_one_attempt", [](B& b) {
        b.fill(1);
        auto const got = b.claim(0, 7);
        require(got.size() == 1 && !got[0].once, "a delivery is tried again unless a person redelivers it");
    });
    add("one_more_attempt_ends_with_its_settlement", [](B& b) {
        b.fill(1);
        b.fail(1);
        require(b.change(1, redeliver, 30), "a delivery that failed can be redelivered");
        (void)b.claim(30, 7);
        auto s = b.to(1, 7, pending, 2, 40);
        s.started = b.at(30);
        (void)b.settle(s);
        auto const got = b.claim(40, 7);
        require(got.size() == 1 && !got[0].once, "what was settled after an attempt is an ordinary delivery");
    });
    add("one_more_attempt_waits_with_its_webhook", [](B& b) {
        b.fill(1);
        b.fail(1);
        require(b.change(1, redeliver, 30), "a delivery that failed can be redelivered");
        (void)b.claim(30, 7);
        (void)b.settle(b.to(1, 7, paused));
        require(b.change(1, resume, 50), "a paused delivery can be resumed");
        auto const got = b.claim(50, 7);
        require(got.size() == 1 && got[0].once,
                "what was settled without an attempt is one redelivery still");
    });
    add("one_more_attempt_outlives_its_worker", [](B& b) {
        b.fill(1);
        b.fail(1);
        require(b.change(1, redeliver, 30), "a delivery that failed can be redelivered");
        (void)b.claim(30, 7);
        b.release(7);
        auto const got = b.claim(40, 8);
        require(got.size() == 1 && got[0].once, "a redelivery whose worker ended is one still");
    });
}

template <class B>
void delivery_pause_cases(auto const& add) {
    using enum delivery_state;
    using enum delivery_change;
    add("one_that_a_user_paused_is_not_resumed_with_its_webhook", [](B& b) {
        b.fill(2);
        require(b.change(1, pause), "a pending delivery can be paused");
        for (auto const what : {queue_change::pause, queue_change::pause})
            b.change(1000, what);
        require(b.state(1) == paused && b.state(2) == paused,
                "a pause of the webhook pauses the other one too");
        for (auto const what : {queue_change::resume, queue_change::resume})
            b.change(1000, what);
        require(b.state(1) == paused && b.state(2) == pending,
                "what a user paused stays paused when its webhook is resumed");
        require(b.claimed(10, 7) == numbers{2}, "and is not handed out");
    });
    add("one_that_a_user_resumed_follows_its_webhook_again", [](B& b) {
        b.fill(1);
        require(b.change(1, pause) && b.change(1, resume), "what a user paused, a user can resume");
        b.change(1000, queue_change::pause);
        require(b.state(1) == paused, "it is paused with its webhook");
        b.change(1000, queue_change::resume);
        require(b.state(1) == pending && b.claimed(10, 7) == numbers{1}, "and resumed with it");
    });
    add("one_that_a_user_paused_is_cancelled_with_its_webhook", [](B& b) {
        b.fill(2);
        require(b.change(1, pause), "a pending delivery can be paused");
        for (auto const what : {queue_change::cancel, queue_change::cancel, queue_change::resume})
            b.change(1000, what);
        auto const found = b.find(1);
        require(!found || found->state == cancelled, "what a user paused is cancelled with its webhook");
        require(b.shown({paused, pending}).empty() && b.claimed(10, 7).empty(), "as all others are");
    });
    add("one_that_was_paused_with_its_webhook_can_be_resumed_alone", [](B& b) {
        b.fill(2);
        b.change(1000, queue_change::pause);
        require(!b.change(1, pause), "a paused delivery cannot be paused again");
        require(b.change(1, resume), "a delivery that was paused with its webhook can be resumed");
        require(b.claimed(10, 7) == numbers{1}, "and is handed out");
        b.change(1000, queue_change::resume);
        require(b.claimed(10, 7) == numbers{2}, "the other one is resumed with the webhook");
    });
    add("one_that_a_settlement_paused_for_a_user_can_be_resumed", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        auto s = b.to(1, 7, paused);
        s.by_user = true;
        require(!b.settle(s), "the lease of a claim may settle its rows");
        b.change(1000, queue_change::resume);
        require(b.state(1) == paused, "what a user paused stays paused when its webhook is resumed");
        require(b.change(1, resume, 5) && b.claimed(5, 7) == numbers{1}, "a user can resume it");
        require(!b.settle(b.to(1, 7, paused)), "the lease of a claim may settle its rows");
        b.change(1000, queue_change::resume);
        require(b.claimed(5, 7) == numbers{1}, "what is paused afterwards is paused for its own reason");
    });
    add("one_that_is_redelivered_is_no_longer_paused_by_a_user", [](B& b) {
        b.fill(2);
        for (std::uint32_t const n : {1U, 2U})
            require(b.change(n, pause), "a pending delivery can be paused");
        require(b.change(1, cancel), "a paused delivery can be cancelled");
        b.change(1000, queue_change::cancel);
        for (std::uint32_t const n : {1U, 2U}) {
            if (!b.find(n))
                return;
            require(b.change(n, redeliver), "a cancelled delivery can be redelivered");
        }
        b.change(1000, queue_change::pause);
        require(b.state(1) == paused && b.state(2) == paused,
                "a redelivered delivery is paused with its webhook");
        b.change(1000, queue_change::resume);
        require(b.state(1) == pending && b.state(2) == pending, "and resumed with it");
    });
}

template <class B>
void delivery_left_alone_cases(auto const& add) {
    using enum delivery_state;
    using enum delivery_change;
    add("a_cancelled_one_is_redelivered", [](B& b) {
        b.fill(1);
        require(b.change(1, cancel), "a pending delivery can be cancelled");
        if (!b.find(1))
            return;
        require(b.change(1, redeliver, 5), "a cancelled delivery can be redelivered");
        require(b.claimed(5, 7) == numbers{1}, "a redelivered delivery is handed out");
    });
    add("one_that_a_lease_holds_is_left_alone", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        for (auto const what : {cancel, pause, resume, redeliver})
            require(!b.change(1, what), "a delivery that a lease holds is not moved");
        require(b.find(1)->lease == 7, "a delivery says which lease holds it");
        require(!b.settle(b.to(1, 7, delivered)), "and its lease settles it");
    });
    add("a_delivered_one_is_left_alone", [](B& b) {
        b.fill(1);
        (void)b.claim(0, 7);
        (void)b.settle(b.to(1, 7, delivered));
        for (auto const what : {cancel, pause, resume, redeliver})
            require(!b.change(1, what), "a delivery that arrived is not moved");
        require(b.claimed(100, 8).empty(), "and not handed out again");
    });
    add("one_that_is_not_there_is_not_moved", [](B& b) {
        b.fill(1);
        require(!b.change(2, cancel), "a delivery that was never stored is not moved");
        require(b.state(1) == pending, "and no other one is");
    });
}

} // namespace detail

/// The rules of an Outbox that shows its deliveries.
///
/// @param factory gives a new, empty outbox; called once per case
template <Outbox T, class Factory>
    requires(std::is_invocable_r_v<T, Factory const&> && posthorn::detail::shows_deliveries<T>)
[[nodiscard]] conformance_cases delivery_cases(Factory factory) {
    using bench = detail::delivery_bench<T>;
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(bench&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            bench b(factory());
            body(b);
        });
    };
    detail::delivery_page_cases<bench>(add);
    detail::delivery_choice_cases<bench>(add);
    detail::delivery_attempt_cases<bench>(add);
    detail::delivery_change_cases<bench>(add);
    detail::delivery_pause_cases<bench>(add);
    detail::delivery_left_alone_cases<bench>(add);
    return cases;
}

} // namespace posthorn::testing
