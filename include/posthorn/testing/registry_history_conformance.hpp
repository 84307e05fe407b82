// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/testing/registry_bench.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

// The part of `registry_conformance` that checks the history and its seals.
namespace posthorn::testing::detail {

// What a query must return, of all entries.
[[nodiscard]] inline std::vector<history_record> selected(std::vector<history_record> all,
                                                          history_query const& q) {
    if (!q.oldest_first)
        std::ranges::reverse(all);
    std::erase_if(all, [&](history_record const& e) {
        return e.number <= q.after || (q.before != 0 && e.number >= q.before) || (q.of && !(*q.of == e));
    });
    if (all.size() > q.limit)
        all.resize(q.limit);
    return all;
}

template <class B>
void registry_history_cases(auto const& add) {
    add("a_new_registry_has_no_history",
        [](B& b) { require(history(b.a).empty(), "a new registry has no history"); });
    add("entries_are_appended_in_the_order_of_their_commit", [](B& b) {
        commit(b.a, edit().put(1, 0).note(1, R"({"n":1})").note(2, R"({"n":2})"));
        commit(b.a, edit().note(1, R"({"n":3})"));
        auto const all = history(b.a);
        require(all.size() == 3, "every entry of a commit is appended");
        std::uint64_t last = 0;
        for (std::size_t i = 0; i != all.size(); ++i) {
            require(all[i].number > last, "entries have rising numbers, the first at least 1");
            last = all[i].number;
            require(all[i].value == R"({"n":)" + std::to_string(i + 1) + "}",
                    "entries keep their order within a commit and between commits");
            require(static_cast<record_key const&>(all[i]) == id_key(i == 1 ? 2 : 1),
                    "an entry belongs to the kind and key that it was appended with");
            require(all[i].seal.empty(), "a new entry is not sealed");
        }
    });
    add("number_and_seal_of_a_new_entry_are_ignored", [](B& b) {
        edit c;
        c.note(1, "{}").note(1, "{}");
        c.entries[0].number = 1'000'000;
        c.entries[0].seal = "forged";
        c.entries[1].number = 1;
        c.entries[1].seal = "forged";
        commit(b.a, c);
        commit(b.a, edit().note(1, "{}"));
        auto const all = history(b.a);
        require(all.size() == 3 && all[0].number < all[1].number && all[1].number < all[2].number,
                "the registry gives the numbers, whatever the caller wrote there");
        require(all[0].number < 1'000'000 && all[0].seal.empty() && all[1].seal.empty(),
                "a new entry has no seal, whatever the caller wrote there");
    });
    add("an_entry_needs_no_record", [](B& b) {
        commit(b.a, edit().note(7, "{}"));
        require(history(b.a).size() == 1 && records(b.a).empty(),
                "an entry can belong to a record that was never there, and creates none");
    });
    add("the_history_outlives_its_record", [](B& b) {
        commit(b.a, edit().put(1, 0).note(1, "1"));
        commit(b.a, edit().erase(1, 1).note(1, "2"));
        history_query q;
        q.of = id_key(1);
        require(history(b.a, q).size() == 2, "the history of an erased record stays");
        commit(b.a, edit().put(1, 0).note(1, "3"));
        require(history(b.a, q).size() == 3, "the history continues when the record is created again");
    });
    add("entries_belong_to_one_kind_and_key", [](B& b) {
        record_kind const kinds[] = {record_kind::webhook, record_kind::filter, record_kind::list_filter,
                                     record_kind::setting};
        for (auto const kind : kinds)
            commit(b.a, edit().note(id_key(1, kind), '"' + std::string(to_string(kind)) + '"'));
        for (auto const kind : kinds) {
            history_query q;
            q.of = id_key(1, kind);
            auto const mine = history(b.a, q);
            require(mine.size() == 1 && mine[0].kind == kind &&
                        mine[0].value == '"' + std::string(to_string(kind)) + '"',
                    "records of different kinds with the same key have separate histories");
        }
    });
}

template <class B>
void registry_query_cases(auto const& add) {
    add("every_query_returns_the_entries_that_it_describes", [](B& b) {
        for (int n = 0; n != 12; ++n)
            commit(b.a, edit().note(n % 3 + 1, std::to_string(n)));
        auto const all = history(b.a);
        require(all.size() == 12, "every entry is kept");
        std::vector<std::uint64_t> bounds{0,
                                          all[0].number,
                                          all[1].number,
                                          all[5].number,
                                          all[11].number,
                                          all[11].number + 1,
                                          std::numeric_limits<std::uint64_t>::max()};
        for (auto const& of :
             {std::optional<record_key>(), std::optional(id_key(1)), std::optional(id_key(3)),
              std::optional(id_key(4)), std::optional(id_key(1, record_kind::filter))})
            for (auto const after : bounds)
                for (auto const before : bounds)
                    for (std::size_t const limit : {0U, 1U, 3U, 4U, 12U, 1000U})
                        for (bool const oldest_first : {false, true}) {
                            history_query q;
                            q.of = of;
                            q.after = after;
                            q.before = before;
                            q.limit = limit;
                            q.oldest_first = oldest_first;
                            require(history(b.a, q) == selected(all, q),
                                    "history honours of, after, before, oldest_first and limit, in every "
                                    "combination");
                        }
    });
    add("by_default_the_newest_100_entries_come_first", [](B& b) {
        edit c;
        for (int n = 0; n != 120; ++n)
            c.note(1, std::to_string(n));
        commit(b.a, c);
        auto const found = history(b.a, history_query());
        require(found.size() == 100 && found.front().value == "119" && found.back().value == "20",
                "a query without conditions returns the newest 100 entries, newest first");
    });
    add("pages_are_stable_while_entries_are_appended", [](B& b) {
        for (int n = 0; n != 10; ++n)
            commit(b.a, edit().note(1, std::to_string(n)));
        std::vector<std::string> seen;
        history_query q;
        q.of = id_key(1);
        q.limit = 3;
        for (auto page = history(b.a, q); !page.empty(); page = history(b.a, q)) {
            for (auto const& e : page)
                seen.push_back(e.value);
            q.before = page.back().number;
            commit(b.b, edit().note(1, "1000").note(2, "1000"));
        }
        require(seen == std::vector<std::string>{"9", "8", "7", "6", "5", "4", "3", "2", "1", "0"},
                "consecutive pages return each entry once");
    });
}

template <class B>
void registry_seal_cases(auto const& add) {
    add("a_seal_is_set", [](B& b) {
        commit(b.a, edit().note(1, "1").note(2, "2").note(1, "3"));
        auto expected = history(b.a);
        expected[1].seal = "v1:bWFjLW9mLXRoZS1lbnRyeQ+/=";
        commit(b.a, edit().seal(expected[1].number, expected[1].seal));
        require(history(b.a) == expected, "a seal is set byte for byte, and changes nothing else");
    });
    add("several_seals_are_set_at_once", [](B& b) {
        commit(b.a, edit().note(1, "1").note(1, "2").note(1, "3"));
        auto expected = history(b.a);
        edit c;
        for (auto& e : expected)
            c.seal(e.number, e.seal = "seal " + e.value);
        commit(b.a, c);
        require(history(b.a) == expected, "one commit can seal any number of entries");
    });
    add("the_same_seal_is_accepted_again", [](B& b) {
        commit(b.a, edit().note(1, "1"));
        auto const number = history(b.a).at(0).number;
        for (int i = 0; i != 2; ++i)
            commit(b.a, edit().seal(number, "one"));
        commit(b.a, edit().seal(number, "one").seal(number, "one"));
        require(history(b.a).at(0).seal == "one", "sealing an entry again with its seal changes nothing");
    });
    add("another_seal_conflicts", [](B& b) {
        commit(b.a, edit().note(1, "1").note(1, "2"));
        auto const number = history(b.a).at(0).number;
        commit(b.a, edit().seal(number, "one"));
        for (auto const* const other : {"two", "on", "one ", "ONE"})
            refuse(b, edit().seal(number, other), "a sealed entry cannot get another seal");
        refuse(b, edit().seal(number, "one").seal(number, "two"), "a sealed entry cannot get another seal");
        require(history(b.b).at(0).seal == "one", "a conflict leaves the seal as it is");
    });
    add("two_seals_of_one_entry_in_one_commit_conflict", [](B& b) {
        commit(b.a, edit().note(1, "1").note(1, "2"));
        auto const number = history(b.a).at(0).number;
        refuse(b, edit().seal(number, "one").seal(number, "two"),
               "one commit cannot give two seals to one entry");
    });
    add("a_seal_of_a_missing_entry_conflicts", [](B& b) {
        refuse(b, edit().seal(1, "one"), "an entry that was never there cannot be sealed");
        commit(b.a, edit().note(1, "1"));
        auto const number = history(b.a).at(0).number;
        for (auto const missing :
             {std::uint64_t{0}, number - 1, number + 1'000, std::numeric_limits<std::uint64_t>::max()})
            refuse(b, edit().seal(missing, "one"), "an entry that was never there cannot be sealed");
    });
    add("an_empty_seal_leaves_an_entry_unsealed", [](B& b) {
        commit(b.a, edit().note(1, "1").note(1, "2"));
        auto const number = history(b.a).at(0).number;
        commit(b.a, edit().seal(number, ""));
        require(history(b.a).at(0).seal.empty(), "an empty seal is none");
        commit(b.a, edit().seal(number, "one"));
        require(history(b.a).at(0).seal == "one", "an entry with an empty seal can be sealed");
        refuse(b, edit().seal(number, ""), "a seal cannot be removed");
    });
    add("a_seal_comes_with_its_commit", [](B& b) {
        commit(b.a, edit().note(1, "1"));
        auto const number = history(b.a).at(0).number;
        commit(b.a, edit().seal(number, "one").put(1, 0).note(1, "2"));
        auto const all = history(b.a);
        require(all.size() == 2 && all[0].seal == "one" && all[1].seal.empty() && revision(b.a, 1) == 1,
                "one commit can set seals, append entries and change records");
        refuse(b, edit().seal(number, "one").put(1, 0), "a seal is not set if a change conflicts");
    });
}

} // namespace posthorn::testing::detail
