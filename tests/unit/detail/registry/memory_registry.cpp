// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/registry/memory_registry.hpp>
#include <posthorn/storage/memory.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

// How many more allocations of this thread succeed; none: all.
thread_local std::optional<std::size_t> allocations_left;

} // namespace

void* operator new(std::size_t size) {
    if (allocations_left && (*allocations_left)-- == 0) {
        allocations_left.reset();
        throw std::bad_alloc();
    }
    if (auto* const memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc();
}

// The sanitizers have one of their own, which goes with their delete only.
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    try {
        return operator new(size);
    } catch (std::bad_alloc const&) {
        return nullptr;
    }
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

using namespace posthorn;
using posthorn::detail::memory_registry;

namespace {

uuid id_of(std::uint8_t n) {
    uuid id{};
    id.data[15] = n;
    return id;
}

record_key key_of(std::uint8_t n) {
    return record_key(record_kind::webhook, to_text(id_of(n)));
}

// Longer than what a string holds without an allocation.
std::string text(std::string const& what) {
    return '"' + std::string(40, 'x') + what + '"';
}

registry_commit putting(std::uint8_t n, std::uint64_t if_revision) {
    registry_commit c;
    c.changes.emplace_back(key_of(n), if_revision, text(std::to_string(if_revision)));
    return c;
}

registry_commit erasing(std::uint8_t n, std::uint64_t if_revision) {
    registry_commit c;
    c.changes.emplace_back(key_of(n), if_revision, std::nullopt);
    return c;
}

memory_limits remembering(std::size_t erased) {
    memory_limits limits;
    limits.erased_kept = erased;
    return limits;
}

std::uint64_t revision(memory_registry const& r, std::uint8_t n) {
    for (auto const& one : r.load(0).records)
        if (one.key == key_of(n).key && !one.erased)
            return one.revision;
    return 0;
}

std::size_t erased(registry_load const& found) {
    std::size_t n = 0;
    for (auto const& one : found.records)
        n += one.erased;
    return n;
}

// All that can be seen of a registry.
struct picture {
    explicit picture(memory_registry const& r) : generation(r.generation()), records(r.load(0).records) {
        history_query all;
        all.oldest_first = true;
        history = r.history(all);
        for (std::uint64_t after = 1; after <= generation; ++after)
            changed.push_back(r.load(after).records);
        for (std::uint8_t n = 0; n != 10; ++n)
            gates.emplace_back(r.gate_of(id_of(n)).open, r.gate_of(id_of(n)).revision);
    }

    [[nodiscard]] friend bool operator==(picture const&, picture const&) = default;

    std::uint64_t generation;
    std::vector<record> records;
    std::vector<history_record> history;
    std::vector<std::vector<record>> changed;
    std::vector<std::pair<bool, std::uint64_t>> gates;
};

// Makes a commit that runs out of memory at each of its allocations, one after the other, and then succeeds.
template <class Fill>
std::size_t commit_without_memory(Fill fill, registry_commit const& c) {
    for (std::size_t n = 0;; ++n) {
        memory_registry r;
        fill(r);
        picture const was(r);
        bool failed = false;
        allocations_left = n;
        try {
            static_cast<void>(r.commit(c, memory_limits()));
            failed = !allocations_left;
            allocations_left.reset();
        } catch (std::bad_alloc const&) {
            failed = true;
        }
        if (!failed)
            return n;
        BOOST_TEST_CONTEXT("allocation " << n) {
            BOOST_TEST((picture(r) == was));
            BOOST_TEST(r.commit(c, memory_limits()).has_value());
            memory_registry expected;
            fill(expected);
            BOOST_TEST(expected.commit(c, memory_limits()).has_value());
            BOOST_TEST((picture(r) == picture(expected)));
        }
    }
}

class counting_watcher final : public registry_watcher {
  public:
    void registry_changed(std::uint64_t) noexcept override { ++calls; }

    int calls = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(detail_memory_registry)

BOOST_AUTO_TEST_CASE(what_was_erased_last_is_remembered) {
    auto const limits = remembering(3);
    memory_registry r;
    for (std::uint8_t n = 1; n <= 5; ++n)
        BOOST_TEST(r.commit(putting(n, 0), limits).has_value());
    for (std::uint8_t n = 1; n <= 5; ++n)
        BOOST_TEST(r.commit(erasing(n, 1), limits).has_value());
    BOOST_TEST(r.generation() == 10U);
    // The commits 6 and 7 erased what is forgotten.
    for (std::uint64_t const after : {1U, 5U, 6U})
        BOOST_TEST(r.load(after).complete);
    for (std::uint64_t const after : {7U, 8U, 9U, 10U}) {
        auto const since = r.load(after);
        BOOST_TEST(!since.complete);
        BOOST_TEST(since.records.size() == 10 - after);
        BOOST_TEST(erased(since) == 10 - after);
    }
    BOOST_TEST(erased(r.load(0)) <= 3U);
}

BOOST_AUTO_TEST_CASE(what_is_created_again_is_no_longer_remembered_as_erased) {
    auto const limits = remembering(2);
    memory_registry r;
    for (std::uint8_t n = 1; n <= 3; ++n)
        BOOST_TEST(r.commit(putting(n, 0), limits).has_value());
    for (int round = 0; round != 10; ++round) {
        BOOST_TEST(r.commit(erasing(1, revision(r, 1)), limits).has_value());
        BOOST_TEST(r.commit(putting(1, 0), limits).has_value());
    }
    BOOST_TEST(r.commit(erasing(2, 1), limits).has_value());
    BOOST_TEST(r.commit(erasing(3, 1), limits).has_value());
    BOOST_TEST(!r.load(1).complete);
    BOOST_TEST(erased(r.load(1)) == 2U);
}

BOOST_AUTO_TEST_CASE(a_commit_that_erases_more_than_is_remembered_is_forgotten) {
    auto const limits = remembering(2);
    memory_registry r;
    registry_commit all;
    registry_commit none;
    for (std::uint8_t n = 1; n <= 3; ++n) {
        all.changes.push_back(putting(n, 0).changes[0]);
        none.changes.push_back(erasing(n, 1).changes[0]);
    }
    BOOST_TEST(r.commit(all, limits).has_value());
    BOOST_TEST(r.commit(none, limits).has_value());
    BOOST_TEST(r.load(1).complete);
    BOOST_TEST(r.load(1).records.empty());
    BOOST_TEST(!r.load(2).complete);
}

BOOST_AUTO_TEST_CASE(revisions_are_not_reused_when_an_erasure_is_forgotten) {
    for (std::size_t const kept : {0U, 1U, 2U}) {
        auto const limits = remembering(kept);
        memory_registry r;
        std::uint64_t last = 0;
        for (std::uint8_t round = 0; round != 6; ++round) {
            BOOST_TEST(r.commit(putting(1, 0), limits).has_value());
            BOOST_TEST(revision(r, 1) > last);
            BOOST_TEST(r.commit(putting(1, revision(r, 1)), limits).has_value());
            last = revision(r, 1);
            BOOST_TEST(r.commit(erasing(1, last), limits).has_value());
            // Until what is forgotten is another one.
            for (std::uint8_t n = 0; n != round; ++n) {
                auto const other = static_cast<std::uint8_t>(2 + n);
                BOOST_TEST(r.commit(putting(other, 0), limits).has_value());
                BOOST_TEST(r.commit(erasing(other, revision(r, other)), limits).has_value());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(deliveries_of_an_erased_webhook_stay_closed_when_the_erasure_is_forgotten) {
    auto const limits = remembering(1);
    memory_registry r;
    for (std::uint8_t n = 1; n <= 4; ++n) {
        BOOST_TEST(r.commit(putting(n, 0), limits).has_value());
        BOOST_TEST(r.commit(erasing(n, revision(r, n)), limits).has_value());
    }
    for (std::uint8_t n = 1; n <= 4; ++n)
        BOOST_TEST(!r.gate_of(id_of(n)).open);
    BOOST_TEST(r.gate_of(id_of(5)).open);
    BOOST_TEST(r.commit(putting(1, 0), limits).has_value());
    BOOST_TEST(r.gate_of(id_of(1)).open);
    BOOST_TEST(r.gate_of(id_of(1)).revision == revision(r, 1));
}

BOOST_AUTO_TEST_CASE(the_newest_entries_are_kept) {
    memory_limits limits;
    limits.history_kept = 3;
    memory_registry r;
    registry_commit c;
    c.entries.emplace_back(key_of(1), "{}");
    for (int n = 0; n != 10; ++n)
        BOOST_TEST(r.commit(c, limits).has_value());
    auto const kept = r.history(history_query());
    BOOST_TEST(kept.size() == 3U);
    BOOST_TEST(kept.front().number == 10U);
    BOOST_TEST(kept.back().number == 8U);
    history_query after;
    after.after = 2;
    after.before = 9;
    BOOST_TEST(r.history(after).size() == 1U);
    registry_commit seal;
    seal.seals.emplace_back(7, "one");
    BOOST_TEST((r.commit(seal, limits).error() == errc::registry_conflict));
    seal.seals[0].number = 8;
    BOOST_TEST(r.commit(seal, limits).has_value());
    BOOST_TEST(r.history(history_query()).back().seal == "one");
}

BOOST_AUTO_TEST_CASE(no_entries_are_kept_where_none_are_wanted) {
    memory_limits limits;
    limits.history_kept = 0;
    memory_registry r;
    registry_commit c;
    c.entries.emplace_back(key_of(1), "{}");
    BOOST_TEST(r.commit(c, limits).has_value());
    BOOST_TEST(r.history(history_query()).empty());
    BOOST_TEST(r.commit(c, memory_limits()).has_value());
    BOOST_TEST(r.history(history_query()).at(0).number == 2U);
}

BOOST_AUTO_TEST_CASE(a_commit_that_finds_no_memory_changes_nothing) {
    registry_commit first;
    for (std::uint8_t n = 1; n <= 4; ++n)
        first.changes.push_back(putting(n, 0).changes[0]);
    first.entries.emplace_back(key_of(1), text("1"));
    first.entries.emplace_back(key_of(2), text("2"));
    registry_commit c = putting(1, 1);
    c.changes.push_back(erasing(2, 1).changes[0]);
    c.changes.push_back(putting(3, 0).changes[0]);
    c.changes.push_back(putting(5, 0).changes[0]);
    c.changes.push_back(erasing(6, 0).changes[0]);
    for (int n = 0; n != 20; ++n)
        c.entries.emplace_back(key_of(1), text(std::to_string(n)));
    c.seals.emplace_back(1, text("seal"));
    auto const fill = [&](memory_registry& r) {
        BOOST_TEST(r.commit(first, memory_limits()).has_value());
        BOOST_TEST(r.commit(erasing(3, 1), memory_limits()).has_value());
    };
    BOOST_TEST(commit_without_memory(fill, c) > 20U);
}

// A commit that succeeded is not reported as failed, and the watchers of one that failed are not called.
BOOST_AUTO_TEST_CASE(a_watched_commit_that_finds_no_memory_changes_nothing) {
    for (std::size_t n = 0;; ++n) {
        memory_storage storage;
        auto const one = std::make_shared<counting_watcher>();
        auto const two = std::make_shared<counting_watcher>();
        storage.watch(one);
        storage.watch(two);
        auto const c = putting(1, 0);
        allocations_left = n;
        bool failed = false;
        try {
            static_cast<void>(storage.commit(c));
        } catch (std::bad_alloc const&) {
            failed = true;
        }
        allocations_left.reset();
        BOOST_TEST_CONTEXT("allocation " << n) {
            BOOST_TEST(storage.generation().value() == (failed ? 0U : 1U));
            BOOST_TEST(one->calls == (failed ? 0 : 1));
            BOOST_TEST(two->calls == (failed ? 0 : 1));
        }
        if (!failed)
            break;
    }
}

BOOST_AUTO_TEST_SUITE_END()
