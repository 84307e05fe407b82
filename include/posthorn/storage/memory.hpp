// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/concepts/storage.hpp>
#include <posthorn/config.hpp>
#include <posthorn/storage/delivery_counts.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace posthorn {

/// How much a memory_storage holds.
struct memory_limits {
    memory_limits() noexcept {}

    /// Deliveries that are not delivered yet, in all.
    std::size_t deliveries = 1'000'000;
    /// The same for one webhook, so that a dead receiver cannot fill the storage for the others.
    std::size_t per_webhook = 100'000;
    /// Deliveries that failed or were cancelled and are kept; the one that ended first goes first.
    std::size_t failed_kept = 10'000;
    /// Entries of the history that are kept; the oldest goes first.
    std::size_t history_kept = 10'000;
    /// Erased records that are remembered, so that a dispatcher which has not seen the change loads only what
    /// changed; the oldest goes first.
    std::size_t erased_kept = 10'000;
};

/// Keeps webhooks, filters and deliveries in memory: what the process forgets when it ends.
///
/// Models Outbox, ImmediateOutbox, Registry, WatchedRegistry and KeyedRegistry, and shows its deliveries. One
/// that is delivered is dropped; one that failed or was cancelled stays for a while. A copyable handle:
/// copies share one state. Thread safety: all functions, from any threads; looking for deliveries takes time
/// in proportion to their number, and what is stored meanwhile waits.
class memory_storage {
  public:
    /// An empty storage.
    explicit memory_storage(memory_limits limits = memory_limits());

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
    [[nodiscard]] result<delivery_page> deliveries(delivery_query const& query) const;
    [[nodiscard]] result<std::optional<stored_delivery>> find(uuid const& id) const;
    [[nodiscard]] result<std::vector<stored_attempt>> attempts(uuid const& id) const;
    [[nodiscard]] result<std::size_t> count(delivery_states states, std::size_t most) const;
    [[nodiscard]] result<bool> change(uuid const& id, delivery_change what, wall_time now);
    /// @}

    /// @name Registry
    /// @{
    [[nodiscard]] result<std::uint64_t> commit(registry_commit const& c);
    [[nodiscard]] result<registry_load> load(std::uint64_t after) const;
    [[nodiscard]] result<std::uint64_t> generation() const;
    [[nodiscard]] result<std::vector<history_record>> history(history_query const& q) const;
    void watch(std::weak_ptr<registry_watcher> who);
    /// A key of this storage's own, drawn at random: secrets are as lasting as the storage.
    [[nodiscard]] encryption_keys keys() const;
    /// @}

    /// What is stored right now.
    [[nodiscard]] delivery_counts counts() const;

    /// The state of one delivery; none: delivered, pruned, or never stored.
    [[nodiscard]] std::optional<delivery_state> state_of(uuid const& id) const;

  private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/storage/memory.ipp>
#endif
