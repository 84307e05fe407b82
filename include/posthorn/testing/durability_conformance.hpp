// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/host_transaction.hpp>
#include <posthorn/concepts/registry.hpp>
#include <posthorn/testing/outbox_conformance.hpp>
#include <posthorn/testing/registry_bench.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The rules of a storage that shares the host's database, and of one that outlives its handles, as cases
/// that run against any model, under any test framework:
/// @code
/// for (auto const& c : posthorn::testing::enlist_cases([] { return my_database(fresh_file()); })) c.run();
/// for (auto const& c : posthorn::testing::durability_cases([] { return my_database(fresh_file()); }))
/// c.run();
/// for (auto const& c : posthorn::testing::registry_durability_cases([] { return my_database(fresh_file());
/// })) c.run();
/// @endcode
/// The factory gives a new, empty database at each call: a movable object with `outbox()`, which opens the
/// storage on it each time, and, for `enlist_cases`, `begin()`, which begins a transaction of the host in it.
namespace posthorn::testing {

namespace detail {

template <class Database>
using outbox_of = decltype(std::declval<Database&>().outbox());

// A database with the storage opened on it once.
template <class Database>
struct database_bench {
    explicit database_bench(Database d) : database(std::move(d)), box(database.outbox()) {}

    using boxes = outbox_bench<outbox_of<Database>>;

    [[nodiscard]] static outbox_row row(std::uint32_t n, error_code failed = {}) {
        return boxes::row(n, 1000, 0, failed);
    }

    // Enlists rows in a transaction of the host, and gives it back open.
    [[nodiscard]] auto enlisted(std::vector<outbox_row> rows, lease const& under = lease()) {
        auto transaction = database.begin();
        enlist(transaction, std::move(rows), under);
        return transaction;
    }

    template <class Transaction>
    void enlist(Transaction& transaction, std::vector<outbox_row> rows, lease const& under = lease()) {
        require(box.box().enlist(transaction.connection(), rows, under).has_value(),
                "enlist succeeds when nothing is wrong");
    }

