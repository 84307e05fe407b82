// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/testing/registry_bench.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

// The part of `registry_conformance` that checks what is loaded.
namespace posthorn::testing::detail {

// Requires that a load is what the records must be, of which `last` has the last state of each.
inline void require_load(registry_load const& found, std::uint64_t after,
                         std::map<record_key, record> const& last) {
    std::map<record_key, record> loaded;
    for (auto const& r : found.records)
        require(loaded.emplace(r, r).second, "load returns each record once");
    for (auto const& [key, r] : last) {
        auto const it = loaded.find(key);
        if (found.complete ? r.erased : r.changed <= after) {
            require(found.complete || it == loaded.end(), "load returns only what has changed");
            require(it == loaded.end() || it->second.erased, "an erased record is marked as erased");
            continue;
        }
        require(it != loaded.end(), "load returns every record that was created, changed or erased since");
        require(it->second.erased == r.erased && it->second.value == r.value &&
                    it->second.changed == r.changed,
                "load returns the last state of a record");
        require(r.erased || (it->second.created == r.created && it->second.revision == r.revision &&
                             it->second.active == r.active),
                "load returns the last state of a record");
    }
    for (auto const& r : found.records)
        require(last.contains(r), "load returns no record that was never there");
}

// Whether loads after known generations are not complete: a registry may answer with everything at any time,
// and its authors may want to know that it does not.
template <Registry T>
[[nodiscard]] bool loads_only_changes(T& r) {
    for (std::uint64_t n = 0; n != 5; ++n)
        commit(r, edit().put(1, n).put(static_cast<int>(n) + 2, 0));
    for (std::uint64_t after = 1; after != 6; ++after) {
        auto const found = load(r, after);
        if (found.complete || found.records.size() != (after == 5 ? 0 : 6 - after))
            return false;
    }
    return true;
}

template <class B>
void registry_load_cases(auto const& add) {
    add("a_new_registry_is_empty", [](B& b) {
        auto const all = load(b.a);
        require(all.complete && all.records.empty() && all.generation == 0, "a new registry has no records");
    });
    add("a_new_record_is_loaded", [](B& b) {
        commit(b.a, edit().put(1, 0, R"({"a":1})"));
        auto const all = load(b.b);
        require(all.complete && all.generation == 1 && all.records.size() == 1, "a record is loaded");
        record expected(id_key(1), 1, R"({"a":1})");
        expected.created = 1;
        expected.changed = 1;
        require(
            all.records[0] == expected,
            "a new record has its key and value, revision 1, the generation of its commit, and is active");
    });
    add("records_are_listed_in_the_order_of_their_creation", [](B& b) {
        for (int const n : {9, 3, 7, 1})
            commit(b.a, edit().put(n, 0));
        require(keys_of(b.a) == id_keys({9, 3, 7, 1}),
                "load lists records in the order of their creation, not of their keys");
    });
    add("records_of_one_commit_are_listed_in_the_order_of_their_keys", [](B& b) {
        edit c;
        for (auto const* const name : {"b", "\xc3\xa9", "B", "a", "ab", "\xf0\x9f\x93\xaf"})
            c.put(setting_named(name), 0);
        commit(b.a, c);
        std::vector<record_key> expected;
        for (auto const* const name : {"B", "a", "ab", "b", "\xc3\xa9", "\xf0\x9f\x93\xaf"})
            expected.push_back(setting_named(name));
        require(keys_of(b.a) == expected,
                "records that one commit created are listed in the order of the bytes of their keys");
    });
    add("a_changed_record_keeps_its_place", [](B& b) {
        for (int const n : {3, 2, 1})
            commit(b.a, edit().put(n, 0));
        commit(b.a, edit().put(2, 1, "[]"));
        require(keys_of(b.a) == id_keys({3, 2, 1}), "a changed record keeps its place");
        auto const r = find(b.a, 2);
        require(r->created == 2 && r->changed == 4 && r->value == "[]",
                "a change keeps `created`, and sets `changed` to its generation");
    });
    add("a_record_that_is_created_again_is_the_newest", [](B& b) {
        for (int const n : {3, 2, 1})
            commit(b.a, edit().put(n, 0));
        commit(b.a, edit().erase(3, 1));
        commit(b.a, edit().put(3, 0));
        require(keys_of(b.a) == id_keys({2, 1, 3}), "a record that is created again is the newest");
        require(find(b.a, 3)->created == 5, "its `created` is that of its last creation");
    });
}

template <class B>
void registry_change_cases(auto const& add) {
    add("a_load_returns_what_changed_since", [](B& b) {
        std::vector<edit> const commits{edit().put(1, 0, "1").put(2, 0, "2"),
                                        edit().put(3, 0, "3"),
                                        edit().put(1, 1, "10").inactive(),
                                        edit().erase(2, 1),
                                        edit().note(1, "{}"),
                                        edit().put(4, 0, "4").erase(3, 1),
                                        edit().put(2, 0, "20"),
                                        edit().erase(4, 1),
                                        edit().put(1, 2, "100")};
        std::map<record_key, record> last;
        for (auto const& c : commits) {
            auto const now = commit(b.a, c);
            for (auto const& change : c.changes) {
                auto& r = last[change];
                r = find(b.a, change).value_or(record());
                r.changed = now;
                r.erased = !change.value;
                require(change.value.value_or("") == r.value && (r.erased || change.active == r.active),
                        "a record is what its last commit has made of it");
            }
            for (std::uint64_t after = 0; after <= now; ++after) {
                auto const found = load(b.b, after);
                require(found.generation == now, "a load has the generation of the last commit");
                require(after != 0 || found.complete, "load(0) is complete");
                require_load(found, after, last);
            }
        }
    });
    add("an_erased_record_is_loaded_with_an_empty_value", [](B& b) {
        commit(b.a, edit().put(1, 0, "1").put(2, 0));
        commit(b.a, edit().erase(1, 1));
        auto const since = load(b.a, 1);
        if (since.complete)
            return;
        require(since.records.size() == 1 && since.records[0].erased && since.records[0].value.empty() &&
                    since.records[0].revision > 1 && since.records[0].changed == 2,
                "an erasure is loaded as a record with an empty value and a new revision");
    });
    add("a_load_of_an_unknown_generation_is_complete", [](B& b) {
        commit(b.a, edit().put(1, 0).put(2, 0));
        for (auto const future :
             {std::uint64_t{2}, std::uint64_t{1'000}, std::numeric_limits<std::uint64_t>::max()}) {
            auto const found = load(b.a, future);
            require(found.complete && found.records.size() == 2 && found.generation == 1,
                    "a load of a generation that the registry never had is complete");
        }
    });
    add("hundreds_of_records_are_kept", [](B& b) {
        edit c;
        for (int n = 0; n != 400; ++n)
            c.put(n, 0, std::to_string(n));
        commit(b.a, c);
        for (int n = 400; n != 500; ++n)
            commit(b.a, edit().put(n, 0, std::to_string(n)));
        auto const all = records(b.b);
        require(all.size() == 500, "a registry keeps hundreds of records");
        for (std::size_t i = 0; i != all.size(); ++i)
            require(all[i].value == std::to_string(i), "each record keeps its value");
    });
}

// JSON with what a storage may stumble over: quotes, backslashes, line ends, blanks at the ends, control
// characters, other scripts, names that are equal, numbers that a parser writes otherwise.
[[nodiscard]] inline std::vector<std::string> stumbling_blocks() {
    return {"{}",
            "\"\"",
            "null",
            "0",
            " \t\r\n{ }\r\n ",
            R"({"b":1,"a":2,"b":3,"":1.0e2,"n":-0,"big":123456789012345678901234567890})",
            R"("it's \"quoted\" \\ / \/ %s %% ' '' ; -- $1 ? :x {{y}}")",
            "\"\\u0001\\u0000\\n\\ud83d\\udcef \x7f \xc2\x85 \xe2\x80\xa8 \xe2\x80\xae\"",
            "\"\xc3\xa9 e\xcc\x81 \xd7\xa9 \xf0\x9f\x93\xaf \xf4\x8f\xbf\xbf \xef\xbb\xbf\"",
            "\"" + std::string(1'024 * 1'024, 'x') + "\xc3\xa9\""};
}

template <class B>
void registry_value_cases(auto const& add) {
    add("values_are_kept_byte_for_byte", [](B& b) {
        auto const values = stumbling_blocks();
        int n = 0;
        for (auto const& value : values) {
            commit(b.a, edit().put(++n, 0, value));
            require(find(b.b, n)->value == value, "a value is kept byte for byte");
            commit(b.a, edit().put(n, 1, "{}"));
            commit(b.a, edit().put(n, 2, value));
            require(find(b.b, n)->value == value, "a value is replaced byte for byte");
        }
        auto const all = records(b.b);
        for (std::size_t i = 0; i != all.size(); ++i)
            require(all[i].value == values[i], "a value is kept byte for byte");
    });
    add("entries_are_kept_byte_for_byte", [](B& b) {
        auto const values = stumbling_blocks();
        edit c;
        for (auto const& value : values)
            c.note(1, value);
        commit(b.a, c);
        auto const all = history(b.b);
        require(all.size() == values.size(), "every entry of a commit is appended");
        for (std::size_t i = 0; i != all.size(); ++i)
            require(all[i].value == values[i], "the value of an entry is kept byte for byte");
    });
    add("keys_are_kept_byte_for_byte", [](B& b) {
        std::vector<std::string> const names{"a",
                                             "A",
                                             "a ",
                                             " a",
                                             "a\n",
                                             "\x01\x7f\t\r",
                                             "active:o'brien \"\\\" %s; --",
                                             "\xc3\xa9",
                                             "e\xcc\x81",
                                             "\xf0\x9f\x93\xaf\xe2\x80\xae",
                                             "a%",
                                             "a_",
                                             "0",
                                             "00",
                                             std::string(1'000, 'k')};
        for (auto const& name : names)
            commit(b.a, edit()
                            .put(setting_named(name), 0, '"' + std::to_string(name.size()) + '"')
                            .note(setting_named(name), "1"));
        auto const all = records(b.b);
        require(all.size() == names.size(), "keys are compared byte for byte");
        for (std::size_t i = 0; i != all.size(); ++i) {
            require(all[i].key == names[i], "a key is kept byte for byte");
            history_query q;
            q.of = setting_named(names[i]);
            require(history(b.b, q).size() == 1, "the keys of entries are compared byte for byte");
        }
        commit(b.a, edit().erase(setting_named("a"), 1));
        require(records(b.b).size() == names.size() - 1 && revision(b.b, setting_named("A")) == 1,
                "keys are compared byte for byte");
    });
    add("kinds_with_the_same_key_are_independent", [](B& b) {
        record_kind const kinds[] = {record_kind::webhook, record_kind::filter, record_kind::list_filter,
                                     record_kind::setting};
        for (auto const kind : kinds)
            commit(b.a, edit().put(id_key(1, kind), 0, '"' + std::string(to_string(kind)) + '"'));
        commit(b.a, edit().put(id_key(1, record_kind::filter), 1, "[]"));
        commit(b.a, edit().erase(id_key(1, record_kind::list_filter), 1));
        auto const all = records(b.b);
        require(all.size() == 3 && all[0].kind == record_kind::webhook && all[0].value == "\"webhook\"" &&
                    all[0].revision == 1 && all[1].kind == record_kind::filter && all[1].value == "[]" &&
                    all[1].revision == 2 && all[2].kind == record_kind::setting &&
                    all[2].value == "\"setting\"" && all[2].revision == 1,
                "records of different kinds with the same key are independent of each other");
    });
    add("whether_a_webhook_is_active_is_kept", [](B& b) {
        commit(b.a, edit().put(1, 0).inactive().put(2, 0));
        require(!find(b.b, 1)->active && find(b.b, 2)->active, "`active` is kept with each record");
        commit(b.a, edit().put(1, 1).put(2, 1).inactive());
        require(find(b.b, 1)->active && !find(b.b, 2)->active, "`active` is replaced with each change");
        require(find(b.b, 1)->value == "{}" && revision(b.b, 1) == 2, "this is a change like any other");
        commit(b.a, edit().erase(2, 2));
        commit(b.a, edit().put(2, 0));
        require(find(b.b, 2)->active, "a record that is created again is as active as its creation says");
    });
}

} // namespace posthorn::testing::detail
