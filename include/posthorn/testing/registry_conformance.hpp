// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/testing/conformance.hpp>
#include <posthorn/testing/registry_bench.hpp>
#include <posthorn/testing/registry_history_conformance.hpp>
#include <posthorn/testing/registry_load_conformance.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

/// The rules of Registry as cases that run against any model of it, under any test framework:
/// @code
/// for (auto const& c : posthorn::testing::registry_cases<my_registry>([] { return my_registry(fresh_file());
/// }))
///     SECTION(c.name()) { c.run(); }                        // Catch2; or SUBCASE, BOOST_DATA_TEST_CASE, a
///     plain loop
/// @endcode
/// The factory returns a new, empty registry at each call. Every case uses two handles: the registry and a
/// copy of it, or the two of a `registry_pair`, if the factory returns one. `run` throws
/// `conformance_failure` with the rule that is broken.
namespace posthorn::testing {

namespace detail {

template <class B>
void registry_revision_cases(auto const& add) {
    add("a_new_record_has_revision_1_and_each_change_adds_1", [](B& b) {
        for (std::uint64_t n = 0; n != 5; ++n) {
            commit(b.a, edit().put(1, n, std::to_string(n)));
            require(revision(b.a, 1) == n + 1, "a new record has revision 1, and each change adds 1");
        }
    });
    add("creating_a_record_that_is_there_conflicts", [](B& b) {
        commit(b.a, edit().put(1, 0));
        refuse(b, edit().put(1, 0, "[]"), "revision 0 requires that there is no such record");
        commit(b.a, edit().put(1, 1));
        refuse(b, edit().put(1, 0, "[]"), "revision 0 requires that there is no such record");
        refuse(b, edit().erase(1, 0), "revision 0 requires that there is no such record");
    });
    add("a_change_from_another_revision_conflicts", [](B& b) {
        for (std::uint64_t n = 0; n != 3; ++n)
            commit(b.a, edit().put(1, n));
        for (auto const other : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{4},
                                 std::numeric_limits<std::uint64_t>::max()}) {
            refuse(b, edit().put(1, other, "[]"), "a change requires the current revision");
            refuse(b, edit().erase(1, other), "an erasure requires the current revision");
        }
        commit(b.a, edit().put(1, 3, "[]"));
    });
    add("the_revision_of_another_record_conflicts", [](B& b) {
        commit(b.a, edit().put(1, 0).put(2, 0).put(id_key(1, record_kind::filter), 0));
        commit(b.a, edit().put(1, 1));
        refuse(b, edit().put(2, 2), "each record has a revision of its own");
        refuse(b, edit().erase(2, 2), "each record has a revision of its own");
        refuse(b, edit().put(id_key(1, record_kind::filter), 2), "each kind has records of its own");
    });
    add("a_change_of_a_missing_record_conflicts", [](B& b) {
        refuse(b, edit().put(1, 1), "a record that was never there has no revision");
        refuse(b, edit().erase(1, 1), "a record that was never there has no revision");
        commit(b.a, edit().put(2, 0));
        refuse(b, edit().put(1, 1), "a record that was never there has no revision");
        refuse(b, edit().put(1, std::numeric_limits<std::uint64_t>::max()), "there is no such revision");
    });
    add("an_erased_record_is_gone_and_the_others_stay", [](B& b) {
        for (int const n : {1, 2, 3})
            commit(b.a, edit().put(n, 0, std::to_string(n)));
        commit(b.a, edit().erase(2, 1));
        require(keys_of(b.a) == id_keys({1, 3}), "an erasure removes one record and no other");
        require(find(b.a, 1)->value == "1" && find(b.a, 3)->value == "3", "the others keep their values");
    });
    add("a_change_of_an_erased_record_conflicts", [](B& b) {
        commit(b.a, edit().put(1, 0));
        commit(b.a, edit().put(1, 1));
        commit(b.a, edit().erase(1, 2));
        for (std::uint64_t n = 1; n != 5; ++n) {
            refuse(b, edit().put(1, n), "an erased record can only be created, with revision 0");
            refuse(b, edit().erase(1, n), "an erased record cannot be erased again with a revision");
        }
        commit(b.a, edit().put(1, 0));
    });
    add("a_revision_is_never_reused", [](B& b) {
        std::uint64_t last = 0;
        for (int round = 0; round != 4; ++round) {
            commit(b.a, edit().put(1, 0));
            for (int change = 0; change != round; ++change) {
                auto const now = revision(b.a, 1);
                require(now > last, "a record that is created again has a larger revision than ever before");
                last = now;
                commit(b.a, edit().put(1, now));
                require(revision(b.a, 1) == now + 1, "each change adds 1 to the revision");
            }
            auto const now = revision(b.a, 1);
            require(now > last, "a record that is created again has a larger revision than ever before");
            last = now;
            commit(b.a, edit().erase(1, now));
        }
    });
    add("an_erasure_of_what_is_not_there_creates_nothing", [](B& b) {
        commit(b.a, edit().erase(1, 0));
        require(records(b.a).empty(), "an erasure with revision 0 is accepted, and creates nothing");
        commit(b.a, edit().put(1, 0));
        auto const first = revision(b.a, 1);
        require(first != 0, "the record can be created after it");
        commit(b.a, edit().erase(1, first));
        commit(b.a, edit().erase(1, 0));
        require(records(b.a).empty(), "an erased record can be erased with revision 0");
        commit(b.a, edit().put(1, 0));
        require(revision(b.a, 1) > first, "and its revisions are never reused");
    });
}

template <class B>
void registry_commit_cases(auto const& add) {
    add("a_commit_makes_all_of_its_changes", [](B& b) {
        commit(b.a, edit().put(1, 0, "1").put(2, 0, "2"));
        auto const now = commit(b.a, edit().put(1, 1, "10").erase(2, 1).put(3, 0, "3").note(1, "4"));
        auto const changed = find(b.a, 1);
        auto const created = find(b.a, 3);
        require(changed && changed->value == "10" && !find(b.a, 2) && created && created->value == "3" &&
                    history(b.a).size() == 1,
                "a commit can create, change and erase records and append entries at once");
        require(changed->changed == now && created->changed == now && created->created == now &&
                    changed->created == now - 1,
                "records keep the generations of the commits that created and last changed them");
    });
    add("a_key_that_is_named_twice_conflicts", [](B& b) {
        refuse(b, edit().put(1, 0).put(1, 0), "a commit changes a record once");
        refuse(b, edit().put(1, 0).put(1, 1), "a commit changes a record once, also in steps");
        refuse(b, edit().put(1, 0).erase(1, 1), "a commit changes a record once, also in steps");
        refuse(b, edit().erase(1, 0).erase(1, 0), "a commit changes a record once, also one that is missing");
        commit(b.a, edit().put(1, 0).put(id_key(1, record_kind::filter), 0));
        refuse(b, edit().put(1, 1).put(1, 1), "a commit changes a record once");
        refuse(b, edit().put(1, 1).put(2, 0).put(1, 2), "a commit changes a record once, also in steps");
        refuse(b, edit().erase(1, 1).put(1, 0), "a commit cannot erase a record and create it again");
        refuse(b, edit().put(1, 1).erase(1, 2), "a commit cannot change a record and erase it");
        commit(b.a, edit().put(1, 1).put(id_key(1, record_kind::filter), 1));
    });
    add("the_generation_counts_commits_that_change_records", [](B& b) {
        require(generation(b.a) == 0, "the generation of a new registry is 0");
        require(commit(b.a, edit().put(1, 0)) == 1 && generation(b.a) == 1,
                "a commit with a change adds 1 to the generation, and returns it");
        require(commit(b.a, edit().put(2, 0).put(3, 0).put(1, 1)) == 2 && generation(b.a) == 2,
                "a commit with several changes adds 1 too");
        require(commit(b.a, edit().erase(1, 2)) == 3 && generation(b.a) == 3, "an erasure is a change");
        require(commit(b.a, edit().put(2, 1, find(b.a, 2)->value)) == 4, "the same value again is a change");
    });
    add("a_commit_without_changes_keeps_the_generation", [](B& b) {
        require(commit(b.a, edit()) == 0 && commit(b.a, edit().note(1, "1")) == 0,
                "a commit without changes returns the generation as it is");
        commit(b.a, edit().put(1, 0));
        require(commit(b.a, edit().note(1, "2")) == 1 &&
                    commit(b.a, edit().seal(history(b.a).at(0).number, "one")) == 1 &&
                    commit(b.a, edit()) == 1,
                "entries and seals keep the generation");
        require(generation(b.a) == 1 && load(b.a, 1).generation == 1,
                "entries and seals keep the generation");
    });
    add("a_commit_can_require_a_generation", [](B& b) {
        refuse(b, edit().put(1, 0).at(1), "a commit conflicts if the generation is smaller than required");
        require(commit(b.a, edit().put(1, 0).at(0)) == 1, "generation 0 is that of a new registry");
        refuse(b, edit().put(2, 0).at(0), "a commit conflicts if the generation is larger than required");
        refuse(b, edit().note(1, "1").at(0), "a required generation is checked for entries too");
        commit(b.a, edit().note(1, "1").at(1));
        refuse(b, edit().seal(history(b.a).at(0).number, "one").at(2),
               "a required generation is checked for seals too");
        refuse(b, edit().at(std::numeric_limits<std::uint64_t>::max()),
               "a required generation is checked for an empty commit too");
        commit(b.a, edit().put(2, 0).at(1));
        commit(b.a, edit().at(2));
        refuse(b, edit().put(1, 2).at(2), "a matching generation does not replace the revision");
    });
}

template <class B>
void registry_handle_cases(auto const& add) {
    add("every_handle_sees_a_commit_at_once", [](B& b) {
        for (int n = 1; n != 20; ++n) {
            auto& one = n % 2 == 0 ? b.a : b.b;
            auto& other = n % 2 == 0 ? b.b : b.a;
            auto const now = commit(one, edit().put(n, 0, std::to_string(n)).note(n, std::to_string(n)));
            require(generation(other) == now, "every handle sees the new generation at once");
            auto const since = load(other, now - 1);
            require(since.generation == now && !since.records.empty() &&
                        since.records.back().value == std::to_string(n),
                    "every handle loads the change at once");
            require(history(other, history_query()).front().value == std::to_string(n),
                    "every handle sees the entry at once");
        }
    });
    add("a_copy_is_a_handle_of_the_same_registry", [](B& b) {
        auto copy = b.a;
        commit(copy, edit().put(1, 0, "1").note(1, "1"));
        require(revision(b.a, 1) == 1 && history(b.a).size() == 1 && generation(b.a) == 1,
                "a copy is a handle of the same registry");
    });
    add("the_second_of_two_editors_conflicts", [](B& b) {
        commit(b.a, edit().put(1, 0, "1"));
        auto const seen = revision(b.a, 1);
        commit(b.b, edit().put(1, revision(b.b, 1), "2"));
        refuse(b, edit().put(1, seen, "3"), "a change of a record that another editor has changed conflicts");
        require(find(b.a, 1)->value == "2", "the first of two editors wins");
        commit(b.a, edit().put(1, revision(b.a, 1), "3"));
        require(find(b.b, 1)->value == "3", "after reading again, the second editor can commit");
    });
    add("an_editor_of_an_erased_record_conflicts", [](B& b) {
        commit(b.a, edit().put(1, 0, "1"));
        auto const seen = revision(b.a, 1);
        commit(b.b, edit().erase(1, seen));
        refuse(b, edit().put(1, seen, "2"), "a change of a record that another editor has erased conflicts");
        commit(b.b, edit().put(1, 0, "3"));
        refuse(b, edit().put(1, seen, "2"), "also if it was created again in the meantime");
        refuse(b, edit().erase(1, seen), "also if it was created again in the meantime");
    });
    add("the_second_of_two_creators_conflicts", [](B& b) {
        commit(b.b, edit().put(1, 0, "1"));
        refuse(b, edit().put(1, 0, "2"), "of two editors that create one record, the second conflicts");
    });
    add("editors_of_different_records_do_not_conflict", [](B& b) {
        commit(b.a, edit().put(1, 0).put(2, 0));
        commit(b.b, edit().put(1, 1));
        commit(b.a, edit().put(2, 1));
        require(revision(b.a, 1) == 2 && revision(b.b, 2) == 2, "records are changed independently");
    });
    add("a_required_generation_notices_other_editors", [](B& b) {
        auto const seen = generation(b.a);
        commit(b.b, edit().note(1, "1"));
        auto const next = commit(b.a, edit().put(1, 0).at(seen));
        commit(b.b, edit().put(2, 0));
        refuse(b, edit().put(1, 1).at(next), "a change of any record changes the generation");
    });
    add("the_second_of_two_seals_conflicts", [](B& b) {
        commit(b.a, edit().note(1, "1"));
        auto const number = history(b.a).at(0).number;
        commit(b.b, edit().seal(number, "one"));
        refuse(b, edit().seal(number, "two"), "an entry that another handle has sealed keeps its seal");
        commit(b.a, edit().seal(number, "one"));
    });
}

template <class B>
void registry_thread_cases(auto const& add) {
    add("concurrent_editors_lose_no_change", [](B& b) {
        constexpr unsigned editors = 4;
        constexpr unsigned each = 25;
        commit(b.a, edit().put(1, 0, "0"));
        std::atomic<unsigned> failures{0};
        std::vector<std::jthread> running;
        for (unsigned t = 0; t != editors; ++t)
            running.emplace_back([&failures, r = t % 2 == 0 ? b.a : b.b]() mutable {
                auto const add_one = [&r] {
                    auto const all = r.load(0);
                    if (!all || all->records.size() != 1)
                        return false;
                    auto const& one = all->records.front();
                    auto const next = std::to_string(std::stoi(one.value) + 1);
                    auto const done = r.commit(edit().put(1, one.revision, next).note(1, next));
                    return done || done.error() != errc::registry_conflict;
                };
                for (unsigned n = 0; n != each; ++n)
                    for (unsigned tries = 0; !add_one(); ++tries)
                        if (tries == 100'000) {
                            ++failures;
                            return;
                        }
            });
        running.clear();
        require(failures == 0, "an editor that reads again after a conflict gets its turn");
        auto const last = find(b.a, 1);
        require(last && last->value == std::to_string(editors * each) && last->revision == editors * each + 1,
                "of concurrent changes none is lost");
        auto const all = history(b.b);
        for (std::size_t i = 0; i != all.size(); ++i)
            require(all[i].value == std::to_string(i + 1), "entries have the order of their commits");
        require(all.size() == editors * each, "each commit that succeeded has its entry");
    });
    add("a_load_is_one_state", [](B& b) {
        constexpr unsigned commits = 60;
        commit(b.a, edit().put(1, 0, "0").put(2, 0, "0").put(setting_named("three"), 0, "0"));
        std::atomic<bool> ended{false};
        std::jthread const writer([&ended, r = b.a]() mutable {
            for (unsigned n = 1; n <= commits; ++n) {
                auto const value = std::to_string(n);
                (void)r.commit(
                    edit().put(1, n, value).put(2, n, value).put(setting_named("three"), n, value));
            }
            ended = true;
        });
        std::uint64_t last = 0;
        for (bool more = true; more;) {
            more = !ended;
            auto const all = load(b.b, more ? 0 : last - 1);
            require(all.generation >= last && (more || all.records.size() == 3),
                    "the generation of loads never falls");
            last = all.generation;
            for (auto const& one : all.records)
                require(one.changed == last && one.value == std::to_string(last - 1) && one.revision == last,
                        "a load holds all of a commit or nothing of it, up to its generation");
        }
        require(last == commits + 1, "a load sees every commit that was made before it");
    });
    add("a_reader_of_the_history_misses_no_entry", [](B& b) {
        constexpr unsigned writers = 3;
        constexpr unsigned each = 30;
        std::atomic<unsigned> running{writers};
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t != writers; ++t)
            threads.emplace_back([&running, t, r = t % 2 == 0 ? b.a : b.b]() mutable {
                for (unsigned n = 0; n != each; ++n)
                    (void)r.commit(edit().note(static_cast<int>(t), "1").note(static_cast<int>(t), "2"));
                --running;
            });
        std::vector<history_record> seen;
        history_query q;
        q.oldest_first = true;
        for (bool more = true; more;) {
            more = running != 0;
            for (auto& e : history(b.b, q))
                seen.push_back(std::move(e));
            if (!seen.empty())
                q.after = seen.back().number;
        }
        threads.clear();
        for (auto rest = history(b.b, q); !rest.empty(); rest = history(b.b, q)) {
            seen.insert(seen.end(), rest.begin(), rest.end());
            q.after = seen.back().number;
        }
        require(seen.size() == std::size_t{2} * writers * each && seen == history(b.a),
                "no entry appears with a smaller number than one that a reader has seen");
    });
}