    Database database;
    boxes box;
};

template <class B>
void enlist_end_cases(auto const& add) {
    add("what_was_enlisted_and_committed_is_there", [](B& b) {
        auto host = b.enlisted({b.row(1), b.row(2)});
        require(host.commit().has_value(), "a commit succeeds when nothing is wrong");
        require(b.box.claimed(0, 7) == numbers{1, 2}, "what was enlisted is pending after the host's commit");
    });
    add("what_was_enlisted_and_rolled_back_never_was", [](B& b) {
        auto host = b.enlisted({b.row(1)});
        require(host.rollback().has_value(), "a rollback succeeds when nothing is wrong");
        require(b.box.claimed(0, 7).empty() && !b.box.next_due(),
                "what was enlisted is not there after the host's rollback");
        b.box.fill(1);
        require(b.box.claimed(0, 7) == numbers{1}, "what was rolled back can be stored later");
    });
    add("a_transaction_that_stores_nothing_can_be_enlisted", [](B& b) {
        auto host = b.enlisted({});
        require(host.commit().has_value(), "a commit succeeds when nothing is wrong");
        require(!b.box.next_due(), "an empty enlist stores nothing");
    });
    add("several_enlistments_end_together", [](B& b) {
        auto host = b.enlisted({b.row(1)});
        b.enlist(host, {b.row(2)});
        require(host.commit().has_value(), "a commit succeeds when nothing is wrong");
        require(b.box.claimed(0, 7) == numbers{1, 2}, "all enlistments of a transaction end with it");
    });
    add("many_rows_are_enlisted_at_once", [](B& b) {
        std::vector<outbox_row> rows;
        for (std::uint32_t n = 1; n <= 600; ++n)
            rows.push_back(b.row(n));
        auto host = b.enlisted(std::move(rows));
        require(host.commit().has_value(), "a commit succeeds when nothing is wrong");
        require(b.box.claimed(0, 7, 1000).size() == 600, "every row of an enlistment is stored");
    });
}

template <class B>
void enlist_row_cases(auto const& add) {
    add("an_enlisted_row_under_a_lease_is_settled_by_it", [](B& b) {
        auto host = b.enlisted({b.row(1)}, b.box.hold(5));
        require(host.commit().has_value(), "a commit succeeds when nothing is wrong");
        require(b.box.claimed(0, 7).empty(), "an enlisted row under a lease is nobody else's");
        require(!b.box.settle(b.box.to(1, 5, delivery_state::delivered)),
                "the lease of an enlistment may settle its rows");
    });
    add("an_enlisted_row_whose_worker_dies_is_claimed", [](B& b) {
        auto host = b.enlisted({b.row(1)}, b.box.hold(5));
        require(host.commit().has_value(), "a commit succeeds when nothing is wrong");
        require(b.box.claimed(61, 7) == numbers{1}, "an enlisted row of a lease that ended is claimed");
    });
    add("a_row_enlisted_under_a_lease_that_ended_meanwhile_is_claimed", [](B& b) {
        b.box.fill(1, b.box.hold(5));
        require(b.box.claimed(61, 7) == numbers{1}, "an expired lease is claimed by another worker");
        auto host = b.enlisted({b.row(2)}, b.box.hold(5, -60));
        require(host.commit().has_value(), "a commit succeeds when nothing is wrong");
        require(b.box.claimed(62, 8) == numbers{2}, "a row under a lease that is gone is claimed, not lost");
    });
    add("an_enlisted_row_with_an_error_is_a_dead_letter", [](B& b) {
        auto host = b.enlisted({b.row(1, errc::url_too_long), b.row(2)});
        require(host.commit().has_value(), "a commit succeeds when nothing is wrong");
        require(b.box.claimed(100, 7) == numbers{2}, "an enlisted row with an error is failed, not pending");
    });
    add("settling_back_what_a_lost_commit_left_makes_it_pending", [](B& b) {
        auto host = b.enlisted({b.row(1)}, b.box.hold(5));
        require(host.commit().has_value(), "a commit succeeds when nothing is wrong");
        require(!b.box.settle(b.box.to(1, 5, delivery_state::pending, 0)),
                "a row that is there can be given back");
        require(b.box.settle(b.box.to(2, 5, delivery_state::pending, 0)),
                "a row that is not there is lost, and nothing else happens");
        require(b.box.claimed(0, 7) == numbers{1}, "a row that was given back is claimed");
    });
}

} // namespace detail

/// What an outbox's `enlist` promises.
template <class Factory>
[[nodiscard]] conformance_cases enlist_cases(Factory factory) {
    using bench = detail::database_bench<std::invoke_result_t<Factory const&>>;
    static_assert(HostTransaction<decltype(std::declval<bench&>().database.begin())>);
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(bench&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            bench b(factory());
            body(b);
        });
    };
    detail::enlist_end_cases<bench>(add);
    detail::enlist_row_cases<bench>(add);
    return cases;
}

namespace detail {

template <class Database>
class reopened {
  public:
    using boxes = outbox_bench<outbox_of<Database>>;

    explicit reopened(Database d) : database_(std::move(d)) {}

    // The storage as a new process finds it.
    [[nodiscard]] boxes& open() {
        box_.reset();
        return box_.emplace(database_.outbox());
    }

    // A second process beside the first.
    [[nodiscard]] boxes another() { return boxes(database_.outbox()); }

