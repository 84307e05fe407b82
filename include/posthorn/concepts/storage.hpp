// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>
#include <posthorn/model/claim_query.hpp>
#include <posthorn/model/delivery.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/model/setting.hpp>
#include <posthorn/model/stored_delivery.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>
#include <posthorn/model/webhook.hpp>

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
    /// paused becomes pending.
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
///   that are pending or delivering.
/// - `settle(batch)`: each row that its lease still holds moves to its new state; one that it does not hold
///   is left alone and marked `lost`. A settlement is judged by itself.
/// - `extend(hold, now)`: prolongs the lease; `errc::lease_lost` when it ended before `now` and is gone.
/// - `release(id)`: what the lease holds is pending again, due at once, attempts unchanged.
/// - `next_due(now)`: when the next row after `now` becomes due, of those that are pending, or the earliest
/// lease
///   ends; none: nothing comes.
/// - `change(webhook, what, now)`: moves the webhook's rows that no lease holds.
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
///   `once`, until an attempt is settled.
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

/// Keeps webhooks and saved filters.
///
/// Semantic:
/// - `put(webhook)` and `put(filter)` store a value under its id, new or changed, whole and unjudged: a later
///   load gives every field back, byte for byte; texts are UTF-8 without NUL. A changed value keeps its place
///   among the others; one that was erased and comes back is the newest.
/// - `erase(id)` forgets the webhook, `erase_filter(id)` the filter of this id, and neither the other kind;
///   an id that is not there changes nothing.
/// - `load()` gives all webhooks, `load_filters()` all filters, each in the order of their creation.
/// - What a webhook and its filter have to do with each other is not the registry's concern: the dispatcher
///   refuses to delete a filter that webhooks name.
/// When a call succeeded, a later load sees it, after a crash too where the storage is durable.
///
/// Concurrency: the dispatcher makes one call at a time, from any thread; calls may block shortly. A
/// dispatcher knows webhooks and filters as it loaded and saved them: of several processes on one registry,
/// one saves.
///
/// Lifetime: a copyable handle to shared state.
///
/// Conforming signatures: see the concept. `void put_soon(webhook const&)` is optional: puts behind what was
/// put before, without waiting; if that fails, nobody is told, since it is used only for what comes about
/// again (a receiver that says 410). Without it, `put` is called, and an executor waits for it.
///
/// What was done to webhooks is kept by a registry that has, all or none of them: `result<void> put(webhook
/// const&, history_entry const&)` and `result<void> erase(uuid const&, history_entry const&)`, which store
/// the change and the entry, both or neither, under a number that the registry gives; `result<void>
/// note(history_entry const&)`, which stores an entry about what changes no webhook; and
/// `result<std::vector<history_entry>> history(uuid const& webhook, std::uint64_t before, std::size_t
/// limit)`: at most `limit` entries of a webhook, also of one that was erased, newest first, of those with a
/// smaller number than `before` (0: of all). With `put_soon`, `void put_soon(webhook const&, history_entry
/// const&)`. Such a registry may have `result<std::vector<history_entry>> history_after(std::uint64_t number,
/// std::size_t limit)` too: at most `limit` entries of all webhooks, in the order of their numbers, of those
/// with a larger number than this one. Once a reader has seen an entry, none with a smaller number appears.
///
/// Settings are kept by a registry that has, all or none of them: `result<void> put_setting(std::string_view
/// kind, std::string_view key, std::string_view value)`, new or replaced; `result<void>
/// erase_setting(std::string_view kind, std::string_view key)`, where one that is not there changes nothing;
/// `result<std::optional<std::string>> find_setting(std::string_view kind, std::string_view key)`; and
/// `result<std::vector<setting>> settings(std::string_view kind, std::string_view after_key, std::size_t
/// limit)`: at most `limit` of one kind, in the order of their keys' bytes, of those with a larger key than
/// this one (empty: of all). Kind, key and value are UTF-8 without NUL, kept byte for byte; a key is never
/// empty. Such a registry may have, all or none of them: `awaitable<result<void>>
/// put_setting_async(std::string_view kind, std::string_view key, std::string_view value)`,
/// `awaitable<result<void>> erase_setting_async(std::string_view kind, std::string_view key)` and
/// `awaitable<result<std::optional<std::string>>> find_setting_async(std::string_view kind, std::string_view
/// key)`: the same, awaited on an executor, which does not wait; texts stay valid until they are done, and
/// other calls may be made meanwhile. What begins after such a call began sees what it did. Without them an
/// executor waits now and then, when a webhook begins to fail, is warned of, or works again.
///
/// The dispatcher keeps settings of the kind "webhook.failing", where a registry keeps settings: since when a
/// webhook has failed without a success. Without them a restart begins that anew.
///
/// Conformance: `testing/registry_conformance.hpp`. See: `memory_storage`.
template <class T>
concept Registry =
    std::copy_constructible<T> && requires(T& registry, webhook const& w, filter const& f, uuid const& id) {
        { registry.put(w) } -> std::same_as<result<void>>;
        { registry.erase(id) } -> std::same_as<result<void>>;
        { registry.load() } -> std::same_as<result<std::vector<webhook>>>;
        { registry.put(f) } -> std::same_as<result<void>>;
        { registry.erase_filter(id) } -> std::same_as<result<void>>;
        { registry.load_filters() } -> std::same_as<result<std::vector<filter>>>;
    };

