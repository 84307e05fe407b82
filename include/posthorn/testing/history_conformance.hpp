// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/testing/conformance.hpp>
#include <posthorn/testing/registry_conformance.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// The rules of a Registry that keeps a history, as cases like those of `registry_conformance.hpp`.
namespace posthorn::testing {

namespace detail {

// With what a storage may stumble over: quotes, backslashes, line ends, other scripts.
inline history_entry sample_entry(uuid const& webhook, int n) {
    history_entry e;
    e.webhook = webhook;
    e.time = wall_time(std::chrono::sys_days{std::chrono::January / 1 / 2027}) + std::chrono::nanoseconds(n);
    e.user = "o'brien \"" + std::to_string(n) + "\" \\ \xc3\xa9";
    e.what = static_cast<history_action>(n % 6);
    e.changes.emplace_back("wording", "", "one\nline " + std::to_string(n));
    e.changes.emplace_back("headers.X-\"Quoted\"", "{{project.id}}", "\t\x01\xf0\x9f\x93\xaf");
    return e;
}

template <class T>
[[nodiscard]] std::vector<history_entry> past(T& registry, uuid const& webhook, std::uint64_t before = 0,
                                              std::size_t limit = 1000) {
    auto found = registry.history(webhook, before, limit);
    require(found.has_value(), "history succeeds when nothing is wrong");
    return *std::move(found);
}

// Puts webhook `n` with entry `k`.
template <class T>
void put_with_entry(T& registry, int n, int k) {
    auto const w = sample_webhook(n);
    require(registry.put(w, sample_entry(w.id, k)).has_value(),
            "put with an entry succeeds when nothing is wrong");
}

inline void require_same(history_entry found, history_entry const& wanted) {
    require(found.number != 0, "a registry numbers its entries, from 1 on");
    found.number = wanted.number;
    require(found == wanted, "a registry keeps an entry's webhook, time, user, action and changes");
}

template <class T>
[[nodiscard]] std::vector<history_entry> whole_past(T& registry, std::uint64_t after = 0,
                                                    std::size_t limit = 1000) {
    auto found = registry.history_after(after, limit);
    require(found.has_value(), "history_after succeeds when nothing is wrong");
    return *std::move(found);
}

template <class T>
void list_cases(auto const& add) {
    add("a_new_registry_lists_no_entries",
        [](T& r) { require(whole_past(r).empty(), "a new registry has no history"); });
    add("entries_of_all_webhooks_are_listed_oldest_first", [](T& r) {
        for (int const k : {1, 2, 3, 4})
            put_with_entry(r, k % 2, k);
        require(r.erase(sample_webhook(1).id, sample_entry(sample_webhook(1).id, 5)).has_value(),
                "erase with an entry succeeds when nothing is wrong");
        auto const found = whole_past(r);
        require(found.size() == 5, "history_after gives the entries of all webhooks, also of erased ones");
        for (int const k : {1, 2, 3, 4, 5})
            require_same(found[static_cast<std::size_t>(k - 1)], sample_entry(sample_webhook(k % 2).id, k));
        for (std::size_t i = 1; i != found.size(); ++i)
            require(found[i - 1].number < found[i].number, "history_after goes by the entries' numbers");
        auto const of_one = past(r, sample_webhook(0).id);
        require(of_one.at(0) == found[3] && of_one.at(1) == found[1],
                "history and history_after give the same entries");
    });
    add("a_list_goes_on_behind_a_number", [](T& r) {
        for (int k = 0; k != 10; ++k)
            put_with_entry(r, k % 3, k);
        std::vector<history_entry> all;
        for (std::uint64_t after = 0; all.size() != 10; after = all.back().number) {
            auto const page = whole_past(r, after, 3);
            require(!page.empty() && page.size() <= 3, "a page has at most as many entries as it may have");
            all.insert(all.end(), page.begin(), page.end());
        }
        for (int k = 0; k != 10; ++k)
            require_same(all[static_cast<std::size_t>(k)], sample_entry(sample_webhook(k % 3).id, k));
        require(whole_past(r, all.back().number).empty(), "behind the newest entry there is none");
        require(whole_past(r, all.back().number - 1).size() == 1, "only larger numbers are listed");
        require(whole_past(r, ~std::uint64_t{}).empty(), "no number is larger than the largest");
        require(whole_past(r, 0, 0).empty(), "a page of no entries is empty");
    });
}

} // namespace detail

/// The rules of a history, and those of `history_after` where there is one.
///
/// @param factory gives a new, empty registry; called once per case
template <Registry T, class Factory>
    requires(std::is_invocable_r_v<T, Factory const&> && posthorn::detail::keeps_history<T>)
[[nodiscard]] conformance_cases history_cases(Factory factory) {
    using detail::require, detail::past, detail::sample_webhook, detail::sample_entry, detail::put_with_entry;
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(T&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            T registry = factory();
            body(registry);
        });
    };
    add("a_new_registry_has_no_past",
        [](T& r) { require(past(r, sample_webhook(1).id).empty(), "a new registry has no history"); });
    add("an_entry_of_its_own_changes_nothing", [](T& r) {
        put_with_entry(r, 1, 7);
        auto const w = sample_webhook(1);
        require(r.note(sample_entry(w.id, 8)).has_value(), "note succeeds when nothing is wrong");
        auto const all = past(r, w.id);
        require(all.size() == 2, "an entry of its own stands in the history");
        detail::require_same(all[0], sample_entry(w.id, 8));
        require(r.load().value().size() == 1, "an entry of its own changes no webhook");
    });
    add("an_entry_comes_with_its_change", [](T& r) {
        put_with_entry(r, 1, 7);
        detail::require_same(detail::loaded(r).at(0), sample_webhook(1));
        auto const found = past(r, sample_webhook(1).id);
        require(found.size() == 1, "put with an entry adds that one entry");
        detail::require_same(found[0], sample_entry(sample_webhook(1).id, 7));
    });
    add("a_change_without_an_entry_adds_none", [](T& r) {
        require(r.put(sample_webhook(1)).has_value(), "put succeeds when nothing is wrong");
        require(past(r, sample_webhook(1).id).empty(), "put without an entry adds none");
    });
    add("the_newest_entry_comes_first", [](T& r) {
        for (int const k : {1, 2, 3})
            put_with_entry(r, 1, k);
        auto const found = past(r, sample_webhook(1).id);
        require(found.size() == 3, "every entry is kept");
        for (int const k : {1, 2, 3})
            detail::require_same(found[static_cast<std::size_t>(3 - k)],
                                 sample_entry(sample_webhook(1).id, k));
        require(found[0].number > found[1].number && found[1].number > found[2].number,
                "a newer entry has a larger number");
    });
    add("each_webhook_has_its_own_history", [](T& r) {
        put_with_entry(r, 1, 1);
        put_with_entry(r, 2, 2);
        put_with_entry(r, 1, 3);
        require(past(r, sample_webhook(1).id).size() == 2 && past(r, sample_webhook(2).id).size() == 1,
                "history gives the entries of one webhook and no other");
        detail::require_same(past(r, sample_webhook(2).id)[0], sample_entry(sample_webhook(2).id, 2));
    });
    add("the_history_outlives_its_webhook", [](T& r) {
        put_with_entry(r, 1, 1);
        auto const id = sample_webhook(1).id;
        require(r.erase(id, sample_entry(id, 2)).has_value(),
                "erase with an entry succeeds when nothing is wrong");
        require(detail::loaded(r).empty(), "erase with an entry erases");
        auto const found = past(r, id);
        require(found.size() == 2, "the history of an erased webhook stays, with the end of it");
        detail::require_same(found[0], sample_entry(id, 2));
    });
    add("a_page_goes_on_where_the_one_before_ended", [](T& r) {
        for (int k = 0; k != 10; ++k)
            put_with_entry(r, 1, k);
        auto const id = sample_webhook(1).id;
        std::vector<history_entry> all;
        for (std::uint64_t before = 0; all.size() != 10; before = all.back().number) {
            auto const page = past(r, id, before, 3);
            require(!page.empty() && page.size() <= 3, "a page has at most as many entries as it may have");
            all.insert(all.end(), page.begin(), page.end());
            // What comes in meanwhile moves nothing.
            put_with_entry(r, 2, 99);
        }
        for (int k = 0; k != 10; ++k)
            detail::require_same(all[static_cast<std::size_t>(9 - k)], sample_entry(id, k));
        require(past(r, id, all.back().number).empty(), "before the oldest entry there is none");
        require(past(r, id, 0, 0).empty(), "a page of no entries is empty");
    });
    add("an_entry_without_changes_is_kept_too", [](T& r) {
        auto e = sample_entry(sample_webhook(1).id, 1);
        e.changes.clear();
        e.user.clear();
        require(r.put(sample_webhook(1), e).has_value(), "put does not judge an entry");
        detail::require_same(past(r, sample_webhook(1).id).at(0), e);
    });
    add("copies_share_one_history", [](T& r) {
        T copy = r;
        put_with_entry(copy, 1, 1);
        require(past(r, sample_webhook(1).id).size() == 1,
                "a copy of a registry is a handle of the same history");
    });
    if constexpr (posthorn::detail::lists_history<T>)
        detail::list_cases<T>(add);
    return cases;
}

} // namespace posthorn::testing