  private:
    Database database_;
    std::optional<boxes> box_;
};

template <class R>
void durability_outbox_cases(auto const& add) {
    add("what_was_appended_is_there_after_a_restart", [](R& r) {
        r.open().fill(3);
        require(r.open().claimed(0, 7) == numbers{1, 2, 3}, "an append that succeeded outlives the process");
    });
    add("a_request_survives_a_restart_byte_for_byte", [](R& r) {
        auto const row = R::boxes::row(1);
        std::vector<outbox_row> rows{row};
        r.open().append(rows);
        auto const again = r.open().claim(0, 7);
        require(again.size() == 1 && again[0].what->request().whole() == row.what->request().whole() &&
                    again[0].what->method() == row.what->method() &&
                    again[0].what->created() == row.what->created() &&
                    again[0].what->event() == row.what->event(),
                "a delivery outlives the process byte for byte");
    });
    add("what_a_dead_worker_held_comes_back_when_its_lease_ends", [](R& r) {
        r.open().fill(2, R::boxes::hold(5));
        require(r.open().claimed(0, 7).empty(), "a lease outlives the process that held it");
        require(r.open().claimed(61, 7) == numbers{1, 2}, "what a dead worker held is claimed");
    });
    add("what_was_settled_stays_settled", [](R& r) {
        auto& first = r.open();
        first.fill(3);
        (void)first.claim(0, 7);
        (void)first.settle(R::boxes::to(1, 7, delivery_state::delivered));
        (void)first.settle(R::boxes::to(2, 7, delivery_state::pending, 4, 10));
        (void)first.settle(R::boxes::to(3, 7, delivery_state::paused));
        auto& second = r.open();
        require(second.claimed(9, 8).empty(), "a settlement outlives the process");
        auto const due = second.claim(10, 8);
        require(due.size() == 1 && R::boxes::number_of(due[0].what->id()) == 2 && due[0].attempts == 4,
                "a retry outlives the process, with its time and its attempts");
    });
    add("two_processes_never_get_the_same_row", [](R& r) {
        auto& first = r.open();
        auto second = r.another();
        first.fill(20);
        std::set<std::uint32_t> seen;
        for (std::uint64_t turn = 0; turn != 10; ++turn)
            for (auto const n : turn % 2 == 0 ? first.claimed(0, 7, 3) : second.claimed(0, 8, 3))
                require(seen.insert(n).second, "two processes never hand out one delivery");
        require(seen.size() == 20, "two processes together get everything");
    });
    add("a_worker_that_was_frozen_past_its_lease_changes_nothing", [](R& r) {
        auto& frozen = r.open();
        auto other = r.another();
        frozen.fill(2);
        (void)frozen.claim(0, 7);
        require(other.claimed(61, 8) == numbers{1, 2}, "an expired lease is claimed by another process");
        for (auto const state : {delivery_state::delivered, delivery_state::failed, delivery_state::pending})
            require(frozen.settle(R::boxes::to(1, 7, state)), "a lease that ended settles nothing");
        require(frozen.extend(R::boxes::hold(7, 61), 61).error() == errc::lease_lost,
                "a lease that ended cannot be extended");
        frozen.release(7);
        require(!other.settle(R::boxes::to(1, 8, delivery_state::delivered)) &&
                    !other.settle(R::boxes::to(2, 8, delivery_state::delivered)),
                "the worker that took over settles everything");
    });
}

} // namespace detail

/// What an outbox promises that keeps deliveries on a disk: they outlive the process that stored them.
template <class Factory>
[[nodiscard]] conformance_cases durability_cases(Factory factory) {
    using bench = detail::reopened<std::invoke_result_t<Factory const&>>;
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(bench&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            bench b(factory());
            body(b);
        });
    };
    detail::durability_outbox_cases<bench>(add);
    return cases;
}

namespace detail {

template <class Database>
class reopened_registry {
  public:
    using registry = outbox_of<Database>;

    explicit reopened_registry(Database d) : database_(std::move(d)) {}

    // The registry as a new process finds it.
    [[nodiscard]] registry& open() {
        open_.reset();
        return open_.emplace(database_.outbox());
    }

