// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/language.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <type_traits>

namespace posthorn {

using boost::system::error_code;

/// A value or an error_code; Boost.System's result.
template <class T>
using result = boost::system::result<T>;

/// The causes that Posthorn names. Decisions compare with `condition`, never with a single cause.
enum class errc {
    // Calls of the host.
    /// The webhook's queue holds as many deliveries as options allow: dispatch again later or raise the
    /// limit.
    queue_full = 1,
    /// The operation needs `async_run`: start it first.
    not_running,
    /// `async_run` was called twice: keep the first one.
    already_running,
    /// The dispatcher is draining or stopped: it accepts nothing any more.
    stopping,
    /// The drain ended before everything was settled: the rest is handed back to the storage.
    drain_incomplete,
    /// No webhook has this id: it was removed, or never saved.
    unknown_webhook,
    /// No filter has this id: it was removed, or never saved.
    unknown_filter,
    /// Webhooks still name the filter: let them name another one, then delete it.
    filter_in_use,
    /// No delivery has this id: it was forgotten, or never stored.
    unknown_delivery,
    /// The delivery's state does not allow this, and may have changed meanwhile: look at it again.
    not_in_this_state,
    /// Another process has the delivery in hand: try again.
    delivery_busy,
    /// The delivery could not be rendered, so there is nothing to send: mend the webhook for the next one.
    not_rendered,
    /// The webhook is synchronous, and `dispatch` does not wait: use a transaction, `dispatch_and_wait` or
    /// `async_dispatch`.
    needs_waiting,
    /// The transaction was ended already: begin another one.
    transaction_over,
    /// The deferred operation was started already: call the function again for another one.
    already_started,
    /// A policy of the host threw: see the diagnostics, and mend the policy.
    policy_threw,

    /// The name of the user is not UTF-8, or holds NUL, so that no history could keep it: nothing was done.
    bad_user,

    // Storage.
    /// Another worker holds the delivery: drop it, the other one settles it.
    lease_lost,
    /// The storage failed: see the diagnostics.
    storage_failed,
    /// A stored record is damaged: save the webhook or filter again, or remove it.
    bad_record,
    /// The webhooks could not be loaded, so nothing is known of who asks for an event: nothing was done, and
    /// the next call loads them again.
    registry_unavailable,
    /// The record was changed in the meantime: load it again, and make the change there.
    registry_conflict,
    /// The registry returned a load of everything that is not `complete`: correct the registry.
    incomplete_load,
    /// A webhook that asks for the event cannot be used: see `dispatcher::damaged`, then save it again or
    /// remove it.
    webhook_unusable,
    /// The database is in memory, where no second connection sees it: name a file.
    storage_needs_file,
    /// The tables are of a newer version of Posthorn: use that one.
    schema_too_new,
    /// The connection promises less than the storage: `PRAGMA synchronous=FULL`, a file that can be used in
    /// WAL mode, or a storage that is opened with less.
    not_durable,
    /// The connection has no open transaction to store deliveries in: begin one.
    no_transaction,
    /// A secret is to be stored, and the storage has no key to encrypt it with: give it one.
    no_encryption_key,
    /// A stored secret names a key that the provider does not have: give it that key, or enter the secret
    /// anew.
    unknown_encryption_key,
    /// A stored secret was changed, moved, or encrypted with other bytes than the key of that id has now:
    /// give the right key, or enter the secret anew.
    secret_unreadable,
    /// An encryption key is not 32 bytes, or its id is not 1 to 64 printable characters, or is given twice:
    /// mend the key.
    bad_encryption_key,
    /// The storage does not keep this: take one that does.
    not_supported,

    // Rendering of one delivery.
    /// The rendered body is larger than the option allows: send less, or raise the option.
    body_too_large,
    /// The rendered URL is longer than 2048 bytes: use shorter fields.
    url_too_long,
    /// A rendered header value holds a byte that HTTP does not allow there: use another field.
    bad_header_value,
    /// A value leaves a segment of the URL's path empty, or makes it `.` or `..`: write text beside it.
    bad_url_path,
    /// The delivery is older than the option allows: redeliver it if it is still of use, or raise the option.
    delivery_expired,

