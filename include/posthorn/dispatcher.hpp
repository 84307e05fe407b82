// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/dispatch/completing.hpp>
#include <posthorn/detail/dispatch/core.hpp>
#include <posthorn/detail/dispatch/view_of.hpp>
#include <posthorn/filter_draft.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/event.hpp>
#include <posthorn/no_transaction.hpp>
#include <posthorn/transaction.hpp>
#include <posthorn/webhook_draft.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <algorithm>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace posthorn {

namespace admin {

template <class Catalog, class Policies>
class service;

} // namespace admin

namespace detail {

template <class T, class U>
void assign_if_same(std::optional<T>& found, U& argument) {
    if constexpr (std::same_as<std::remove_cvref_t<U>, T>)
        found.emplace(argument);
}

// Takes from the arguments the one of type T, or makes a default one.
template <class T, class... Args>
[[nodiscard]] T policy_from(Args&... args) {
    if constexpr ((std::same_as<std::remove_cvref_t<Args>, T> || ...)) {
        std::optional<T> found;
        (assign_if_same(found, args), ...);
        return *std::move(found);
    } else {
        static_assert(
            std::default_initializable<T>,
            "posthorn: a policy of the bundle has no default constructor; pass an object of it to the "
            "dispatcher's constructor.");
        return T();
    }
}

template <class Outbox>
[[nodiscard]] consteval bool check_shows_deliveries() {
    static_assert(shows_deliveries<Outbox>,
                  "posthorn: this bundle's outbox does not show its deliveries; see Outbox in "
                  "posthorn/concepts/storage.hpp for the five functions that do.");
    return true;
}

template <class T, class P>
inline constexpr bool is_policy_of =
    std::same_as<T, typename P::transport> || std::same_as<T, typename P::blocking_transport> ||
    std::same_as<T, typename P::registry> || std::same_as<T, typename P::outbox> ||
    std::same_as<T, typename P::signer> || std::same_as<T, typename P::retry> ||
    std::same_as<T, typename P::guard> || std::same_as<T, typename P::observer> ||
    std::same_as<T, typename P::clock> || std::same_as<T, typename P::random> ||
    std::same_as<T, typename P::ids> || std::same_as<T, options>;

} // namespace detail

/// Tells whoever asked for it what happens to the objects of a catalog.
///
/// A host saves webhooks, calls `dispatch` for every change, and runs the deliveries with `async_run`. What
/// happens to an event goes one way: route, render, store, lane, sign, send, decide, settle, observe.
///
/// A dispatcher is a handle; destroying it stops deliveries, and is safe while `async_run` is outstanding.
/// The execution contexts of its shards outlive it, and outlive every thread that calls it; several contexts
/// go only after `async_run` has completed, since Asio's work guards reach from one into the other.
///
/// Thread safety: every member function is safe to call from any thread at any time.
///
/// @tparam Catalog  the object types, see `catalog`
/// @tparam Policies the bundle of policies, see `policy_set`
template <class Catalog, class Policies = default_policies>
class dispatcher {
    static_assert(detail::check_policies<Policies>());

    using semantics = typename Policies::semantics;
    using outbox = typename detail::needed_policies<Policies>::outbox;
    static constexpr bool background = semantics::background();
    static constexpr bool synchronous = semantics::synchronous();

  public:
    using catalog_type = Catalog;
    using policies = Policies;

    /// Works on one shard, on `context`, from any number of threads that run it.
    ///
    /// @param context an execution context such as boost::asio::io_context
    /// @param with    policies of the bundle, by type, and `options`, in any order; what is missing is
    ///                default-constructed
    /// Exceptions: std::invalid_argument names an option that cannot work.
    template <ExecutionContext Context, class... With>
    explicit dispatcher(Context& context, With... with) : dispatcher(shards(context), std::move(with)...) {}

    /// Works on several shards.
    template <class... With>
    explicit dispatcher(shards const& where, With... with) : core_(make_core(where, with...)) {
        static_assert((detail::is_policy_of<With, Policies> && ...),
                      "posthorn: an argument of the dispatcher is neither `options` nor a policy of its "
                      "bundle; name its "
                      "type in the bundle, for example default_policies::with_guard<allow_list>.");
    }

    dispatcher(dispatcher&&) = delete;

    ~dispatcher() { core_.close(); }

