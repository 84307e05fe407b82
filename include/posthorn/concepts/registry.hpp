// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>
#include <posthorn/model/record.hpp>
#include <posthorn/storage/encryption_keys.hpp>

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <vector>

namespace posthorn {

/// Keeps the records of webhooks, filters, list filters and settings, and the history of their changes.
///
/// Purpose: the registry is the truth. What a process knows of webhooks is a cache of it, and every change is
/// a compare-and-set on what is stored, so that any number of processes can use one registry.
///
/// Semantic:
/// - `commit(c)`: makes all changes, appends all entries and sets all seals of `c`, or none of it. Fails with
///   `errc::registry_conflict`, and does nothing, if a record does not have the revision that its change
///   expects, if the generation is not `if_generation`, or if an entry to be sealed is missing or has another
///   seal, or if `c` changes a record twice. A changed record has the next revision, and keeps its place
///   (`created`); one that was erased and is created again is the newest, and its revision is larger than all
///   it had before. Returns the generation after the commit: one more than before if it changes records, else
///   the same.
/// - `load(after)`: the records that were created, changed or erased by commits of a larger generation than
///   `after`, or all records (`complete`) where `after` is 0, the registry no longer knows what changed
///   since, or it never had that generation (it was restored). Records stand in the order of `created`, then
///   of kind and key. What it returns is one state: no commit is seen in part.
/// - `generation()`: the generation of the last commit that changed records; 0: there was none. Cheap: it is
///   called once in each `options::registry_poll`.
/// - `history(q)`: entries in the order of their numbers. Once a reader has seen an entry, none with a
///   smaller number appears.
/// Values are opaque to a registry: it neither parses nor judges them. They hold no secret in the clear: the
/// library encrypts secrets before. When a call succeeded, every later call of every process sees it, after a
/// crash too where the storage is durable.
///
/// Errors: `errc::registry_conflict`, or the storage's own; a call that failed has changed nothing, or the
/// outcome is unknown and the next `load` tells.
///
/// Concurrency: any number of calls at once, from any threads. Calls may block for a short time.
///
/// Lifetime: a copyable handle to shared state.
///
/// Optional parts are concepts of their own: `AwaitableRegistry`, `KeyedRegistry`, `WatchedRegistry`,
/// `TransactionalRegistry`.
///
/// Conformance: `testing/registry_conformance.hpp`. See: `memory_storage`.
template <class T>
concept Registry = std::copy_constructible<T> && requires(T& registry, registry_commit const& c,
                                                          std::uint64_t after, history_query const& q) {
    { registry.commit(c) } -> std::same_as<result<std::uint64_t>>;
    { registry.load(after) } -> std::same_as<result<registry_load>>;
    { registry.generation() } -> std::same_as<result<std::uint64_t>>;
    { registry.history(q) } -> std::same_as<result<std::vector<history_record>>>;
};

/// A Registry that does not make an executor wait: the same functions, awaited. Arguments stay valid until
/// the awaitable completes.
///
/// Without them an executor waits for `generation` once in each `options::registry_poll`, and for `load` and
/// `commit` when webhooks change, fail for long, or are disabled.
template <class T>
concept AwaitableRegistry =
    Registry<T> && requires(T& registry, registry_commit const& c, std::uint64_t after) {
        { registry.async_commit(c) } -> std::same_as<boost::asio::awaitable<result<std::uint64_t>>>;
        { registry.async_load(after) } -> std::same_as<boost::asio::awaitable<result<registry_load>>>;
        { registry.async_generation() } -> std::same_as<boost::asio::awaitable<result<std::uint64_t>>>;
    };

/// A Registry that names the keys which the library encrypts secrets with. Without it, or without a key, a
/// webhook that has secrets cannot be saved.
template <class T>
concept KeyedRegistry = Registry<T> && requires(T const& registry) {
    { registry.keys() } -> std::same_as<encryption_keys>;
};

/// What is called when a registry has changed.
class registry_watcher {
  public:
    registry_watcher() = default;
    registry_watcher(registry_watcher const&) = delete;
    registry_watcher& operator=(registry_watcher const&) = delete;

