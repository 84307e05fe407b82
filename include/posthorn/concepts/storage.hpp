// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/util/member_name.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/claim_query.hpp>
#include <posthorn/model/delivery.hpp>
#include <posthorn/model/stored_delivery.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// A worker's exclusive, time-limited right to deliver what it holds. Each run of a dispatcher works under
/// one lease.
struct lease {
    lease() noexcept {}
    lease(std::uint64_t which, wall_time end) noexcept : id(which), until(end) {}

    /// Drawn at random by the worker; never 0.
    std::uint64_t id = 0;
    wall_time until{};
};

/// A delivery that a claim handed out.
struct claimed_delivery {
    delivery_ptr what;
    /// Attempts made before.
    unsigned attempts = 0;
    /// A person asked for one more attempt: if it fails, no other follows.
    bool once = false;
    /// As it was stored.
    bool in_order = false;
    /// The revision of its webhook's record when the claim was made; 0: the outbox does not keep webhooks.
    std::uint64_t webhook_revision = 0;
};

/// How a worker's work on one delivery ended.
struct settlement {
    settlement() noexcept {}

    uuid id{};
    /// The lease under which the worker held it.
    std::uint64_t lease = 0;
    /// delivered, failed, cancelled, paused; or pending: due again at `not_before`.
    delivery_state state = delivery_state::pending;
    /// Attempts made in all.
    unsigned attempts = 0;
    wall_time not_before{};
    /// Why it is not delivered.
    error_code error;
    /// When the last attempt began; zero: this settles none.
    wall_time started{};
    /// The status that it was answered with; 0: none.
    int status = 0;
    /// Of an attempt that failed: the beginning of what the receiver answered, secrets masked, or what the
    /// transport says; at most 1 KiB.
    std::string answer;
    /// When this was decided.
    wall_time time{};
    /// Of one that is paused: a user paused it, so that it stays paused when its webhook is activated.
    bool by_user = false;
    /// Set by the storage: the lease no longer held the delivery, and nothing was changed.
    bool lost = false;
};

/// What `append` stores: a rendered delivery, or one whose rendering failed for good.
struct outbox_row {
    explicit outbox_row(delivery_ptr d, error_code e = {}) noexcept : what(std::move(d)), error(e) {}

    delivery_ptr what;
    /// Set: the row is stored as failed.
    error_code error;
    /// Whether the row is pending, whatever the lease: its lane takes no more, and the claim comes for it.
    bool is_left = false;
    /// Whether its webhook is told in order; such a row is left too. Kept with the row.
    bool in_order = false;
    /// Set by the storage: a limit refused this row, and it is not stored.
    error_code refused;
    /// Set with `refused`: one sentence that names the limit.
    std::string refusal;

    /// Whether the lease holds it from the start.
    [[nodiscard]] bool is_held_by(lease const& hold) const noexcept {
        return hold.id != 0 && !error && !is_left && !in_order;
    }
};

/// What happens to a webhook's waiting deliveries when the webhook changes.
enum class queue_change : std::uint8_t {
    /// pending becomes paused.
    pause,
    /// paused becomes pending, unless a user paused it.
    resume,
    /// pending and paused become cancelled.
    cancel,
};