// A registry whose awaitable functions take the places of the others.
template <AwaitableRegistry T>
class awaited_registry {
  public:
    explicit awaited_registry(T inner) : inner_(std::move(inner)) {}

    [[nodiscard]] result<std::uint64_t> commit(registry_commit const& c) {
        boost::asio::io_context io;
        return completed(io, inner_.async_commit(c));
    }
    [[nodiscard]] result<registry_load> load(std::uint64_t after) {
        boost::asio::io_context io;
        return completed(io, inner_.async_load(after));
    }
    [[nodiscard]] result<std::uint64_t> generation() {
        boost::asio::io_context io;
        return completed(io, inner_.async_generation());
    }
    [[nodiscard]] result<std::vector<history_record>> history(history_query const& q) {
        return inner_.history(q);
    }

  private:
    T inner_;
};

// Remembers what it was called with, and calls `inside` before.
class remembering_watcher final : public registry_watcher {
  public:
    explicit remembering_watcher(std::function<void(std::uint64_t)> inside = {})
        : inside_(std::move(inside)) {}

    void registry_changed(std::uint64_t generation) noexcept override {
        if (inside_)
            inside_(generation);
        std::scoped_lock const lock(mutex_);
        seen_.push_back(generation);
        changed_.notify_all();
    }

    // What it has seen when it has seen this generation; a registry may report from another thread.
    [[nodiscard]] std::vector<std::uint64_t> seen(std::uint64_t until) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(10),
                          [&] { return std::ranges::find(seen_, until) != seen_.end(); });
        return seen_;
    }

  private:
    std::function<void(std::uint64_t)> const inside_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::uint64_t> seen_;
};

