// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/concepts/storage.hpp>
#include <posthorn/testing/conformance.hpp>
#include <posthorn/testing/outbox_conformance.hpp>
#include <posthorn/testing/registry_bench.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// The rules of a storage that is an Outbox and a Registry, as cases like those of `outbox_conformance.hpp`:
/// its claims follow the records of webhooks.
namespace posthorn::testing {

namespace detail {

template <class T>
class gated_bench : public outbox_bench<T> {
  public:
    using base = outbox_bench<T>;
    using outbox_bench<T>::outbox_bench;

    [[nodiscard]] static record_key key(std::uint32_t webhook, record_kind kind = record_kind::webhook) {
        return record_key(kind, to_text(base::id_of(webhook)));
    }

    // Stores the next state of a webhook's record; returns its revision.
    std::uint64_t save(std::uint32_t webhook, bool active = true) {
        edit c;
        c.put(key(webhook), now(webhook));
        c.changes.back().active = active;
        (void)commit(this->box(), c);
        return now(webhook);
    }

    void erase(std::uint32_t webhook) { (void)commit(this->box(), edit().erase(key(webhook), now(webhook))); }

    // Rows 1 to `count` of webhook 1000, delivered in order.
    void fill_in_order(std::uint32_t count) {
        std::vector<outbox_row> rows;
        for (std::uint32_t n = 1; n <= count; ++n) {
            rows.push_back(base::row(n));
            rows.back().in_order = true;
        }
        this->append(rows);
    }

