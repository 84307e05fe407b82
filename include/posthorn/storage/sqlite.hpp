// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/concepts/storage.hpp>
#include <posthorn/config.hpp>
#include <posthorn/storage/delivery_counts.hpp>
#include <posthorn/storage/encryption_keys.hpp>
#include <posthorn/storage/sqlite_error.hpp>
#include <posthorn/storage/sqlite_session.hpp>
#include <posthorn/storage/sqlite_transaction.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace posthorn {

/// What a commit waits for.
enum class sqlite_durability : std::uint8_t {
    /// The disk (`PRAGMA synchronous=FULL`): what was accepted survives a loss of power.
    power_loss,
    /// The operating system (`NORMAL`): what was accepted survives the end of the process, and a loss of
    /// power
    /// may take the last of it.
    process_end,
};

/// How a sqlite_storage is opened.
struct sqlite_options {
    sqlite_options() noexcept {}

    /// What encrypts the secrets of webhooks. Without keys a webhook that has secrets cannot be saved.
    encryption_keys keys;
    /// What the host's own connections must promise too.
    sqlite_durability durability = sqlite_durability::power_loss;
    /// How long the library's own work waits for a transaction of the host; it is tried again later.
    std::chrono::milliseconds busy_timeout{5'000};
    /// How long delivered deliveries are kept, from their end.
    std::chrono::seconds keep_delivered = std::chrono::hours(24 * 7);
    /// How long failed and cancelled ones are kept, from their end.
    std::chrono::seconds keep_failed = std::chrono::hours(24 * 30);
};

/// Keeps webhooks, filters and deliveries in a SQLite file, the host's own: deliveries are stored in the
/// host's transaction, so that they are there if and only if its change is.
///
/// Models Outbox, ImmediateOutbox, Registry, AwaitableRegistry, KeyedRegistry and TransactionalRegistry, and
/// can be enlisted in a `sqlite_transaction`, or in any host transaction whose `connection()` gives a
/// `sqlite3&` or a `sqlite_session&` on the same file. Tables are named `posthorn_...`. Its own work happens
/// on a thread and a connection of its own; it waits while the host holds the write lock, and no executor
/// waits with it. `append_now` and `commit` make the caller wait: inside an open transaction of the same
/// thread they would wait for that one until `busy_timeout`, so record events with the transaction there.
///
/// Needs SQLite 3.35 or newer, a thread-safe one, and a local file system (WAL). A copyable handle: copies
/// share one state. Thread safety: all functions, from any threads. Source: `docs/storage.md`.
class sqlite_storage {
  public:
    /// Opens the file, creates it and the tables where they are missing, and brings older tables up to date.
    ///
    /// Errors: `errc::storage_needs_file` (no file, or in memory), `errc::schema_too_new`,
    /// `errc::not_durable` (the file cannot be used with WAL), or SQLite's own. Exceptions: std::bad_alloc,
    /// std::system_error (no thread).
    [[nodiscard]] static result<sqlite_storage> open(std::string const& file,
                                                     sqlite_options options = sqlite_options());

    /// @name Outbox
    /// @{
    [[nodiscard]] result<void> append_now(std::span<outbox_row> rows, lease const& hold);
    [[nodiscard]] boost::asio::awaitable<result<void>> append(std::span<outbox_row> rows, lease const& hold);
    [[nodiscard]] boost::asio::awaitable<result<claim_end>>
    claim(wall_time now, lease const& hold, claim_query const& query, std::vector<claimed_delivery>& out);
    [[nodiscard]] boost::asio::awaitable<result<void>> settle(std::span<settlement> batch);
    [[nodiscard]] boost::asio::awaitable<result<void>> extend(lease const& hold, wall_time now);
    [[nodiscard]] boost::asio::awaitable<result<void>> release(std::uint64_t lease_id);
    [[nodiscard]] boost::asio::awaitable<result<std::optional<wall_time>>> next_due(wall_time now);
    [[nodiscard]] boost::asio::awaitable<result<void>> change(uuid webhook, queue_change what, wall_time now);
    [[nodiscard]] boost::asio::awaitable<result<std::size_t>> prune(wall_time now);
    /// Stores in the open transaction of the host's connection.
    ///
    /// Errors: `errc::no_transaction` (none is open), `errc::not_durable` (the connection promises less than
    /// this storage: `PRAGMA synchronous=FULL`), or SQLite's own; then roll back.
    [[nodiscard]] result<void> enlist(sqlite_connection_ref connection, std::span<outbox_row> rows,
                                      lease const& hold);
    /// @}

    /// @name What people see of deliveries, of the Outbox too. They wait; for any thread but an executor's.
    /// @{
    [[nodiscard]] result<delivery_page> deliveries(delivery_query const& query) const;
    [[nodiscard]] result<std::optional<stored_delivery>> find(uuid const& id) const;
    [[nodiscard]] result<std::vector<stored_attempt>> attempts(uuid const& id) const;
    [[nodiscard]] result<std::size_t> count(delivery_states states, std::size_t most) const;
    [[nodiscard]] result<bool> change(uuid const& id, delivery_change what, wall_time now);
    /// @}

    /// @name Registry
    /// Loads and the history are read on a connection of their own, and never wait for a transaction that
    /// writes. Errors: `errc::registry_conflict`, or SQLite's own.
    /// @{
    [[nodiscard]] result<std::uint64_t> commit(registry_commit const& c);
    [[nodiscard]] result<registry_load> load(std::uint64_t after) const;
    [[nodiscard]] result<std::uint64_t> generation() const;
    [[nodiscard]] result<std::vector<history_record>> history(history_query const& q) const;
    /// What the open transaction of the host's connection sees.
    [[nodiscard]] result<std::uint64_t> generation(sqlite_connection_ref connection) const;
    [[nodiscard]] boost::asio::awaitable<result<std::uint64_t>> async_commit(registry_commit const& c);
    [[nodiscard]] boost::asio::awaitable<result<registry_load>> async_load(std::uint64_t after) const;
    [[nodiscard]] boost::asio::awaitable<result<std::uint64_t>> async_generation() const;
    /// `sqlite_options::keys`.
    [[nodiscard]] encryption_keys keys() const;
    /// @}

    /// Encrypts with the current key every secret that an older one has encrypted, webhook by webhook: broken
    /// off at any time, it can be called again. A webhook that is changed at the same time keeps that change.
    /// Returns the number of secrets. Waits; for any thread but an executor's.
    [[nodiscard]] result<std::size_t> rotate_secrets();

    /// What is stored right now. Waits.
    [[nodiscard]] result<delivery_counts> counts() const;

    /// The state of one delivery; none: pruned, or never stored. Waits.
    [[nodiscard]] result<std::optional<delivery_state>> state_of(uuid const& id) const;

  private:
    class state;

    explicit sqlite_storage(std::shared_ptr<state> s) noexcept : state_(std::move(s)) {}

    std::shared_ptr<state> state_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/storage/sqlite.ipp>
#endif