    /// Called after each commit that changed records, on any thread, without a lock of the registry held.
    virtual void registry_changed(std::uint64_t generation) noexcept = 0;

  protected:
    ~registry_watcher() = default;
};

/// A Registry that reports every change at once, those of other processes included, so that nobody has to ask
/// for the generation. `watch` calls the watcher after each commit for as long as it exists.
template <class T>
concept WatchedRegistry = Registry<T> && requires(T& registry, std::weak_ptr<registry_watcher> who) {
    { registry.watch(who) } -> std::same_as<void>;
};

/// A Registry in the host's own database: `generation(connection)` is what the host's open transaction sees,
/// so that a transaction never uses webhooks that are older than its own snapshot. It must not wait for locks
/// that other transactions hold.
template <class T, class Connection>
concept TransactionalRegistry = Registry<T> && requires(T& registry, Connection connection) {
    { registry.generation(connection) } -> std::same_as<result<std::uint64_t>>;
};

namespace detail {

// Means to be a part; detected by a call, so that overloads and templates count too.
template <class T>
concept has_async_registry = requires(T& t, registry_commit const& c) {
    t.async_commit(c);
} || requires(T& t) { t.async_load(std::uint64_t{}); } || requires(T& t) { t.async_generation(); };

template <class T>
concept has_keys = requires(T& t) { t.keys(); };

template <class T>
concept has_watch = requires(T& t, std::weak_ptr<registry_watcher> who) { t.watch(who); } ||
                    requires(T& t, std::shared_ptr<registry_watcher> who) { t.watch(who); };

} // namespace detail

/// Says in prose what `T` lacks to be a Registry. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_registry() {
    using boost::asio::awaitable;
    static_assert(std::copy_constructible<T>,
                  "posthorn: Registry must be copyable; make it a handle to shared state. "
                  "See posthorn/concepts/registry.hpp");
    static_assert(
        requires(T& t, registry_commit const& c) {
            { t.commit(c) } -> std::same_as<result<std::uint64_t>>;
        }, "posthorn: Registry lacks `result<std::uint64_t> commit(registry_commit const&)`. "
           "See posthorn/concepts/registry.hpp");
    static_assert(
        requires(T& t) {
            { t.load(std::uint64_t{}) } -> std::same_as<result<registry_load>>;
        }, "posthorn: Registry lacks `result<registry_load> load(std::uint64_t after)`. "
           "See posthorn/concepts/registry.hpp");
    static_assert(
        requires(T& t) {
            { t.generation() } -> std::same_as<result<std::uint64_t>>;
        }, "posthorn: Registry lacks `result<std::uint64_t> generation()`. "
           "See posthorn/concepts/registry.hpp");
    static_assert(
        requires(T& t, history_query const& q) {
            { t.history(q) } -> std::same_as<result<std::vector<history_record>>>;
        }, "posthorn: Registry lacks `result<std::vector<history_record>> history(history_query const&)`. "
           "See posthorn/concepts/registry.hpp");
    static_assert(
        !detail::has_async_registry<T> || AwaitableRegistry<T>,
        "posthorn: a Registry that is awaited has `awaitable<result<std::uint64_t>> "
        "async_commit(registry_commit const&)`, `awaitable<result<registry_load>> async_load(std::uint64_t "
        "after)` and `awaitable<result<std::uint64_t>> async_generation()`. See "
        "posthorn/concepts/registry.hpp");
    static_assert(!detail::has_keys<T> || KeyedRegistry<T>,
                  "posthorn: the Registry's keys must be `encryption_keys keys() const`. "
                  "See posthorn/concepts/registry.hpp");
    static_assert(!detail::has_watch<T> || WatchedRegistry<T>,
                  "posthorn: the Registry's watch must be `void watch(std::weak_ptr<registry_watcher>)`. "
                  "See posthorn/concepts/registry.hpp");
    return true;
}

} // namespace posthorn