namespace detail {

template <class T>
concept prunes = requires(T& outbox, wall_time now) {
    { outbox.prune(now) } -> std::same_as<boost::asio::awaitable<result<std::size_t>>>;
};

template <class T>
concept has_prune = requires { &T::prune; };

template <class T>
concept shows_deliveries =
    requires(T& outbox, delivery_query const& query, uuid const& id, delivery_states states) {
        { outbox.deliveries(query) } -> std::same_as<result<delivery_page>>;
        { outbox.find(id) } -> std::same_as<result<std::optional<stored_delivery>>>;
        { outbox.attempts(id) } -> std::same_as<result<std::vector<stored_attempt>>>;
        { outbox.count(states, std::size_t{}) } -> std::same_as<result<std::size_t>>;
        { outbox.change(id, delivery_change{}, wall_time()) } -> std::same_as<result<bool>>;
    };

template <class T>
concept has_deliveries = requires { &T::deliveries; };

template <class T>
concept has_history = requires { &T::history; };

template <class T>
concept keeps_history = requires(T& registry, webhook const& w, uuid const& id, history_entry const& e) {
    { registry.put(w, e) } -> std::same_as<result<void>>;
    { registry.erase(id, e) } -> std::same_as<result<void>>;
    { registry.note(e) } -> std::same_as<result<void>>;
    {
        registry.history(id, std::uint64_t{}, std::size_t{})
    } -> std::same_as<result<std::vector<history_entry>>>;
};

template <class T>
concept has_history_after = requires { &T::history_after; };

template <class T>
concept lists_history = requires(T& registry) {
    {
        registry.history_after(std::uint64_t{}, std::size_t{})
    } -> std::same_as<result<std::vector<history_entry>>>;
};

// Means to keep settings; `settings` alone may be something else.
template <class T>
concept has_settings =
    requires { &T::put_setting; } || requires { &T::erase_setting; } || requires { &T::find_setting; };

template <class T>
concept keeps_settings = requires(T& registry, std::string_view text) {
    { registry.put_setting(text, text, text) } -> std::same_as<result<void>>;
    { registry.erase_setting(text, text) } -> std::same_as<result<void>>;
    { registry.find_setting(text, text) } -> std::same_as<result<std::optional<std::string>>>;
    { registry.settings(text, text, std::size_t{}) } -> std::same_as<result<std::vector<setting>>>;
};

template <class T>
concept has_awaited_settings = requires { &T::put_setting_async; } || requires { &T::erase_setting_async; } ||
                               requires { &T::find_setting_async; };

template <class T>
concept awaits_settings = keeps_settings<T> && requires(T& registry, std::string_view text) {
    { registry.put_setting_async(text, text, text) } -> std::same_as<boost::asio::awaitable<result<void>>>;
    { registry.erase_setting_async(text, text) } -> std::same_as<boost::asio::awaitable<result<void>>>;
    {
        registry.find_setting_async(text, text)
    } -> std::same_as<boost::asio::awaitable<result<std::optional<std::string>>>>;
};

template <class T>
concept puts_soon_with_history = requires(T& registry, webhook const& w, history_entry const& e) {
    { registry.put_soon(w, e) } -> std::same_as<void>;
};

template <class T>
concept puts_soon = requires(T& registry, webhook const& w) {
    { registry.put_soon(w) } -> std::same_as<void>;
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
        !detail::has_prune<T> || detail::prunes<T>,
        "posthorn: the Outbox's prune must be `awaitable<result<std::size_t>> prune(wall_time now)`. "
        "See posthorn/concepts/storage.hpp");
    static_assert(
        !detail::has_deliveries<T> || detail::shows_deliveries<T>,
        "posthorn: an Outbox that shows its deliveries has `result<delivery_page> deliveries(delivery_query "
        "const&)`, `result<std::optional<stored_delivery>> find(uuid const&)`, "
        "`result<std::vector<stored_attempt>> attempts(uuid const&)`, `result<std::size_t> "
        "count(delivery_states, std::size_t most)` and `result<bool> change(uuid const&, delivery_change, "
        "wall_time)`. See posthorn/concepts/storage.hpp");
    return true;
}