    // Address.
    /// The guard refuses this address, port or name: allow it in the guard if it is really meant.
    blocked_address,
    /// The name has no address: check the URL; retried, since names come back.
    dns_failed,
    /// The name was not resolved in time: retried.
    dns_timeout,

    // Connection.
    /// The receiver refused the connection: retried.
    connect_refused,
    /// No address of the receiver could be reached: retried.
    connect_failed,
    /// The receiver did not accept the connection in time: retried.
    connect_timeout,
    /// The webhook's proxy gave no way to the receiver: retried; nothing of the request was sent.
    proxy_refused,
    /// The TLS handshake failed: retried; nothing of the request was sent. Or the receiver refused our
    /// certificate, which TLS 1.3 tells behind the request; the receiver did not read it then.
    tls_handshake_failed,
    /// The receiver's certificate is not trusted for its name: retried; nothing of the request was sent.
    tls_verify_failed,
    /// The TLS handshake was not done in time: retried; nothing of the request was sent.
    tls_timeout,

    // Exchange.
    /// The receiver did not answer in time: retried; it may have read the request.
    response_timeout,
    /// The whole exchange took too long: retried; the receiver may have read the request.
    total_timeout,
    /// The receiver reset the connection before it answered: retried; it may have read the request.
    connection_reset,
    /// The receiver closed the connection before it answered: retried; it may have read the request.
    eof_before_response,
    /// The response broke off inside its header: retried; the receiver may have read the request.
    partial_response,

    // What a receiver answered that is not HTTP/1.x as we read it. All retried.
    /// The answer is not HTTP/1.0 or HTTP/1.1.
    bad_version,
    /// The status is not a number from 100 to 599.
    bad_status,
    /// A line of the header is malformed.
    bad_response_line,
    /// A field of the header is malformed.
    bad_response_field,
    /// Content-Length is not one number.
    bad_content_length,
    /// Content-Length and Transfer-Encoding contradict each other.
    bad_framing,
    /// The header is larger, or has more fields, than allowed.
    header_limit,
    /// More interim (1xx) responses than allowed.
    too_many_interim,
    /// 101 although no upgrade was asked for.
    unexpected_upgrade,
    /// The receiver answered a final status that is not 2xx: the response tells.
    http_status,

    // Endings.
    /// The exchange was cut short by `stop`, by the end of the dispatcher or by a cancellation: a delivery of
    /// the
    /// background is still pending, a transaction is rolled back.
    cancelled,
    /// A signature, a timestamp or a header of a received message is wrong: refuse the message.
    verification_failed,
    /// A key is not in the format that its prefix promises: generate a new one.
    bad_key,
};

/// What an error means for the one who decides. `ec == condition::retryable` holds for every cause of the
/// group.
enum class condition {
    /// A later attempt may succeed.
    retryable = 1,
    /// No later attempt of the same delivery can succeed.
    permanent,
    /// A deadline passed.
    timeout,
    /// The host ended the operation.
    cancelled,
    /// The receiver answered, and said no.
    rejected_by_receiver,
};

/// The category of errc. Thread-safe; the same object for the whole program.
[[nodiscard]] POSTHORN_DECL boost::system::error_category const& error_category() noexcept;

/// The category of condition. Thread-safe; the same object for the whole program.
[[nodiscard]] POSTHORN_DECL boost::system::error_category const& condition_category() noexcept;

/// Used by error_code's converting constructor.
[[nodiscard]] inline error_code make_error_code(errc e) noexcept {
    return error_code(static_cast<int>(e), error_category());
}

/// Used by error_condition's converting constructor.
[[nodiscard]] inline boost::system::error_condition make_error_condition(condition c) noexcept {
    return boost::system::error_condition(static_cast<int>(c), condition_category());
}

/// The message of an error in this language. What Posthorn does not name itself says its own message,
/// whatever the language.
[[nodiscard]] POSTHORN_DECL std::string describe(error_code const& ec, language in = language::english);

} // namespace posthorn

namespace boost::system {

template <>
struct is_error_code_enum<posthorn::errc> : std::true_type {};

template <>
struct is_error_condition_enum<posthorn::condition> : std::true_type {};

} // namespace boost::system

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/error.ipp>
#endif
