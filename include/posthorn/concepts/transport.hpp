// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/util/member_name.hpp>
#include <posthorn/detail/util/resumption.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/exchange.hpp>
#include <posthorn/model/field_error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace posthorn {

class resolver_pool;

/// Bounds of one exchange. Every transport keeps them, whatever the receiver does.
struct exchange_limits {
    exchange_limits() noexcept {}

    std::chrono::milliseconds resolve{5000};
    /// All addresses of a name together.
    std::chrono::milliseconds connect{5000};
    std::chrono::milliseconds tls{5000};
    /// From the first byte written to the end of the final response header; interim responses do not extend
    /// it.
    std::chrono::milliseconds response{15000};
    std::chrono::milliseconds total{30000};
    /// After the header.
    std::chrono::milliseconds body{2000};
    /// How exactly deadlines are kept: they end at most this much late.
    std::chrono::milliseconds tick{100};
    std::size_t header_bytes = 16 * 1024;
    std::size_t header_fields = 100;
    unsigned interim_responses = 8;
    std::size_t body_kept = 4 * 1024;
    std::size_t body_read = 64 * 1024;
    /// Addresses of one name that are tried.
    std::size_t addresses = 4;
    /// What becomes of a name of which some addresses are blocked. False: it is blocked. True: its other
    /// addresses are used.
    bool skip_blocked = false;
    /// How long an unused connection is kept, and how long any connection is used.
    std::chrono::milliseconds idle{15000};
    std::chrono::milliseconds lifetime{60000};
};

/// What the dispatcher hands to a transport before the first send; valid as long as the transport.
struct transport_context {
    transport_context() noexcept {}

    /// Where every send of this transport is awaited; a strand or a single thread.
    boost::asio::any_io_executor executor;
    /// The guard's verdict on an address; ask before each connection.
    std::function<bool(boost::asio::ip::address const&, std::uint16_t port)> allows_address;
    /// The guard's verdict on name, scheme and port.
    std::function<bool(url const&)> allows_endpoint;
    std::shared_ptr<resolver_pool> resolver;
    exchange_limits limits;
};

/// Whoever waits for a send: movable, called once without arguments, on the transport's executor. One that is
/// destroyed uncalled gives the delivery up, as at the end of the executor.
using send_handler = detail::resumption;

/// Carries requests to receivers.
///
/// Purpose: the only policy that touches the network. The dispatcher decides what is sent and what comes of
/// it; the transport performs one exchange.
///
/// Semantic: `send` writes the request (request line, Host, Content-Length, then the three header blocks as
/// they are, an empty line, the body, byte for byte) and gives what came of it. The exchange is decided by
/// the first final response header that parses: 2xx is success, any other final status is
/// `errc::http_status`. Redirects are not followed. Only addresses that `allows_address` accepts are
/// connected to; which one was refused is said in `exchange::log_detail` alone. Nothing a receiver does holds
/// `send` longer than the limits say. `cancel` makes every send in flight complete soon with
/// `errc::cancelled`, unless its response is there.
///
/// `start` is optional: the same without a coroutine, and the dispatcher then calls it in place of `send`. It
/// fills `out`, which is as a new one, then calls `done`, never inside `start`, and touches neither
/// afterwards. It does not throw.
///
/// `check_connection` is optional: it says which of a webhook's `connection_settings` cannot be used, field
/// by field, when the webhook is saved; proxy and credentials are well-formed then. A transport that has it
/// keeps `request::connection`; without it, webhooks with such settings are refused.
///
/// Concurrency: the dispatcher copies the transport it was given once per shard, calls `bind` on the copy
/// (where there is one), and awaits sends, many at a time, on the context's executor only; `cancel` is called
/// there too.
///
/// Lifetime: a send owns nothing of the request; the request outlives the send. The transport outlives its
/// sends.
///
/// Conforming signatures:
/// @code
/// struct my_transport {                                // copyable: a handle or a configuration
///     void bind(posthorn::transport_context);          // optional
///     boost::asio::awaitable<posthorn::exchange> send(posthorn::request const&);
///     // optional:
///     void start(posthorn::request const&, posthorn::exchange& out, posthorn::send_handler) noexcept;
///     void cancel() noexcept;
///     // optional, any thread:
///     static void check_connection(posthorn::connection_settings const&, posthorn::field_errors&);
/// };
/// @endcode
///
/// Conformance: `testing/transport_conformance.hpp` runs the same cases against yours.
///
/// See: `beast_async`, `testing::scripted_transport`.
template <class T>
concept Transport = std::copy_constructible<T> && requires(T& transport, request const& what) {
    { transport.send(what) } -> std::same_as<boost::asio::awaitable<exchange>>;
    { transport.cancel() } noexcept;
};

/// Whether `T` sends without a coroutine of its own.
template <class T>
concept StartableTransport =
    Transport<T> && requires(T& transport, request const& what, exchange& out, send_handler done) {
        { transport.start(what, out, std::move(done)) } noexcept -> std::same_as<void>;
    };

/// Whether `T`, a Transport or a BlockingTransport, keeps the connection settings of webhooks.
template <class T>
concept ConnectingTransport = requires(connection_settings const& settings, field_errors& errors) {
    { T::check_connection(settings, errors) } -> std::same_as<void>;
};

namespace detail {

POSTHORN_NAMES_MEMBER(start);
POSTHORN_NAMES_MEMBER(check_connection);

} // namespace detail

/// Says in prose what `T` lacks to be a Transport. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_transport() {
    static_assert(std::copy_constructible<T>, "posthorn: Transport must be copyable; make it a handle to "
                                              "shared state, since each shard works on its "
                                              "own copy. See posthorn/concepts/transport.hpp");
    static_assert(
        requires(T& t, request const& what) {
            { t.send(what) } -> std::same_as<boost::asio::awaitable<exchange>>;
        }, "posthorn: Transport lacks `boost::asio::awaitable<posthorn::exchange> send(posthorn::request "
           "const&)`. "
           "See posthorn/concepts/transport.hpp");
    static_assert(
        requires(T& t) {
            { t.cancel() } noexcept;
        }, "posthorn: Transport lacks `void cancel() noexcept`. See posthorn/concepts/transport.hpp");
    static_assert(
        !detail::names_start<T> || StartableTransport<T>,
        "posthorn: Transport has a start that would never be called; write `void "
        "start(posthorn::request const&, posthorn::exchange& out, posthorn::send_handler) noexcept`. "
        "See posthorn/concepts/transport.hpp");
    static_assert(!detail::names_check_connection<T> || ConnectingTransport<T>,
                  "posthorn: Transport has a check_connection that would never be called; write `static void "
                  "check_connection(posthorn::connection_settings const&, posthorn::field_errors&)`. "
                  "See posthorn/concepts/transport.hpp");
    return true;
}

} // namespace posthorn