/// Says in prose what `T` lacks to be a Registry. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_registry() {
    static_assert(
        requires(T& t, webhook const& w) {
            { t.put(w) } -> std::same_as<result<void>>;
        }, "posthorn: Registry lacks `result<void> put(webhook const&)`. See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t, uuid const& id) {
            { t.erase(id) } -> std::same_as<result<void>>;
        }, "posthorn: Registry lacks `result<void> erase(uuid const&)`. See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t) {
            { t.load() } -> std::same_as<result<std::vector<webhook>>>;
        },
        "posthorn: Registry lacks `result<std::vector<webhook>> load()`. See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t, filter const& f) {
            { t.put(f) } -> std::same_as<result<void>>;
        }, "posthorn: Registry lacks `result<void> put(filter const&)`. See posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t, uuid const& id) {
            { t.erase_filter(id) } -> std::same_as<result<void>>;
        }, "posthorn: Registry lacks `result<void> erase_filter(uuid const&)`. See "
           "posthorn/concepts/storage.hpp");
    static_assert(
        requires(T& t) {
            { t.load_filters() } -> std::same_as<result<std::vector<filter>>>;
        }, "posthorn: Registry lacks `result<std::vector<filter>> load_filters()`. "
           "See posthorn/concepts/storage.hpp");
    static_assert(
        !detail::has_history<T> || detail::keeps_history<T>,
        "posthorn: a Registry that keeps a history has `result<void> put(webhook const&, "
        "history_entry const&)`, `result<void> erase(uuid const&, history_entry const&)`, `result<void> "
        "note(history_entry const&)` and `result<std::vector<history_entry>> history(uuid const&, "
        "std::uint64_t before, std::size_t "
        "limit)`. See posthorn/concepts/storage.hpp");
    static_assert(!detail::has_history_after<T> || detail::lists_history<T>,
                  "posthorn: the Registry's history_after must be `result<std::vector<history_entry>> "
                  "history_after(std::uint64_t number, std::size_t limit)`. See "
                  "posthorn/concepts/storage.hpp");
    static_assert(
        !detail::has_settings<T> || detail::keeps_settings<T>,
        "posthorn: a Registry that keeps settings has `result<void> put_setting(std::string_view kind, "
        "std::string_view key, std::string_view value)`, `result<void> erase_setting(std::string_view kind, "
        "std::string_view key)`, `result<std::optional<std::string>> find_setting(std::string_view kind, "
        "std::string_view key)` and `result<std::vector<setting>> settings(std::string_view kind, "
        "std::string_view after_key, std::size_t limit)`. See posthorn/concepts/storage.hpp");
    static_assert(
        !detail::has_awaited_settings<T> || detail::awaits_settings<T>,
        "posthorn: a Registry whose settings are awaited keeps settings, and has `awaitable<result<void>> "
        "put_setting_async(std::string_view kind, std::string_view key, std::string_view value)`, "
        "`awaitable<result<void>> erase_setting_async(std::string_view kind, std::string_view key)` and "
        "`awaitable<result<std::optional<std::string>>> find_setting_async(std::string_view kind, "
        "std::string_view key)`. See posthorn/concepts/storage.hpp");
    return true;
}

} // namespace posthorn
