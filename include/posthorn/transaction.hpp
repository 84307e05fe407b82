// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/blocking_transport.hpp>
#include <posthorn/concepts/host_transaction.hpp>
#include <posthorn/concepts/storage.hpp>
#include <posthorn/detail/dispatch/core.hpp>
#include <posthorn/detail/dispatch/view_of.hpp>
#include <posthorn/detail/transaction/host_link.hpp>
#include <posthorn/model/event.hpp>
#include <posthorn/policies.hpp>
#include <posthorn/transaction_report.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace posthorn {

/// A point of a transaction to which its events can be taken back. It keeps nothing alive.
class savepoint {
  public:
    /// Drops the events recorded since; nothing, once the transaction is being ended. Where the host's
    /// transaction has savepoints, what changed since is undone with them, and if that fails, so does the
    /// commit; else it is the host's to take back.
    void rollback() const { detail::open_transaction::forget_from(of_, mark_); }

  private:
    template <class, class, class>
    friend class transaction;

    savepoint(std::weak_ptr<detail::transaction_job> of, std::size_t mark) noexcept
        : of_(std::move(of)), mark_(mark) {}

    std::weak_ptr<detail::transaction_job> of_;
    std::size_t mark_;
};

/// The host's transaction together with the events of what changes in it. `dispatcher::begin` makes one.
///
/// An event is matched and rendered when it is recorded, with the webhooks of that moment: its objects are
/// needed no longer. What is told, and when, is decided by `commit`:
/// 1. in-transaction calls, event by event, webhooks in the order of their creation. The first error stops;
///    the host's transaction is rolled back, then the report is made, which names the receivers told before.
/// 2. Deliveries for the background are stored in the host's own transaction, if its outbox can do that.
/// 3. The host's commit. If it fails, it is rolled back, and no delivery is left behind.
/// 4. Deliveries are stored, if 2 was not possible: a crash between 3 and 4 loses them.
/// 5. After-commit calls, in the same order; an error is reported, and stops nothing.
/// 6. The deliveries of the background are sent.
///
/// A call is never tried again. `options::call_deadline` and `options::calls_deadline` limit it. A webhook
/// that was changed since the event was recorded is called where it is now, or not at all if it was removed
/// or is inactive. A receiver that answers 410 is deactivated when everything has ended.
///
/// Destroyed without a commit, it is rolled back. Movable. It may outlive its dispatcher, and then tells
/// nobody; the execution contexts of the shards go last. Thread safety: distinct objects safe.
///
/// @tparam Host models HostTransaction
template <class Catalog, class Policies, class Host>
class transaction {
    using needed = detail::needed_policies<Policies>;
    using outbox = typename needed::outbox;

    static constexpr bool background = needed::semantics::background();
    static constexpr bool enlists = detail::enlistable<outbox, Host>;

  public:
    /// For the dispatcher.
    transaction(detail::core const& core, Host host) : core_(core), open_(core.begin(link_to(host, core))) {}

    /// Who causes the events recorded from now on by `created`, `modified` and `deleted`.
    void by(std::string actor) { actor_ = std::move(actor); }

    /// @name Records an event. `scope` for object types that the catalog declares as scoped.
    /// Exceptions: std::bad_alloc, and then the event is not recorded.
    /// @{
    template <class T>
    void created(T const& object) {
        record(posthorn::created(object).by(actor_));
    }
    template <class T, class Scope>
    void created(T const& object, Scope const& scope) {
        record(posthorn::created(object).within(scope).by(actor_));
    }
    template <class T>
    void modified(T const& before, T const& after) {
        record(posthorn::modified(before, after).by(actor_));
    }
    template <class T, class Scope>
    void modified(T const& before, T const& after, Scope const& scope) {
        record(posthorn::modified(before, after).within(scope).by(actor_));
    }
    template <class T>
    void deleted(T const& object) {
        record(posthorn::deleted(object).by(actor_));
    }
    template <class T, class Scope>
    void deleted(T const& object, Scope const& scope) {
        record(posthorn::deleted(object).within(scope).by(actor_));
    }
    /// An event with a time, an id or an actor of its own.
    template <class T, class Scope>
    void record(event<T, Scope> const& e) {
        auto view = detail::view_of<Catalog>(e);
        open_.record(view, e.time(), e.id());
    }
    /// @}

