// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/transport.hpp>
#include <posthorn/model/exchange.hpp>

#include <concepts>
#include <utility>

namespace posthorn {

/// Carries requests to receivers while the caller waits.
///
/// Purpose: the calls of `transaction::commit`, on the committing thread.
///
/// Semantic: `call` performs one exchange by the rules of Transport: same bytes, same outcomes, same limits,
/// the guard asked before each connection, redirects not followed. It returns when the outcome is decided, at
/// the latest at the request's own limit, whatever the receiver or a name server does. `cancel` makes every
/// call in flight return soon with `errc::cancelled`, unless its response is there; later calls work.
///
/// Concurrency: `call` and `cancel` from any threads, many at a time. `bind` is called once, before any call;
/// the context's executor is empty.
///
/// Lifetime: a copyable handle; the request outlives the call.
///
/// Conforming signatures:
/// @code
/// struct my_transport {
///     void bind(posthorn::transport_context);          // optional
///     posthorn::exchange call(posthorn::request const&);
///     void cancel() noexcept;
///     // optional, see Transport:
///     static void check_connection(posthorn::connection_settings const&, posthorn::field_errors&);
/// };
/// @endcode
///
/// Conformance: `testing/transport_conformance.hpp` runs the cases of Transport against yours.
///
/// See: `beast_sync`, `testing::scripted_transport`.
template <class T>
concept BlockingTransport = std::copy_constructible<T> && requires(T& transport, request const& what) {
    { transport.call(what) } -> std::same_as<exchange>;
    { transport.cancel() } noexcept;
};

/// Says in prose what `T` lacks to be a BlockingTransport. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_blocking_transport() {
    static_assert(std::copy_constructible<T>,
                  "posthorn: BlockingTransport must be copyable; make it a handle "
                  "to shared state. See posthorn/concepts/blocking_transport.hpp");
    static_assert(
        requires(T& t, request const& what) {
            { t.call(what) } -> std::same_as<exchange>;
        }, "posthorn: BlockingTransport lacks `posthorn::exchange call(posthorn::request const&)`. "
           "See posthorn/concepts/blocking_transport.hpp");
    static_assert(
        requires(T& t) {
            { t.cancel() } noexcept;
        }, "posthorn: BlockingTransport lacks `void cancel() noexcept`. "
           "See posthorn/concepts/blocking_transport.hpp");
    static_assert(
        !detail::names_check_connection<T> || ConnectingTransport<T>,
        "posthorn: BlockingTransport has a check_connection that would never be called; write `static void "
        "check_connection(posthorn::connection_settings const&, posthorn::field_errors&)`. "
        "See posthorn/concepts/transport.hpp");
    return true;
}

} // namespace posthorn
