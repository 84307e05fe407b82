// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/model/uuid.hpp>
#include <posthorn/testing/conformance.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace posthorn::testing {

/// Two handles on one store. The factory of a suite returns it for a registry that can be opened twice, so
/// that the rules are checked between two connections.
template <class T>
struct registry_pair {
    T first;
    T second;
};

/// Whether a factory returns new, empty registries, or pairs of handles on them.
template <class Factory, class T>
concept RegistryFactory =
    std::is_invocable_r_v<T, Factory const&> || std::is_invocable_r_v<registry_pair<T>, Factory const&>;

namespace detail {

// Two handles on one registry.
template <Registry T>
struct registry_bench {
    explicit registry_bench(T one) : a(one), b(std::move(one)) {}
    explicit registry_bench(registry_pair<T> both) : a(std::move(both.first)), b(std::move(both.second)) {}

    T a;
    T b;
};

// The key of webhook, filter or list filter `n`.
[[nodiscard]] inline record_key id_key(int n, record_kind kind = record_kind::webhook) {
    uuid id{};
    id.data[0] = 0x0f;
    id.data[14] = static_cast<std::uint8_t>(n >> 8);
    id.data[15] = static_cast<std::uint8_t>(n);
    return record_key(kind, to_text(id));
}

[[nodiscard]] inline record_key setting_named(std::string name) {
    return record_key(record_kind::setting, std::move(name));
}

// A commit, written step by step.
struct edit : registry_commit {
    edit& put(record_key key, std::uint64_t if_revision, std::string value = "{}") {
        changes.emplace_back(std::move(key), if_revision, std::move(value));
        return *this;
    }
    edit& put(int n, std::uint64_t if_revision, std::string value = "{}") {
        return put(id_key(n), if_revision, std::move(value));
    }
    edit& erase(record_key key, std::uint64_t if_revision) {
        changes.emplace_back(std::move(key), if_revision, std::nullopt);
        return *this;
    }
    edit& erase(int n, std::uint64_t if_revision) { return erase(id_key(n), if_revision); }
    // Of the change before.
    edit& inactive() {
        changes.back().active = false;
        return *this;
    }
    edit& note(record_key key, std::string value) {
        entries.emplace_back(std::move(key), std::move(value));
        return *this;
    }
    edit& note(int n, std::string value) { return note(id_key(n), std::move(value)); }
    edit& seal(std::uint64_t number, std::string text) {
        seals.emplace_back(number, std::move(text));
        return *this;
    }
    edit& at(std::uint64_t generation) {
        if_generation = generation;
        return *this;
    }
};

// --- calls that must succeed ---

// The generation after it.
template <class T>
std::uint64_t commit(T& r, registry_commit const& c) {
    auto const done = r.commit(c);
    require(done.has_value(), "commit succeeds if every condition of the commit holds");
    return *done;
}

template <class T>
[[nodiscard]] std::uint64_t generation(T& r) {
    auto const now = r.generation();
    require(now.has_value(), "generation succeeds if the storage works");
    return *now;
}

template <class T>
[[nodiscard]] registry_load load(T& r, std::uint64_t after = 0) {
    auto found = r.load(after);
    require(found.has_value(), "load succeeds if the storage works");
    for (auto const& one : found->records)
        require(!one.erased || one.value.empty(), "the value of an erased record is empty");
    return *std::move(found);
}

// The records that are there, in the order of a complete load.
template <class T>
[[nodiscard]] std::vector<record> records(T& r) {
    auto all = load(r);
    require(all.complete, "load(0) is complete");
    std::erase_if(all.records, [](record const& one) { return one.erased; });
    return std::move(all.records);
}

// None: there is no such record, or it was erased.
template <class T>
[[nodiscard]] std::optional<record> find(T& r, record_key const& key) {
    std::optional<record> found;
    for (auto& one : records(r))
        if (static_cast<record_key const&>(one) == key) {
            require(!found, "load returns each record once");
            found = std::move(one);
        }
    return found;
}

template <class T>
[[nodiscard]] std::optional<record> find(T& r, int n) {
    return find(r, id_key(n));
}

// 0: it is not there.
template <class T>
[[nodiscard]] std::uint64_t revision(T& r, record_key const& key) {
    auto const found = find(r, key);
    return found ? found->revision : 0;
}

template <class T>
[[nodiscard]] std::uint64_t revision(T& r, int n) {
    return revision(r, id_key(n));
}

// The keys of the records that are there, in their order.
template <class T>
[[nodiscard]] std::vector<record_key> keys_of(T& r) {
    std::vector<record_key> all;
    for (auto& one : records(r))
        all.push_back(std::move(one));
    return all;
}

[[nodiscard]] inline std::vector<record_key> id_keys(std::vector<int> const& all_of) {
    std::vector<record_key> all;
    for (int const n : all_of)
        all.push_back(id_key(n));
    return all;
}

template <class T>
[[nodiscard]] std::vector<history_record> history(T& r, history_query const& q) {
    auto found = r.history(q);
    require(found.has_value(), "history succeeds if the storage works");
    return *std::move(found);
}

// All entries, oldest first.
template <class T>
[[nodiscard]] std::vector<history_record> history(T& r) {
    history_query q;
    q.oldest_first = true;
    q.limit = 100'000;
    return history(r, q);
}

// --- commits that must fail ---

struct registry_state {
    std::uint64_t generation = 0;
    std::vector<record> records;
    std::vector<history_record> history;

    [[nodiscard]] friend bool operator==(registry_state const&, registry_state const&) = default;
};

template <class T>
[[nodiscard]] registry_state state_of(T& r) {
    registry_state s;
    s.generation = generation(r);
    s.records = records(r);
    s.history = history(r);
    auto const since = s.generation == 0 ? registry_load() : load(r, s.generation);
    require(since.complete || since.records.empty(), "no record has changed since the last generation");
    return s;
}

// Requires that a commit conflicts: alone, and between changes, entries and seals that could be made.
template <class B>
void refuse(B& b, registry_commit const& c, char const* rule) {
    auto const before = state_of(b.a);
    auto const attempt = [&](registry_commit const& what) {
        auto const done = b.a.commit(what);
        require(!done && done.error() == errc::registry_conflict, rule);
        require(state_of(b.a) == before && state_of(b.b) == before,
                "a commit that conflicts changes no record, appends no entry and sets no seal");
    };
    attempt(c);
    auto mixed = c;
    mixed.changes.emplace(mixed.changes.begin(), id_key(9'001), 0, "{}");
    mixed.changes.emplace_back(id_key(9'002), 0, "{}");
    mixed.entries.emplace_back(id_key(9'001), "{}");
    auto const unsealed = std::ranges::find_if(before.history, [&](history_record const& e) {
        return e.seal.empty() &&
               std::ranges::find(c.seals, e.number, &history_seal_change::number) == c.seals.end();
    });
    if (unsealed != before.history.end())
        mixed.seals.emplace(mixed.seals.begin(), unsealed->number, "seal");
    attempt(mixed);
}

// What adds cases that get a bench.
template <class T, class Factory>
[[nodiscard]] auto registry_case_adder(conformance_cases& cases, Factory factory) {
    return [&cases, factory](std::string name, std::function<void(registry_bench<T>&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            registry_bench<T> b(factory());
            body(b);
        });
    };
}

} // namespace detail

} // namespace posthorn::testing
