// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/registry.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/storage/memory.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "support/archetypes.hpp"

namespace {

using namespace posthorn;
using boost::asio::awaitable;

// A model; each rejecter below hides one function behind another one.
struct whole {
    result<std::uint64_t> commit(registry_commit const&);
    result<registry_load> load(std::uint64_t);
    result<std::uint64_t> generation();
    result<std::vector<history_record>> history(history_query const&);
};

// The same, as a user may write it as well.
struct whole_in_other_words {
    result<std::uint64_t> commit(registry_commit) const;
    result<registry_load> load(std::uint64_t const&, bool retry = true) const noexcept;
    static result<std::uint64_t> generation();
    template <class Query>
    result<std::vector<history_record>> history(Query&&);
};

struct commits_without_a_result : whole {
    std::uint64_t commit(registry_commit const&);
};
struct commits_without_a_generation : whole {
    result<void> commit(registry_commit const&);
};
struct commits_what_it_may_change : whole {
    result<std::uint64_t> commit(registry_commit&);
};
struct commits_changes_alone : whole {
    result<std::uint64_t> commit(std::vector<record_change> const&);
};
struct awaits_to_commit : whole {
    awaitable<result<std::uint64_t>> commit(registry_commit const&);
};
struct loads_everything : whole {
    result<registry_load> load();
};
struct loads_records_alone : whole {
    result<std::vector<record>> load(std::uint64_t);
};
struct loads_without_a_result : whole {
    registry_load load(std::uint64_t);
};
struct has_a_narrow_generation : whole {
    result<std::uint32_t> generation();
};
struct has_a_generation_for_each_kind : whole {
    result<std::uint64_t> generation(record_kind);
};
struct has_no_history : whole {
    void history() = delete;
};
struct has_a_history_of_one_record : whole {
    result<std::vector<history_record>> history(record_key const&);
};
struct has_a_history_of_another_type : whole {
    result<std::vector<history_entry>> history(history_query const&);
};
struct cannot_be_copied : whole {
    cannot_be_copied(cannot_be_copied&&) = default;
};

struct awaited : whole {
    awaitable<result<std::uint64_t>> async_commit(registry_commit const&);
    awaitable<result<registry_load>> async_load(std::uint64_t);
    awaitable<result<std::uint64_t>> async_generation();
};
struct awaits_without_a_result : awaited {
    awaitable<registry_load> async_load(std::uint64_t);
};
struct awaits_no_commit : awaited {
    void async_commit() = delete;
};
struct awaits_generations_at_once : awaited {
    result<std::uint64_t> async_generation();
};
struct awaits_nothing_else : awaited {
    void commit() = delete;
};

struct keyed : whole {
    encryption_keys keys() const;
};
struct has_keys_that_may_change : whole {
    encryption_keys keys();
};
struct refers_to_keys : whole {
    encryption_keys const& keys() const;
};
struct may_have_keys : whole {
    result<encryption_keys> keys() const;
};

struct watched : whole {
    void watch(std::weak_ptr<registry_watcher>);
};
struct watches_with_a_result : whole {
    result<void> watch(std::weak_ptr<registry_watcher>);
};
struct owns_its_watchers : whole {
    void watch(std::shared_ptr<registry_watcher>);
};

struct connection {};
struct transactional : whole {
    using whole::generation;
    result<std::uint64_t> generation(connection&);
};
struct sees_transactions_without_a_result : whole {
    using whole::generation;
    std::uint64_t generation(connection&);
};

// What has the name of a part means to be one.
template <class T>
constexpr bool has_no_part = !posthorn::detail::has_async_registry<T> && !posthorn::detail::has_keys<T> &&
                             !posthorn::detail::has_watch<T>;

} // namespace

static_assert(check_registry<test::archetypes::registry>() && Registry<test::archetypes::registry>);
static_assert(check_registry<memory_storage>() && Registry<memory_storage>);
static_assert(check_registry<sqlite_storage>() && Registry<sqlite_storage>);
static_assert(check_registry<whole>() && Registry<whole>);
static_assert(check_registry<whole_in_other_words>() && Registry<whole_in_other_words>);
static_assert(has_no_part<whole> && has_no_part<test::archetypes::registry>);
static_assert(!Registry<int>);
static_assert(!Registry<commits_without_a_result>);
static_assert(!Registry<commits_without_a_generation>);
static_assert(!Registry<commits_what_it_may_change>);
static_assert(!Registry<commits_changes_alone>);
static_assert(!Registry<awaits_to_commit>);
static_assert(!Registry<loads_everything>);
static_assert(!Registry<loads_records_alone>);
static_assert(!Registry<loads_without_a_result>);
static_assert(!Registry<has_a_narrow_generation>);
static_assert(!Registry<has_a_generation_for_each_kind>);
static_assert(!Registry<has_no_history>);
static_assert(!Registry<has_a_history_of_one_record>);
static_assert(!Registry<has_a_history_of_another_type>);
static_assert(!Registry<cannot_be_copied>);

static_assert(check_registry<awaited>() && AwaitableRegistry<awaited> && AwaitableRegistry<sqlite_storage>);
static_assert(!AwaitableRegistry<whole> && !AwaitableRegistry<memory_storage>);
static_assert(!AwaitableRegistry<awaits_without_a_result>);
static_assert(!AwaitableRegistry<awaits_no_commit>);
static_assert(!AwaitableRegistry<awaits_generations_at_once>);
static_assert(!AwaitableRegistry<awaits_nothing_else>);
// What is no model, but has a function of it, is rejected by check_registry.
static_assert(posthorn::detail::has_async_registry<awaits_without_a_result>);
static_assert(posthorn::detail::has_async_registry<awaits_no_commit>);
static_assert(posthorn::detail::has_async_registry<awaits_generations_at_once>);

static_assert(check_registry<keyed>() && KeyedRegistry<keyed>);
static_assert(KeyedRegistry<memory_storage> && KeyedRegistry<sqlite_storage>);
static_assert(!KeyedRegistry<whole> && !KeyedRegistry<test::archetypes::registry>);
static_assert(!KeyedRegistry<has_keys_that_may_change>);
static_assert(!KeyedRegistry<refers_to_keys>);
static_assert(!KeyedRegistry<may_have_keys>);
static_assert(posthorn::detail::has_keys<has_keys_that_may_change> &&
              posthorn::detail::has_keys<refers_to_keys> && posthorn::detail::has_keys<may_have_keys>);

static_assert(check_registry<watched>() && WatchedRegistry<watched> && WatchedRegistry<memory_storage>);
static_assert(!WatchedRegistry<whole> && !WatchedRegistry<sqlite_storage>);
static_assert(!WatchedRegistry<watches_with_a_result>);
static_assert(!WatchedRegistry<owns_its_watchers>);
static_assert(posthorn::detail::has_watch<watches_with_a_result>);

static_assert(check_registry<transactional>() && TransactionalRegistry<transactional, connection&>);
static_assert(!TransactionalRegistry<transactional, int> && !TransactionalRegistry<whole, connection&>);
static_assert(!TransactionalRegistry<sees_transactions_without_a_result, connection&>);
static_assert(!TransactionalRegistry<memory_storage, connection&>);
static_assert(TransactionalRegistry<sqlite_storage, sqlite3&> &&
              TransactionalRegistry<sqlite_storage, sqlite_session&>);