/// Keeps deliveries until they are settled.
///
/// Purpose: "accepted" means that the outbox has it. What the outbox promises of durability, Posthorn
/// promises to the host.
///
/// Semantic:
/// - `append(rows, hold)`: when it fails, no row is stored; when it succeeds, every row is but those that a
///   limit of the storage refused (`refused`). Those that `is_held_by` says so of are held by the lease at
///   once, which lasts until `hold.until` from then on, if it did not last longer already; the others are
///   pending. A row with an error is stored as failed.
/// - `claim(now, hold, query, out)`: gives deliveries that are pending and due, or delivering under a lease
/// that
///   ended before `now`: as many as `query` has room for, whatever else waits, oldest due first. They are
///   delivering under `hold` from then on, which lasts as above. Two claims never hand out one delivery. Of
///   the rows of a webhook that are `in_order`, only the one that was stored first is handed out, of those
///   that are pending or delivering. An outbox that is the registry too never hands out rows of a webhook
///   whose record is erased or not active, whatever the worker knows, and returns the record's revision.
/// - `settle(batch)`: each row that its lease still holds moves to its new state; one that it does not hold
///   is left alone and marked `lost`. A settlement is judged by itself.
/// - `extend(hold, now)`: prolongs the lease; `errc::lease_lost` when it ended before `now` and is gone.
/// - `release(id)`: what the lease holds is pending again, due at once, attempts unchanged.
/// - `next_due(now)`: when the next row after `now` becomes due, of those that are pending, or the earliest
/// lease
///   ends; none: nothing comes.
/// - `change(webhook, what, now)`: moves the webhook's rows that no lease holds. May be called again at any
///   time: what was moved already stays as it is. An outbox that is the registry too does nothing if the
///   webhook's record says otherwise: it cancels only where the record is erased, resumes only where it is
///   active, pauses only where it is not, since the worker may know an older state. A commit that creates
///   the record of an erased webhook again cancels the rows that are pending or paused.
/// A transient failure is an error of the call, never a lost row.
///
/// Concurrency: any number of calls at once, from any executors. `append_now` is called from any thread.
///
/// Lifetime: a copyable handle to shared state. Spans, leases, queries and `out` stay valid until the
/// awaitable completes.
///
/// Conforming signatures: see the concept. `append_now` is optional: with it `dispatch` works, without it
/// only `async_dispatch`. `awaitable<result<std::size_t>> prune(wall_time now)` is optional: forgets some of
/// what ended longer ago than the storage keeps it, and gives how many; it is called now and then, and again
/// until it gives 0. `result<void> enlist(connection&, std::span<outbox_row>, lease const&)` is
/// optional: `append_now` through the host's own connection, in its open transaction. What it stores is there
/// if that transaction commits, and was never there if not. It is called on the committing thread, with what
/// the host transaction's `connection()` gives.
///
/// People look at deliveries and decide about single ones where an outbox has, all or none of them:
/// - `result<delivery_page> deliveries(delivery_query const&)`: newest first, in the order in which they were
///   stored, so that pages are stable while others come in;
/// - `result<std::optional<stored_delivery>> find(uuid const&)`: one, with its request;
/// - `result<std::vector<stored_attempt>> attempts(uuid const&)`: in their order; those that failed at least;
/// - `result<std::size_t> count(delivery_states, std::size_t most)`: how many there are, counted up to
/// `most`;
/// - `result<bool> change(uuid const& delivery, delivery_change, wall_time now)`: moves one that no lease
///   holds, if `changeable` says so of its state; false: nothing was moved. A redelivered one is claimed with
///   `once`, until an attempt is settled. One that is paused here is paused by a user.
/// One that is settled without an attempt keeps the error of its last one. What was delivered or cancelled
/// may be forgotten at once. They may block shortly, and are called from any thread.
///
/// Conformance: `testing/outbox_conformance.hpp` runs the same cases against yours.
///
/// See: `memory_storage`.
template <class T>
concept Outbox = std::copy_constructible<T> &&
                 requires(T& outbox, std::span<outbox_row> rows, lease const& hold, wall_time now,
                          claim_query const& query, std::vector<claimed_delivery>& out,
                          std::span<settlement> batch, uuid webhook) {
                     { outbox.append(rows, hold) } -> std::same_as<boost::asio::awaitable<result<void>>>;
                     {
                         outbox.claim(now, hold, query, out)
                     } -> std::same_as<boost::asio::awaitable<result<claim_end>>>;
                     { outbox.settle(batch) } -> std::same_as<boost::asio::awaitable<result<void>>>;
                     { outbox.extend(hold, now) } -> std::same_as<boost::asio::awaitable<result<void>>>;
                     {
                         outbox.release(std::uint64_t{})
                     } -> std::same_as<boost::asio::awaitable<result<void>>>;
                     {
                         outbox.next_due(now)
                     } -> std::same_as<boost::asio::awaitable<result<std::optional<wall_time>>>>;
                     {
                         outbox.change(webhook, queue_change{}, now)
                     } -> std::same_as<boost::asio::awaitable<result<void>>>;
                 };

/// Whether `T` stores without waiting, so that `dispatch` can be called from any thread.
template <class T>
concept ImmediateOutbox = Outbox<T> && requires(T& outbox, std::span<outbox_row> rows, lease const& hold) {
    { outbox.append_now(rows, hold) } -> std::same_as<result<void>>;
};