  private:
    Database database_;
    std::optional<registry> open_;
};

template <class R>
void durability_registry_cases(auto const& add) {
    add("what_was_committed_is_there_after_a_restart", [](R& r) {
        auto& first = r.open();
        commit(first, edit().put(2, 0, "\"\xc3\xa9\"").put(1, 0, "1").note(1, "1"));
        commit(first, edit().put(1, 1, "2").inactive().put(setting_named("a:b"), 0, "3"));
        commit(first, edit().note(2, "4").seal(history(first).at(0).number, "seal"));
        auto const before = state_of(first);
        require(before.generation == 2 && before.records.size() == 3 && before.history.size() == 2,
                "a commit is seen by the process that made it");
        require(state_of(r.open()) == before, "a commit that succeeded outlives the process");
    });
    add("what_conflicted_is_not_there_after_a_restart", [](R& r) {
        auto& first = r.open();
        commit(first, edit().put(1, 0, "1").note(1, "1"));
        auto const before = state_of(first);
        auto const number = before.history.at(0).number;
        auto const done = first.commit(edit().put(2, 0).note(2, "2").seal(number, "seal").put(1, 0));
        require(!done && done.error() == errc::registry_conflict, "a wrong revision conflicts");
        require(state_of(r.open()) == before, "a commit that conflicted leaves nothing");
    });
    add("revisions_and_numbers_continue_after_a_restart", [](R& r) {
        auto& first = r.open();
        commit(first, edit().put(1, 0).put(2, 0).note(1, "1"));
        commit(first, edit().put(1, 1));
        commit(first, edit().erase(1, 2));
        auto const last = history(first).at(0).number;
        auto& second = r.open();
        require(commit(second, edit().put(1, 0).note(1, "2")) == 4, "generations continue after a restart");
        require(revision(second, 1) > 3, "a revision is never reused, also after a restart");
        require(keys_of(second) == id_keys({2, 1}), "a record that is created again is the newest");
        require(history(second).at(1).number > last, "the numbers of entries continue after a restart");
    });
    add("erasures_are_known_after_a_restart", [](R& r) {
        auto& first = r.open();
        commit(first, edit().put(1, 0).put(2, 0));
        commit(first, edit().erase(1, 1));
        auto& second = r.open();
        auto const since = load(second, 1);
        require(since.complete || (since.records.size() == 1 && since.records[0].erased),
                "a process that has loaded the record before loads its erasure");
        require(keys_of(second) == id_keys({2}), "an erased record is not there after a restart");
    });
}

} // namespace detail

/// The rules of a registry that keeps its records on a disk: they outlive the process that committed them.
///
/// @param factory returns a new, empty database; its `outbox()` opens the storage, which is a Registry too
template <class Factory>
    requires Registry<detail::outbox_of<std::invoke_result_t<Factory const&>>>
[[nodiscard]] conformance_cases registry_durability_cases(Factory factory) {
    using bench = detail::reopened_registry<std::invoke_result_t<Factory const&>>;
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(bench&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            bench b(factory());
            body(b);
        });
    };
    detail::durability_registry_cases<bench>(add);
    return cases;
}

namespace detail {

template <class Database>
struct registry_in_transactions {
    explicit registry_in_transactions(Database d) : database(std::move(d)), registry(database.outbox()) {}

    // What a new transaction of the host sees.
    [[nodiscard]] std::uint64_t seen() {
        auto host = database.begin();
        auto const now = registry.generation(host.connection());
        require(now.has_value(), "generation succeeds in an open transaction");
        require(host.rollback().has_value(), "a rollback succeeds if nothing is wrong");
        return *now;
    }

    Database database;
    outbox_of<Database> registry;
};

template <class R>
void transactional_registry_cases(auto const& add) {
    add("a_transaction_sees_the_generation_of_its_database", [](R& r) {
        require(r.seen() == 0, "a transaction sees that a registry is new");
        commit(r.registry, edit().put(1, 0));
        require(r.seen() == 1, "a transaction that begins after a commit sees its generation");
        auto other = r.database.outbox();
        commit(other, edit().put(2, 0).put(1, 1));
        commit(other, edit().note(1, "1"));
        require(r.seen() == 2 && r.seen() == generation(r.registry),
                "a transaction sees the generation that any process has committed");
    });
    add("a_generation_is_that_of_the_whole_transaction", [](R& r) {
        commit(r.registry, edit().put(1, 0));
        auto host = r.database.begin();
        for (int i = 0; i != 3; ++i) {
            auto const now = r.registry.generation(host.connection());
            require(now && *now == 1, "a transaction asks for its generation any number of times");
            require(load(r.registry).generation >= *now, "what a transaction sees can be loaded");
        }
        require(host.commit().has_value(), "a commit succeeds if nothing is wrong");
    });
}

} // namespace detail

/// The rules of TransactionalRegistry.
///
/// @param factory returns a new, empty database, as that of `enlist_cases`; its `outbox()` is a Registry too
template <class Factory>
    requires Registry<detail::outbox_of<std::invoke_result_t<Factory const&>>>
[[nodiscard]] conformance_cases transactional_registry_cases(Factory factory) {
    using bench = detail::registry_in_transactions<std::invoke_result_t<Factory const&>>;
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(bench&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            bench b(factory());
            body(b);
        });
    };
    detail::transactional_registry_cases<bench>(add);
    return cases;
}

} // namespace posthorn::testing