    /// Starts a webhook; save it when it is complete.
    [[nodiscard]] static webhook_draft<Catalog> webhook(std::string wording) {
        return webhook_draft<Catalog>(std::move(wording));
    }

    /// Whether the webhooks are known. Does not wait.
    ///
    /// Until they are loaded, nothing is known of who asks for an event: `dispatch`, `async_dispatch`,
    /// `save` and every transaction with an event fail with `errc::registry_unavailable`, and each of them
    /// loads them again first.
    ///
    /// @return success, or why the registry could not be loaded
    [[nodiscard]] result<void> ready() const { return core_.ready(); }

    /// Loads now what other processes have changed, and looks at damaged records again. May wait for the
    /// registry. Without it a change takes effect within `options::registry_poll`.
    ///
    /// Errors: `errc::registry_unavailable`; the observer gets the reason.
    result<void> reload() { return core_.reload(); }

    /// Stored webhooks and filters that cannot be read, or that this host cannot use. Save one again under
    /// its id and revision to repair it, or `remove` it.
    [[nodiscard]] std::vector<damaged_record> damaged() const {
        (void)core_.sync();
        return core_.damaged();
    }

    /// Removes a damaged record.
    ///
    /// Errors: as `remove` and `remove_filter`.
    /// @param user who does it, for the history
    result<void> remove(damaged_record const& which, std::string_view user = system_user) {
        return core_.remove(which, user);
    }

    /// Checks and stores a webhook, new or changed; from the next event on it takes part. May wait for the
    /// registry.
    ///
    /// @param user who does it, for the history
    /// @return its id, or every invalid field; `field_errors::cause` says where no field is at fault:
    ///         `errc::registry_unavailable`, `errc::registry_conflict` (another user has changed it since the
    ///         revision that it has), or what the registry says
    [[nodiscard]] boost::system::result<uuid, field_errors> save(posthorn::webhook const& w,
                                                                 std::string_view user = system_user) {
        return core_.save(w, user);
    }

    /// The same for a draft.
    [[nodiscard]] boost::system::result<uuid, field_errors> save(webhook_draft<Catalog> const& draft,
                                                                 std::string_view user = system_user) {
        return core_.save(draft.value(), user);
    }

    /// Saves a webhook at start-up, so that the same program started again has the same webhook: its id
    /// follows from the draft's key. May wait for the registry.
    ///
    /// | the webhook                                | `keep` (default)          | `overwrite` |
    /// | ------------------------------------------ | ------------------------- | ----------- |
    /// | was never there                            | created                   | created     |
    /// | is as this draft made it                   | unchanged                 | unchanged   |
    /// | is as an older draft of this key made it   | updated                   | updated     |
    /// | was changed since, by a user or the library | kept                     | updated     |
    /// | was removed                                | kept: not created again   | created     |
    ///
    /// @param draft with `webhook_draft::key`, or its wording is the key
    /// @param user  who does it, for the history
    /// @return its id and what was done, or as `save`
    [[nodiscard]] boost::system::result<ensured, field_errors>
    ensure(webhook_draft<Catalog> const& draft, on_user_change rule = on_user_change::keep,
           std::string_view user = system_user) {
        return core_.ensure(draft.value(), draft.key(), rule, user);
    }

    /// Removes a webhook and cancels its pending deliveries; its history stays. May wait for the registry.
    ///
    /// Errors: `errc::unknown_webhook`, `errc::bad_user`, `errc::registry_unavailable`, or what the registry
    /// says.
    /// @param user who does it, for the history
    result<void> remove(uuid const& id, std::string_view user = system_user) {
        return core_.remove(id, user);
    }

    /// What was done to a webhook, newest first; also to one that was removed. May wait for the registry.
    ///
    /// Errors: what the registry says.
    /// @param before only entries with a smaller number, for the next page; 0: from the newest on
    /// @param limit  at most so many
    [[nodiscard]] result<std::vector<history_entry>> history(uuid const& id, std::uint64_t before = 0,
                                                             std::size_t limit = 100) const {
        return history(record_kind::webhook, id, before, limit);
    }

    /// The same of a saved filter.
    [[nodiscard]] result<std::vector<history_entry>> filter_history(uuid const& id, std::uint64_t before = 0,
                                                                    std::size_t limit = 100) const {
        return history(record_kind::filter, id, before, limit);
    }

