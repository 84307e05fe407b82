// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/editors.hpp"
#include "../support/sqlite_file.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

// Two processes over one store, each of which may be interrupted by the other one at each call of the
// registry. More histories than usual: POSTHORN_HISTORIES=25000.

using namespace posthorn;
using namespace posthorn::test;

namespace {

[[nodiscard]] std::uint64_t histories(std::uint64_t usual) {
    auto const* const wanted = std::getenv("POSTHORN_HISTORIES"); // NOLINT(concurrency-mt-unsafe)
    return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

using made = std::vector<std::pair<std::string, edit>>;

template <class Storage>
void note(made& all, editor<Storage>& who, edit what, bool well) {
    if (well)
        all.emplace_back(who.name(), what);
}

// Everything that can happen while another edit is being made.
template <class Storage>
void every_interleaving(editor<Storage>& a, editor<Storage>& b) {
    for (auto const first : all_edits)
        for (auto const second : all_edits)
            for (int stop = 1;; ++stop) {
                auto const [webhook, filter] = a.set_up();
                (void)b.hooks->reload();
                made all;
                bool reached = false;
                int seen = 0;
                a.registry.on_stop([&](int) {
                    if (++seen == stop) {
                        reached = true;
                        note(all, b, second, b.make(second, webhook, filter));
                    }
                });
                note(all, a, first, a.make(first, webhook, filter));
                a.registry.on_stop(nullptr);
                BOOST_TEST_CONTEXT(to_string(first) << ", at stop " << stop << ": " << to_string(second)) {
                    BOOST_CHECK_NO_THROW(require_consistent(a, webhook, all));
                    BOOST_CHECK_NO_THROW(require_consistent(b, webhook, all));
                }
                (void)a.hooks->remove(webhook);
                (void)a.hooks->remove_filter(filter);
                if (!reached)
                    break;
            }
}

// Edits, restarts and interruptions at random.
template <class Storage>
void one_history(editor<Storage>& a, editor<Storage>& b, testing::seeded_random& random) {
    auto const [webhook, filter] = a.set_up();
    made all;
    auto const any = [&] { return all_edits[random() % all_edits.size()]; };
    for (auto steps = 2 + random() % 6; steps != 0; --steps) {
        bool const mine = random() % 2 == 0;
        auto& first = mine ? a : b;
        auto& second = mine ? b : a;
        if (random() % 8 == 0)
            first.restart();
        auto const interrupted_at = 1 + random() % 10;
        auto const what = any();
        auto const other = any();
        std::uint64_t seen = 0;
        first.registry.on_stop([&](int) {
            if (++seen == interrupted_at)
                note(all, second, other, second.make(other, webhook, filter));
        });
        note(all, first, what, first.make(what, webhook, filter));
        first.registry.on_stop(nullptr);
    }
    require_consistent(a, webhook, all);
    require_consistent(b, webhook, all);
    (void)a.hooks->remove(webhook);
    (void)b.hooks->remove_filter(filter);
}

struct in_memory {
    memory_storage shared;
    editor<memory_storage> a{shared, "a"};
    editor<memory_storage> b{shared, "b"};
};

struct in_a_file {
    fresh_file file;
    editor<sqlite_storage> a{sqlite_storage::open(file.path(), quick_options()).value(), "a"};
    editor<sqlite_storage> b{sqlite_storage::open(file.path(), quick_options()).value(), "b"};
};

// A store has what some histories before left behind, and not that of all.
template <class Place>
void random_histories(std::uint64_t count) {
    constexpr std::uint64_t histories_of_a_store = 100;
    for (std::uint64_t seed = 1; seed <= count;) {
        Place in;
        for (std::uint64_t n = 0; n != histories_of_a_store && seed <= count; ++n, ++seed) {
            testing::seeded_random random(seed);
            BOOST_TEST_CONTEXT("seed " << seed) {
                BOOST_REQUIRE_NO_THROW(one_history(in.a, in.b, random));
            }
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_registry_histories)

BOOST_FIXTURE_TEST_CASE(no_interleaving_loses_an_update_in_memory, in_memory) {
    every_interleaving(a, b);
}

BOOST_FIXTURE_TEST_CASE(no_interleaving_loses_an_update_in_a_file, in_a_file) {
    every_interleaving(a, b);
}

BOOST_AUTO_TEST_CASE(random_histories_are_consistent_in_memory) {
    random_histories<in_memory>(histories(300));
}

BOOST_AUTO_TEST_CASE(random_histories_are_consistent_in_a_file) {
    random_histories<in_a_file>(histories(200));
}

BOOST_AUTO_TEST_SUITE_END()