    /// Marks this point, also in the host's transaction, where that has savepoints.
    [[nodiscard]] posthorn::savepoint savepoint() const { return {open_.weak(), open_.mark()}; }

    /// Records nothing from now on (for bulk imports), or something again.
    void quiet(bool on = true) { open_.quiet(on); }

    /// Ends the transaction, and waits for the calls on this thread.
    ///
    /// Errors: in the report; a second call says `errc::transaction_over`, a dispatcher that is stopping
    /// `errc::stopping` if there is somebody to tell. Exceptions: std::bad_alloc, of the report.
    [[nodiscard]] transaction_report commit() {
        static_assert(
            !needed::semantics::synchronous() || BlockingTransport<typename needed::blocking_transport>,
            "posthorn: commit() calls synchronous webhooks, and the bundle has no blocking transport; "
            "name one, for example with_blocking_transport<beast_sync>, or use async_commit().");
        static_assert(!background || enlists || ImmediateOutbox<outbox>,
                      "posthorn: the outbox has neither `result<void> enlist(connection&, "
                      "std::span<outbox_row>, lease const&)` for what this host transaction's connection() "
                      "gives, nor append_now, so commit() cannot store without waiting; use async_commit().");
        return open_.commit();
    }

    /// Ends the transaction without blocking a thread, but in the host's own functions.
    ///
    /// Preconditions: the shards' execution contexts are run by somebody; `async_run` is not needed.
    /// Completion: as `commit`. Completion signature: `void(transaction_report)`. Errors: in the report.
    /// Executor: the host's transaction is used on the handler's associated executor, the first shard's
    /// without one; requests are sent on the shards'; the final handler runs on its associated executor,
    /// never inside this call. Cancellation: partial and terminal, looked at between the steps: before the
    /// host's commit everything is rolled back, with `errc::cancelled`; after it the calls that are left are
    /// not made, and reported so. Object lifetimes: none, the operation owns the transaction from now on;
    /// destroyed unfinished, it rolls back. Thread safety: as the class. Exceptions: std::bad_alloc.
    template <boost::asio::completion_token_for<void(transaction_report)> Token = boost::asio::deferred_t>
    auto async_commit(Token&& token = Token()) {
        static_assert(!needed::semantics::synchronous() || Transport<typename needed::transport>,
                      "posthorn: async_commit() calls synchronous webhooks, and the bundle has no transport; "
                      "name one, for example with_transport<beast_async>, or use commit().");
        open_.close();
        return boost::asio::async_initiate<Token, void(transaction_report)>(
            // Copies of an operation share what they end, so that one of them ends it.
            [open = std::make_shared<detail::open_transaction>(std::move(open_)),
             fallback = core_.executor()](auto handler) {
                auto const where = boost::asio::get_associated_executor(handler, fallback);
                open->commit(where, std::move(handler));
            },
            token);
    }

  private:
    using link = detail::host_link_of<Host, outbox, typename needed::registry>;

    // A host's transaction that finds no memory to begin with is rolled back.
    [[nodiscard]] static std::unique_ptr<detail::host_link> link_to(Host& host, detail::core const& core) {
        auto const& policies = static_cast<detail::policies_of<Policies> const&>(core.policies());
        try {
            return std::make_unique<link>(std::move(host), policies.outbox(), policies.registry());
        } catch (...) {
            (void)detail::shielded([&] { return host.rollback(); });
            throw;
        }
    }

    detail::core core_;
    detail::open_transaction open_;
    std::string actor_;
};

} // namespace posthorn