    /// All webhooks that can be read, in the order of their creation. May wait for the registry; if that
    /// fails, as they were known last.
    [[nodiscard]] std::vector<posthorn::webhook> webhooks() const {
        (void)core_.sync();
        return core_.webhooks();
    }

    /// Deliveries as the outbox keeps them, newest first. May wait for the outbox.
    ///
    /// Errors: what the outbox says.
    [[nodiscard]] result<delivery_page> deliveries(delivery_query const& query = delivery_query()) const {
        static_assert(detail::check_shows_deliveries<outbox>());
        return core_.deliveries(query);
    }

    /// One delivery with its request; none: it was forgotten, or never stored. May wait for the outbox.
    ///
    /// Errors: what the outbox says.
    [[nodiscard]] result<std::optional<stored_delivery>> find_delivery(uuid const& id) const {
        static_assert(detail::check_shows_deliveries<outbox>());
        return core_.find_delivery(id);
    }

    /// The attempts of a delivery, in their order; those that failed at least. May wait for the outbox.
    ///
    /// Errors: what the outbox says.
    [[nodiscard]] result<std::vector<stored_attempt>> attempts(uuid const& id) const {
        static_assert(detail::check_shows_deliveries<outbox>());
        return core_.attempts(id);
    }

    /// How many deliveries are in these states, counted up to `most`. May wait for the outbox.
    ///
    /// Errors: what the outbox says.
    [[nodiscard]] result<std::size_t> count_deliveries(delivery_states states, std::size_t most) const {
        static_assert(detail::check_shows_deliveries<outbox>());
        return core_.count(states, most);
    }

    /// Cancels, pauses, resumes or redelivers one delivery. May wait for the outbox.
    ///
    /// Redelivery is one more attempt, with the same webhook-id and what the webhook is now: no retries
    /// follow. What is paused here stays paused when its webhook is activated, until it is resumed here.
    /// Errors: `errc::unknown_delivery`; `errc::not_in_this_state`, see `changeable`; `errc::delivery_busy`:
    /// another process has it in hand; `errc::unknown_webhook`, `errc::not_rendered`: there is nothing to
    /// send it with, or nothing to send; or what the outbox says.
    /// @return the state that it has now; `delivering`: it is in hand here, and is cancelled or paused as
    /// soon
    ///         as its attempt ends, unless that was the last one
    [[nodiscard]] result<delivery_state> change(uuid const& id, delivery_change what) {
        static_assert(detail::check_shows_deliveries<outbox>());
        return core_.change_delivery(id, what);
    }

    /// Starts a saved filter; save it when it is complete.
    [[nodiscard]] static filter_draft<Catalog> filter(std::string name) {
        return filter_draft<Catalog>(std::move(name));
    }

    /// Checks and stores a saved filter, new or changed; from the next event on, all webhooks that name it
    /// use it.
    ///
    /// @return its id, or every field that is wrong: "name", "object", "expression", "owner",
    /// "criteria[1].value"
    [[nodiscard]] boost::system::result<uuid, field_errors> save(posthorn::filter const& f,
                                                                 std::string_view user = system_user) {
        return core_.save(f, field_errors(), user);
    }

    /// The same for a draft.
    [[nodiscard]] boost::system::result<uuid, field_errors> save(filter_draft<Catalog> const& draft,
                                                                 std::string_view user = system_user) {
        return core_.save(draft.value(), draft.errors(), user);
    }

    /// Removes a saved filter. May wait for the registry.
    ///
    /// Errors: `errc::unknown_filter`; `errc::filter_in_use`: webhooks of any process name it;
    /// `errc::bad_user`; `errc::registry_unavailable`; or what the registry says.
    /// @param user who does it, for the history
    result<void> remove_filter(uuid const& id, std::string_view user = system_user) {
        return core_.remove_filter(id, user);
    }

    /// All saved filters that can be read, in the order of their creation, whoever owns them. May wait for
    /// the registry; if that fails, as they were known last.
    [[nodiscard]] std::vector<posthorn::filter> filters() const {
        (void)core_.sync();
        return core_.filters();
    }