template <class B>
void registry_watch_cases(auto const& add) {
    using generations = std::vector<std::uint64_t>;
    add("a_watcher_is_called_once_for_each_commit_that_changes_records", [](B& b) {
        auto const who = std::make_shared<remembering_watcher>();
        commit(b.a, edit().put(1, 0));
        b.a.watch(who);
        commit(b.a, edit().put(1, 1).put(2, 0).put(3, 0));
        commit(b.a, edit().erase(2, 1));
        require(who->seen(3) == generations{2, 3},
                "a watcher is called once for each commit that changes records, with the new generation");
    });
    add("a_watcher_sees_the_commits_of_other_handles", [](B& b) {
        auto const who = std::make_shared<remembering_watcher>();
        b.a.watch(who);
        commit(b.b, edit().put(1, 0));
        commit(b.a, edit().put(2, 0));
        require(who->seen(2) == generations{1, 2}, "a watcher is called for the commits of every handle");
    });
    add("a_watcher_is_not_called_when_no_record_changes", [](B& b) {
        auto const who = std::make_shared<remembering_watcher>();
        b.a.watch(who);
        commit(b.a, edit().put(1, 0).note(1, "1"));
        commit(b.a, edit().note(1, "2"));
        commit(b.a, edit().seal(history(b.a).at(0).number, "one"));
        commit(b.a, edit());
        refuse(b, edit().put(1, 0), "revision 0 requires that there is no such record");
        commit(b.a, edit().put(1, 1));
        require(who->seen(2) == generations{1, 2},
                "a watcher is not called for entries, seals, empty commits and conflicts");
    });
    add("every_watcher_is_called", [](B& b) {
        auto const one = std::make_shared<remembering_watcher>();
        auto const two = std::make_shared<remembering_watcher>();
        b.a.watch(one);
        b.b.watch(two);
        commit(b.a, edit().put(1, 0));
        require(one->seen(1) == generations{1} && two->seen(1) == generations{1}, "every watcher is called");
    });
    add("a_watcher_that_is_gone_is_not_called", [](B& b) {
        std::atomic<int> calls{0};
        auto gone = std::make_shared<remembering_watcher>([&](std::uint64_t) { ++calls; });
        auto const stays = std::make_shared<remembering_watcher>();
        b.a.watch(gone);
        b.a.watch(stays);
        b.a.watch(std::weak_ptr<registry_watcher>());
        std::weak_ptr<remembering_watcher> const observed = gone;
        gone.reset();
        require(observed.expired(), "a registry does not keep its watchers alive");
        commit(b.a, edit().put(1, 0));
        require(stays->seen(1) == generations{1} && calls == 0, "a watcher that is gone is not called");
    });
    add("a_watcher_may_call_the_registry", [](B& b) {
        std::atomic<bool> sees{true};
        auto const who = std::make_shared<remembering_watcher>([&, r = b.a](std::uint64_t now) mutable {
            auto const known = r.generation();
            auto const all = r.load(now - 1);
            if (!known || *known < now || !all || all->generation < now || !r.history(history_query()))
                sees = false;
            if (now == 1 && !r.commit(edit().put(2, 0)))
                sees = false;
        });
        b.b.watch(who);
        commit(b.a, edit().put(1, 0));
        auto seen = who->seen(2);
        seen = who->seen(1);
        std::ranges::sort(seen);
        require(seen == generations{1, 2} && sees,
                "a watcher is called when the change is visible, without a lock of the registry");
    });
}

} // namespace detail