  private:
    [[nodiscard]] std::uint64_t now(std::uint32_t webhook) { return revision(this->box(), key(webhook)); }
};

template <class B>
void gate_change_cases(auto const& add) {
    add("a_change_of_the_queue_agrees_with_the_record", [](B& b) {
        b.save(1000);
        b.fill(2);
        b.change(1000, queue_change::pause);
        b.change(1000, queue_change::cancel);
        require(
            b.claimed(0, 7) == numbers{1, 2},
            "rows of an active webhook are neither paused nor cancelled: the worker knows an older state");
        b.release(7);
        b.save(1000, false);
        b.change(1000, queue_change::cancel);
        b.save(1000);
        require(b.claimed(0, 8) == numbers{1, 2}, "rows of an inactive webhook are not cancelled");
        b.release(8);
        b.erase(1000);
        b.change(1000, queue_change::cancel);
        b.save(1000);
        b.change(1000, queue_change::resume);
        require(b.claimed(0, 9).empty(), "rows of an erased webhook are cancelled, and stay so");
    });
    add("paused_rows_of_an_erased_webhook_stay_with_it", [](B& b) {
        b.save(1000);
        b.fill(2);
        b.save(1000, false);
        b.change(1000, queue_change::pause);
        b.erase(1000);
        b.save(1000);
        b.change(1000, queue_change::resume);
        require(b.claimed(0, 7).empty(), "a webhook created again resumes no row of the one before it");
    });
}

template <class B>
void gate_cases(auto const& add) {
    add("rows_of_an_inactive_webhook_are_not_handed_out", [](B& b) {
        b.save(1000, false);
        b.save(1001);
        std::vector<outbox_row> rows{b.row(1, 1000, -9), b.row(2, 1001, -8), b.row(3, 1000, -7)};
        b.append(rows);
        require(b.claimed(0, 7) == numbers{2}, "rows of a webhook that is not active are not handed out");
        std::vector<claimed_delivery> none;
        require(b.claim(0, 7, claim_query(100), none) == claim_end::complete && none.empty(),
                "a claim that leaves only such rows is complete");
        b.save(1000);
        require(b.claimed(0, 7) == numbers{1, 3}, "they are handed out when the webhook is active again");
    });
    add("rows_that_wait_when_a_webhook_is_deactivated_are_not_handed_out", [](B& b) {
        b.save(1000);
        b.fill(2);
        b.save(1000, false);
        require(b.claimed(0, 7).empty(), "a deactivation takes effect with the next claim");
        b.save(1000);
        require(b.claimed(0, 7) == numbers{1, 2}, "an activation takes effect with the next claim");
    });
    add("rows_of_an_erased_webhook_are_not_handed_out", [](B& b) {
        b.save(1000);
        b.save(1001);
        std::vector<outbox_row> rows{b.row(1, 1000, -9), b.row(2, 1001, -8)};
        b.append(rows);
        b.erase(1000);
        std::vector<outbox_row> later{b.row(3, 1000, -7)};
        b.append(later);
        require(b.claimed(0, 7) == numbers{2},
                "rows of a webhook whose record is erased are not handed out, also if they came later");
        auto const revision = b.save(1000);
        require(b.claimed(0, 7).empty(),
                "rows of an erased webhook are cancelled by the commit that creates its record again");
        std::vector<outbox_row> newest{b.row(4, 1000, -6)};
        b.append(newest);
        auto const got = b.claim(0, 7);
        require(got.size() == 1 && b.number_of(got[0].what->id()) == 4 && got[0].webhook_revision == revision,
                "later rows are handed out");
    });
    add("rows_of_a_webhook_that_has_no_record_are_handed_out", [](B& b) {
        b.save(1001);
        b.fill(1);
        auto const got = b.claim(0, 7);
        require(got.size() == 1 && got[0].webhook_revision == 0,
                "a row of a webhook that the registry does not know is handed out, with revision 0");
    });
    add("a_claim_returns_the_revision_of_the_record", [](B& b) {
        for (std::uint64_t n = 1; n != 4; ++n)
            require(b.save(1000) == n, "each change adds 1 to the revision");
        b.save(1001);
        std::vector<outbox_row> rows{b.row(1, 1000, -9), b.row(2, 1001, -8), b.row(3, 1002, -7),
                                     b.row(4, 1000, -6)};
        rows[3].in_order = true;
        b.append(rows);
        for (auto const& c : b.claim(0, 7)) {
            auto const n = b.number_of(c.what->id());
            require(c.webhook_revision == (n == 2   ? 1U
                                           : n == 3 ? 0U
                                                    : 3U),
                    "a claim returns the revision of the webhook's record");
        }
        b.release(7);
        b.save(1000);
        for (auto const& c : b.claim(0, 8))
            require(b.number_of(c.what->id()) != 1 || c.webhook_revision == 4,
                    "a claim returns the revision that the record has then");
    });
    add("a_commit_that_conflicts_leaves_the_gate_as_it_is", [](B& b) {
        b.save(1000);
        b.save(1001, false);
        std::vector<outbox_row> rows{b.row(1, 1000), b.row(2, 1001)};
        b.append(rows);
        edit c;
        c.put(b.key(1000), 1).inactive().put(b.key(1001), 1).put(b.key(1002), 7);
        require(!b.box().commit(c), "a commit with a wrong revision conflicts");
        auto const got = b.claim(0, 7);
        require(got.size() == 1 && b.number_of(got[0].what->id()) == 1 && got[0].webhook_revision == 1,
                "a commit that conflicts does not change what is handed out");
    });
    add("records_of_other_kinds_are_no_gate", [](B& b) {
        edit c;
        for (auto const kind : {record_kind::filter, record_kind::list_filter, record_kind::setting})
            c.put(b.key(1000, kind), 0).inactive();
        (void)commit(b.box(), c);
        c = edit();
        c.erase(b.key(1000, record_kind::filter), 1);
        (void)commit(b.box(), c);
        b.fill(1);
        auto const got = b.claim(0, 7);
        require(got.size() == 1 && got[0].webhook_revision == 0,
                "only records of webhooks decide about claims");
    });
}

template <class B>
void gate_state_cases(auto const& add) {
    using enum delivery_state;
    add("rows_in_order_of_an_inactive_webhook_are_not_handed_out", [](B& b) {
        b.save(1000, false);
        b.fill_in_order(3);
        std::vector<outbox_row> others{b.row(8, 1001), b.row(9, 1001)};
        others[0].in_order = true;
        b.append(others);
        require(b.claimed(0, 7) == numbers{8, 9}, "rows in order of an inactive webhook are not handed out");
        b.save(1000);
        require(b.claimed(0, 7) == numbers{1}, "the first is handed out when the webhook is active again");
        require(!b.settle(b.to(1, 7, delivered)), "the holder may settle");
        b.save(1000, false);
        require(b.claimed(0, 7).empty(), "the next one waits while the webhook is inactive");
        b.save(1000);
        require(b.claimed(0, 7) == numbers{2}, "the order stays");
        require(!b.settle(b.to(2, 7, delivered)), "the holder may settle");
        b.erase(1000);
        require(b.claimed(0, 7).empty(), "rows in order of an erased webhook are not handed out");
    });
    add("a_backlog_of_inactive_webhooks_does_not_fill_a_claim", [](B& b) {
        constexpr std::uint32_t many = 3'000;
        std::vector<outbox_row> rows;
        for (std::uint32_t n = 1; n <= many; ++n)
            rows.push_back(b.row(n, 1000 + n % 3, -9));
        rows.push_back(b.row(many + 1, 1003, -2));
        rows.push_back(b.row(many + 2, 1004, -1));
        b.append(rows);
        for (std::uint32_t w = 1000; w != 1003; ++w)
            b.save(w, false);
        require(b.claimed(0, 7, 10) == numbers{many + 1, many + 2},
                "a claim finds what is behind any number of rows of inactive webhooks");
        b.erase(1000);
        require(b.claimed(0, 7, 10).empty(), "and takes none of them");
        b.save(1002);
        require(b.claimed(0, 7, many).size() == many / 3, "they wait until their webhook is active");
    });
    add("rows_that_come_back_are_gated_too", [](B& b) {
        b.save(1000);
        b.fill(3);
        (void)b.claim(0, 7, 1);
        (void)b.claim(0, 8, 1);
        (void)b.claim(0, 9, 1);
        b.save(1000, false);
        require(!b.settle(b.to(1, 7, pending, 1, 5)), "the holder may settle, whatever the record says");
        b.release(8);
        require(b.claimed(100, 10).empty(),
                "a retry, a row that was released and one of a lease that ended wait for their webhook");
        b.save(1000);
        require(b.claimed(100, 10).size() == 3, "they are handed out when the webhook is active again");
    });
    add("a_row_that_a_lease_holds_is_settled_whatever_the_record_says", [](B& b) {
        b.save(1000);
        b.fill(2, b.hold(5));
        b.save(1000, false);
        require(!b.settle(b.to(1, 5, delivered)), "a deactivation takes no row from its holder");
        b.erase(1000);
        require(!b.settle(b.to(2, 5, delivered)), "an erasure takes no row from its holder");
    });
    add("a_resume_does_not_open_the_gate", [](B& b) {
        b.save(1000);
        b.fill(2);
        b.change(1000, queue_change::pause);
        b.save(1000, false);
        b.change(1000, queue_change::resume);
        require(b.claimed(0, 7).empty(), "a resumed row of an inactive webhook is not handed out");
        b.save(1000);
        require(b.claimed(0, 7) == numbers{1, 2}, "it is handed out when the webhook is active again");
    });
    if constexpr (posthorn::detail::shows_deliveries<std::remove_cvref_t<decltype(std::declval<B&>().box())>>)
        add("a_redelivery_does_not_open_the_gate", [](B& b) {
            b.save(1000);
            b.fill(1);
            (void)b.claim(0, 7);
            require(!b.settle(b.to(1, 7, failed)), "the holder may settle");
            b.save(1000, false);
            auto const moved = b.box().change(b.id_of(1), delivery_change::redeliver, b.at(0));
            require(moved && *moved && b.claimed(0, 7).empty(),
                    "a redelivered row of an inactive webhook is not handed out");
            b.save(1000);
            require(b.claimed(0, 7) == numbers{1}, "it is handed out when the webhook is active again");
        });
}

} // namespace detail

/// The rules of claims of a storage that is an Outbox and a Registry.
///
/// @param factory returns a new, empty storage; called once per case
template <Outbox T, class Factory>
    requires(Registry<T> && std::is_invocable_r_v<T, Factory const&>)
[[nodiscard]] conformance_cases gated_outbox_cases(Factory factory) {
    using bench = detail::gated_bench<T>;
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(bench&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            bench b(factory());
            body(b);
        });
    };
    detail::gate_cases<bench>(add);
    detail::gate_state_cases<bench>(add);
    detail::gate_change_cases<bench>(add);
    return cases;
}

} // namespace posthorn::testing