    /// Accepts an event: matches it, renders a delivery for each webhook that asked, and stores them. Never
    /// waits for the network. When it returns, the storage has what the result calls accepted. A synchronous
    /// webhook that asked is refused with `errc::needs_waiting`.
    ///
    /// Errors: none thrown but std::bad_alloc; see `dispatch_result`: `errc::stopping`, or
    /// `errc::registry_unavailable` while the webhooks are not known.
    template <class T, class Scope>
    dispatch_result dispatch(event<T, Scope> const& e) {
        static_assert(background,
                      "posthorn: dispatch() stores for the background, and fire_and_forget is not in "
                      "the bundle's semantics; use begin() or dispatch_and_wait().");
        static_assert(
            !background || ImmediateOutbox<typename Policies::outbox>,
            "posthorn: the outbox has no `result<void> append_now(std::span<outbox_row>, lease const&)`, so "
            "dispatch() cannot store without waiting; use async_dispatch(), or add append_now.");
        auto view = detail::view_of<Catalog>(e);
        return core_.dispatch(view, e.time(), e.id());
    }

    /// Accepts an event, and waits for the synchronous webhooks that asked for it: a transaction of one
    /// event, for hosts that have none. A webhook that is called in the transaction and says no makes the
    /// report false: the host then leaves its change, or undoes it.
    ///
    /// Errors: in the report, see `transaction::commit`.
    template <class T, class Scope>
    [[nodiscard]] transaction_report dispatch_and_wait(event<T, Scope> const& e) {
        auto one = begin();
        one.record(e);
        return one.commit();
    }

    /// Accepts an event through an outbox that takes its time.
    ///
    /// Matches and renders inside this call, so that the event's objects are needed no longer; the outbox is
    /// asked when the operation is started.
    ///
    /// Preconditions: none. Completion: when the outbox has answered. Completion signature:
    /// `void(error_code, dispatch_result)`; the error is always the one of the result as a whole. Errors:
    /// `errc::stopping`, `errc::registry_unavailable`, or the outbox's; `errc::already_started` if a copy of
    /// the deferred operation was started before. Executor: the outbox is awaited on
    /// the first shard's; the final handler runs on its associated executor, never inside this call.
    /// Cancellation: not supported, since a delivery may be stored already. Object lifetimes: the event may
    /// go when this call returns. Thread safety: safe. Exceptions: std::bad_alloc.
    template <
        class T, class Scope,
        boost::asio::completion_token_for<void(error_code, dispatch_result)> Token = boost::asio::deferred_t>
        requires(!synchronous)
    auto async_dispatch(event<T, Scope> const& e, Token&& token = Token()) {
        auto view = detail::view_of<Catalog>(e);
        return boost::asio::async_initiate<Token, void(error_code, dispatch_result)>(
            [core = core_, what = core_.render(view, e.time(), e.id())](auto handler) {
                core.append(what, detail::completing(std::move(handler), core.executor()));
            },
            token);
    }

    /// The same where synchronous modes are compiled in: calls such webhooks too, as a transaction of one
    /// event, for hosts that have none.
    ///
    /// Preconditions: the shards' execution contexts are run by somebody. Completion: as
    /// `transaction::async_commit`. Completion signature: `void(transaction_report)`. Errors: in the report.
    /// Executor: calls are made on the shards'; the final handler runs on its associated executor, never
    /// inside this call. Cancellation: as `transaction::async_commit`. Object lifetimes: the event may go
    /// when this call returns. Thread safety: safe. Exceptions: std::bad_alloc.
    template <class T, class Scope,
              boost::asio::completion_token_for<void(transaction_report)> Token = boost::asio::deferred_t>
        requires synchronous
    auto async_dispatch(event<T, Scope> const& e, Token&& token = Token()) {
        auto one = begin();
        one.record(e);
        return one.async_commit(std::forward<Token>(token));
    }

    /// Begins: what changes in the host's transaction is recorded, and told when it commits.
    ///
    /// @param host models HostTransaction; it is ended by the result's `commit`, or rolled back
    template <class Host>
    [[nodiscard]] transaction<Catalog, Policies, Host> begin(Host host) {
        static_assert(check_host_transaction<Host>());
        static_assert(!background || detail::is_separate<Host> || !detail::names_enlist<outbox> ||
                          detail::enlistable<outbox, Host>,
                      "posthorn: the outbox's enlist does not take what this host transaction's connection() "
                      "gives; write `result<void> enlist(connection&, std::span<outbox_row>, lease const&)`, "
                      "or take another storage. A transaction of another database says so: `static constexpr "
                      "bool separate_from_outbox = true;`. See posthorn/concepts/host_transaction.hpp");
        // What is wrong is said; nothing more is to be heard.
        if constexpr (HostTransaction<Host>)
            return transaction<Catalog, Policies, Host>(core_, std::move(host));
        else
            __builtin_unreachable();
    }

