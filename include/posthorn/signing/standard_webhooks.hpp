// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/signer.hpp>
#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/headers.hpp>
#include <posthorn/model/signing.hpp>

#include <memory>
#include <utility>

namespace posthorn {

namespace detail {

class webhook_signing_state;

struct webhook_signing_state_delete {
    POSTHORN_DECL void operator()(webhook_signing_state* state) const noexcept;
};

} // namespace detail

/// A Signer after the Standard Webhooks specification: `webhook-id`, `webhook-timestamp` (seconds since 1970)
/// and `webhook-signature`, one signature per secret that has not expired, in the order of the secrets.
///
/// The prefix of a secret names its scheme; what follows is base64 in the standard alphabet, with padding:
/// - `whsec_`, 24 to 64 bytes: HMAC-SHA256, written as `v1`.
/// - `whsk_`, 32 bytes of seed, or 64 bytes of seed and public key: Ed25519, written as `v1a`. Give the
///   receiver the public key, `whpk_` and 32 bytes.
///
/// Signs `id.timestamp.body`. An id must hold no ".": the receiver could be shown another cut of the same
/// bytes.
///
/// Thread safety: distinct and shared signers are safe; a key is used by one thread at a time. A key holds
/// what was made of the secrets, and wipes it when it goes.
///
/// HMAC is computed with OpenSSL's `SHA256_*` functions where they are declared, beside its providers; where
/// a FIPS provider is a must, define OPENSSL_NO_DEPRECATED, and EVP is used.
///
/// See: `webhook_verifier` for the other side.
class standard_webhooks {
  public:
    /// The secrets of one webhook, ready to sign. Movable. A moved-from key signs nothing; it may be
    /// assigned.
    class key {
      private:
        friend class standard_webhooks;
        using state_ptr =
            std::unique_ptr<detail::webhook_signing_state, detail::webhook_signing_state_delete>;

        explicit key(state_ptr state) noexcept : state_(std::move(state)) {}

        state_ptr state_;
    };

    /// Prepares the secrets. None at all is allowed: then there is an id and a timestamp, and no signature
    /// field.
    ///
    /// Errors: `errc::bad_key` when a secret has another prefix, alphabet, padding or length, or a public
    /// half that does not belong to its seed; `not_supported` of the generic category when this machine's
    /// OpenSSL lacks the algorithm.
    [[nodiscard]] POSTHORN_DECL result<key> make_key(signing_secrets const& secrets) const;

    /// Adds the fields. Secrets whose `not_after` is before `message.time` do not sign; when none signs,
    /// there is no signature field, and a receiver refuses the request.
    ///
    /// Exceptions: only those of memory.
    POSTHORN_DECL static void sign(key& with, signed_message const& message, header_block& out);
};

static_assert(Signer<standard_webhooks>);

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/signing/standard_webhooks.ipp>
#endif
