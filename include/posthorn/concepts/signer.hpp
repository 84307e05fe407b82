// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>
#include <posthorn/model/headers.hpp>
#include <posthorn/model/signing.hpp>

#include <concepts>

namespace posthorn {

/// Signs requests, so that a receiver knows who sent them.
///
/// Purpose: the place of every signature scheme: Standard Webhooks, none, or the host's own.
///
/// Semantic: `make_key` checks the secrets of one webhook when it is saved (a malformed one is refused there,
/// as an error of the field) and prepares what can be prepared once. `sign` adds the header fields that prove
/// the message; it signs exactly the bytes that are sent, and skips secrets whose `not_after` is before
/// `message.time`. It fails never: what can fail belongs into `make_key`. No webhook is sent unsigned because
/// a key expired: a webhook whose secrets are all expired gets no signature field, and the receiver refuses
/// it.
///
/// Concurrency: `make_key` is called from any thread on a const signer; one `key` is used by one thread at a
/// time; `sign` is called under a lock of its webhook, and calls nothing of the dispatcher.
///
/// Lifetime: a key may outlive the signer it was made by.
///
/// Conforming signatures:
/// @code
/// struct my_signer {
///     struct key { ... };                                              // movable
///     posthorn::result<key> make_key(posthorn::signing_secrets const&) const;
///     static void sign(key&, posthorn::signed_message const&, posthorn::header_block& out);
/// };
/// @endcode
///
/// See: `standard_webhooks`, `no_signature`.
template <class T>
concept Signer = requires(T const& signer, typename T::key& key, signing_secrets const& secrets,
                          signed_message const& message, header_block& out) {
    { signer.make_key(secrets) } -> std::same_as<result<typename T::key>>;
    { T::sign(key, message, out) } -> std::same_as<void>;
} && std::movable<typename T::key>;

/// Says in prose what `T` lacks to be a Signer. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_signer() {
    constexpr bool has_key = requires { typename T::key; };
    static_assert(has_key, "posthorn: Signer lacks a nested type `key`; write `struct key { ... };`. "
                           "See posthorn/concepts/signer.hpp");
    if constexpr (has_key) {
        static_assert(
            requires(T const& s, signing_secrets const& secrets) {
                { s.make_key(secrets) } -> std::same_as<result<typename T::key>>;
            }, "posthorn: Signer lacks `result<key> make_key(signing_secrets const&) const`. "
               "See posthorn/concepts/signer.hpp");
        static_assert(
            requires(typename T::key& k, signed_message const& m, header_block& out) {
                { T::sign(k, m, out) } -> std::same_as<void>;
            }, "posthorn: Signer lacks `static void sign(key&, signed_message const&, header_block&)`. "
               "See posthorn/concepts/signer.hpp");
    }
    return true;
}

} // namespace posthorn