    /// The same for a host without transactions.
    [[nodiscard]] transaction<Catalog, Policies, no_transaction> begin() { return begin(no_transaction()); }

    /// Delivers until it is stopped.
    ///
    /// Claims what the storage holds, then sends what is dispatched and what comes due. Preconditions: no
    /// other run of this dispatcher. Completion: after `stop`, a finished drain, or the destructor, when no
    /// attempt is in flight and what is left was handed back to the storage. Completion signature:
    /// `void(error_code)`. Errors: `errc::already_running`; `errc::stopping`: the dispatcher is gone.
    /// Executor: works on the shards' executors; the final handler runs on its associated executor, never
    /// inside this call. Cancellation: not by a slot, since attempts in flight need their storage; call
    /// `stop`. Object lifetimes: none, the run keeps what it needs. Thread safety: safe. Exceptions:
    /// std::bad_alloc.
    template <boost::asio::completion_token_for<void(error_code)> Token = boost::asio::deferred_t>
    auto async_run(Token&& token = Token()) {
        static_assert(background,
                      "posthorn: async_run() delivers in the background, and fire_and_forget is not "
                      "in the bundle's semantics; leave it out.");
        return boost::asio::async_initiate<Token, void(error_code)>(
            [core = core_](auto handler) {
                core.run(detail::completing(std::move(handler), core.executor()));
            },
            token);
    }

    /// Stops accepting, delivers what is pending, then stops.
    ///
    /// Does not wait for what is due only after `timeout`. Preconditions: `async_run` is outstanding.
    /// Completion: when nothing is left, or `timeout` has passed and the rest was handed back to the storage.
    /// Completion signature: `void(error_code)`. Errors: `errc::not_running`; `errc::drain_incomplete`:
    /// something is still pending. Executor: the final handler runs on its associated executor, never inside
    /// this call. Cancellation: call `stop`. Object lifetimes: none. Thread safety: safe. Exceptions:
    /// std::bad_alloc.
    template <boost::asio::completion_token_for<void(error_code)> Token = boost::asio::deferred_t>
    auto async_drain(duration timeout, Token&& token = Token()) {
        static_assert(background,
                      "posthorn: async_drain() waits for the background, and fire_and_forget is not "
                      "in the bundle's semantics; leave it out.");
        return boost::asio::async_initiate<Token, void(error_code)>(
            [core = core_, timeout](auto handler) {
                core.drain(timeout, detail::completing(std::move(handler), core.executor()));
            },
            token);
    }

    /// Stops accepting and delivering; attempts in flight are cut short, and their deliveries stay pending.
    /// Calls on the blocking transport are cut short too, and end their transactions. Returns at once;
    /// `async_run` completes when everything has ended.
    void stop() noexcept { core_.stop(); }

  private:
    template <class, class>
    friend class admin::service;

    [[nodiscard]] result<std::vector<history_entry>> history(record_kind kind, uuid const& id,
                                                             std::uint64_t before, std::size_t limit) const {
        history_query q;
        q.of.emplace(kind, to_text(id));
        q.before = before;
        q.limit = limit;
        return core_.history(q);
    }

    template <class... With>
    [[nodiscard]] static detail::core make_core(shards const& where, With&... with) {
        using P = Policies;
        using needed = detail::needed_policies<P>;
        detail::policy_values<P> values{detail::policy_from<typename needed::transport>(with...),
                                        detail::policy_from<typename needed::blocking_transport>(with...),
                                        detail::policy_from<typename needed::registry>(with...),
                                        detail::policy_from<typename needed::outbox>(with...),
                                        detail::policy_from<typename needed::signer>(with...),
                                        detail::policy_from<typename needed::retry>(with...),
                                        detail::policy_from<typename needed::guard>(with...),
                                        detail::policy_from<typename needed::observer>(with...),
                                        detail::policy_from<typename needed::clock>(with...),
                                        detail::policy_from<typename needed::random>(with...),
                                        detail::policy_from<typename needed::ids>(with...)};
        return detail::core(Catalog::schema(), where,
                            std::make_unique<detail::policies_of<P>>(std::move(values)),
                            detail::policy_from<options>(with...));
    }

    detail::core core_;
};

} // namespace posthorn