namespace detail {

template <class T>
concept prunes = requires(T& outbox, wall_time now) {
    { outbox.prune(now) } -> std::same_as<boost::asio::awaitable<result<std::size_t>>>;
};

POSTHORN_NAMES_MEMBER(prune);
POSTHORN_NAMES_MEMBER(enlist);
POSTHORN_NAMES_MEMBER(deliveries);

template <class T>
concept shows_deliveries =
    requires(T& outbox, delivery_query const& query, uuid const& id, delivery_states states) {
        { outbox.deliveries(query) } -> std::same_as<result<delivery_page>>;
        { outbox.find(id) } -> std::same_as<result<std::optional<stored_delivery>>>;
        { outbox.attempts(id) } -> std::same_as<result<std::vector<stored_attempt>>>;
        { outbox.count(states, std::size_t{}) } -> std::same_as<result<std::size_t>>;
        { outbox.change(id, delivery_change{}, wall_time()) } -> std::same_as<result<bool>>;
    };

} // namespace detail

/// Says in prose what `T` lacks to be an Outbox. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_outbox() {
    using boost::asio::awaitable;
    static_assert(std::copy_constructible<T>,
                  "posthorn: Outbox must be copyable; make it a handle to shared state. "
                  "See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t, std::span<outbox_row> rows, lease const& hold) {
            { t.append(rows, hold) } -> std::same_as<awaitable<result<void>>>;
        }, "posthorn: Outbox lacks `awaitable<result<void>> append(std::span<outbox_row>, lease const&)`. "
           "See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t, wall_time now, lease const& hold, claim_query const& query,
                 std::vector<claimed_delivery>& out) {
            { t.claim(now, hold, query, out) } -> std::same_as<awaitable<result<claim_end>>>;
        },
        "posthorn: Outbox lacks `awaitable<result<claim_end>> claim(wall_time now, lease const&, claim_query "
        "const&, "
        "std::vector<claimed_delivery>&)`. See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t, std::span<settlement> batch) {
            { t.settle(batch) } -> std::same_as<awaitable<result<void>>>;
        }, "posthorn: Outbox lacks `awaitable<result<void>> settle(std::span<settlement>)`. "
           "See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t, lease const& hold, wall_time now) {
            { t.extend(hold, now) } -> std::same_as<awaitable<result<void>>>;
        }, "posthorn: Outbox lacks `awaitable<result<void>> extend(lease const&, wall_time now)`. "
           "See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t) {
            { t.release(std::uint64_t{}) } -> std::same_as<awaitable<result<void>>>;
        }, "posthorn: Outbox lacks `awaitable<result<void>> release(std::uint64_t lease)`. "
           "See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t, wall_time now) {
            { t.next_due(now) } -> std::same_as<awaitable<result<std::optional<wall_time>>>>;
        }, "posthorn: Outbox lacks `awaitable<result<std::optional<wall_time>>> next_due(wall_time now)`. "
           "See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t, uuid webhook, wall_time now) {
            { t.change(webhook, queue_change{}, now) } -> std::same_as<awaitable<result<void>>>;
        },
        "posthorn: Outbox lacks `awaitable<result<void>> change(uuid webhook, queue_change, wall_time now)`. "
        "See posthorn/concepts/storage.hpp");
    static_assert(
        !detail::names_prune<T> || detail::prunes<T>,
        "posthorn: the Outbox's prune must be `awaitable<result<std::size_t>> prune(wall_time now)`. "
        "See posthorn/concepts/storage.hpp");
    static_assert(
        !detail::names_deliveries<T> || detail::shows_deliveries<T>,
        "posthorn: an Outbox that shows its deliveries has `result<delivery_page> deliveries(delivery_query "
        "const&)`, `result<std::optional<stored_delivery>> find(uuid const&)`, "
        "`result<std::vector<stored_attempt>> attempts(uuid const&)`, `result<std::size_t> "
        "count(delivery_states, std::size_t most)` and `result<bool> change(uuid const&, delivery_change, "
        "wall_time)`. See posthorn/concepts/storage.hpp");
    return true;
}

} // namespace posthorn