/// The rules of Registry.
///
/// @param factory returns a new, empty registry, or a `registry_pair` of two handles on one; called once per
///                case
template <Registry T, class Factory>
    requires RegistryFactory<Factory, T>
[[nodiscard]] conformance_cases registry_cases(Factory factory) {
    using bench = detail::registry_bench<T>;
    conformance_cases cases;
    auto const add = detail::registry_case_adder<T>(cases, std::move(factory));
    detail::registry_revision_cases<bench>(add);
    detail::registry_commit_cases<bench>(add);
    detail::registry_load_cases<bench>(add);
    detail::registry_change_cases<bench>(add);
    detail::registry_value_cases<bench>(add);
    detail::registry_history_cases<bench>(add);
    detail::registry_query_cases<bench>(add);
    detail::registry_seal_cases<bench>(add);
    detail::registry_handle_cases<bench>(add);
    detail::registry_thread_cases<bench>(add);
    return cases;
}

/// The rules of AwaitableRegistry: those of Registry, of the awaitable functions.
///
/// @param factory as that of `registry_cases`
template <AwaitableRegistry T, class Factory>
    requires RegistryFactory<Factory, T>
[[nodiscard]] conformance_cases awaitable_registry_cases(Factory factory) {
    using awaited = detail::awaited_registry<T>;
    return registry_cases<awaited>([factory = std::move(factory)] {
        detail::registry_bench<T> b(factory());
        return registry_pair<awaited>{awaited(std::move(b.a)), awaited(std::move(b.b))};
    });
}

/// The rules of WatchedRegistry.
///
/// @param factory as that of `registry_cases`
template <WatchedRegistry T, class Factory>
    requires RegistryFactory<Factory, T>
[[nodiscard]] conformance_cases watched_registry_cases(Factory factory) {
    conformance_cases cases;
    auto const add = detail::registry_case_adder<T>(cases, std::move(factory));
    detail::registry_watch_cases<detail::registry_bench<T>>(add);
    return cases;
}

} // namespace posthorn::testing
