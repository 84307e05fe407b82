// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/util/member_name.hpp>
#include <posthorn/error.hpp>

#include <concepts>
#include <cstddef>
#include <utility>

namespace posthorn {

/// The transaction of the host that a change is made in.
///
/// Purpose: `dispatcher::begin` takes one, and ends it: after the in-transaction calls, with the deliveries
/// in it where the outbox can be enlisted, before the after-commit calls.
///
/// Semantic: `commit` makes the change last, or fails and leaves it undone; where nobody knows (the
/// connection broke behind it) it fails too, and what an outbox had enlisted is delivered if it is there.
/// `rollback` undoes the change; it is called after a failed commit too, and is harmless then. Each is called
/// once at most. Both happen on the thread that commits or destroys the transaction, for `async_commit` on
/// the handler's executor. `connection` is what an outbox that shares the host's database stores deliveries
/// through, before `commit`. A transaction that is not in the outbox's database has none, and says so with
/// `separate_from_outbox`: its deliveries are stored right after its commit, so a process that ends between
/// the two has not stored them. `savepoint` and `rollback_to` are optional, both or none: marks a
/// point of the database's transaction under a number, and undoes what happened since; what fails there makes
/// the whole transaction fail.
///
/// Concurrency: one call at a time.
///
/// Lifetime: movable; what it refers to lives until it has ended. Its destructor need not roll back.
///
/// Conforming signatures:
/// @code
/// struct my_transaction {
///     posthorn::result<void> commit();
///     posthorn::result<void> rollback();
///     my_connection& connection();                               // or:
///     static constexpr bool separate_from_outbox = true;
///     posthorn::result<void> savepoint(std::size_t number);    // optional
///     posthorn::result<void> rollback_to(std::size_t number);  // optional
/// };
/// @endcode
/// What they throw is an error like any other.
///
/// See: `no_transaction`, `undo`, `sqlite_transaction`.
template <class T>
concept HostTransaction = std::move_constructible<T> && requires(T& transaction) {
    { transaction.commit() } -> std::same_as<result<void>>;
    { transaction.rollback() } -> std::same_as<result<void>>;
};

namespace detail {

// Whether a transaction says that its outcome and that of the deliveries are two things.
template <class T>
concept is_separate = requires { requires T::separate_from_outbox; };

template <class T>
concept has_savepoints = requires(T& transaction, std::size_t number) {
    { transaction.savepoint(number) } -> std::same_as<result<void>>;
    { transaction.rollback_to(number) } -> std::same_as<result<void>>;
};

POSTHORN_NAMES_MEMBER(savepoint);
POSTHORN_NAMES_MEMBER(rollback_to);

} // namespace detail

/// Says in prose what `T` lacks to be a HostTransaction. Call it in a static_assert beside your type.
template <class T>
consteval bool check_host_transaction() {
    static_assert(std::move_constructible<T>, "posthorn: HostTransaction must be movable; make it a handle. "
                                              "See posthorn/concepts/host_transaction.hpp");
    static_assert(
        requires(T& t) {
            { t.commit() } -> std::same_as<result<void>>;
        }, "posthorn: HostTransaction lacks `posthorn::result<void> commit()`. "
           "See posthorn/concepts/host_transaction.hpp");
    static_assert(
        requires(T& t) {
            { t.rollback() } -> std::same_as<result<void>>;
        }, "posthorn: HostTransaction lacks `posthorn::result<void> rollback()`. "
           "See posthorn/concepts/host_transaction.hpp");
    static_assert((!detail::names_savepoint<T> && !detail::names_rollback_to<T>) || detail::has_savepoints<T>,
                  "posthorn: HostTransaction's savepoints are both `posthorn::result<void> "
                  "savepoint(std::size_t)` and `posthorn::result<void> rollback_to(std::size_t)`. "
                  "See posthorn/concepts/host_transaction.hpp");
    return true;
}

} // namespace posthorn
