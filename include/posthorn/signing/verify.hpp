// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/time.hpp>

#include <chrono>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

namespace detail {

class webhook_verifying_state;

} // namespace detail

/// The receiving side of `standard_webhooks`: tells whether a message comes from a holder of one of the keys,
/// and came recently.
///
/// A message that is sent again within the tolerance verifies again: remember the ids that you have handled.
///
/// Thread safety: distinct and shared objects are safe; copies share one immutable state. A moved-from
/// verifier refuses everything.
class webhook_verifier {
  public:
    /// Prepares the keys; a message needs to fit one of them. Their formats, after the prefix base64 in the
    /// standard alphabet, with padding:
    /// - `whsec_`, 16 to 64 bytes, for `v1`: shorter ones than `standard_webhooks` signs with, because a
    ///   receiver has to take the key that its sender gave out.
    /// - `whpk_`, 32 bytes, for `v1a`: the public key.
    /// - `whsk_`, 32 or 64 bytes, for `v1a`: the private key; prefer the public one.
    ///
    /// Errors: `errc::bad_key` when there is no key, or one in no such format; `not_supported` of the generic
    /// category when this machine's OpenSSL lacks the algorithm.
    [[nodiscard]] POSTHORN_DECL static result<webhook_verifier> create(std::vector<secret> const& keys);

    /// Checks the values of the fields `webhook-id`, `webhook-timestamp` and `webhook-signature`, and the
    /// body exactly as it was received. Of the signatures one has to fit one key; those of unknown versions
    /// are skipped.
    ///
    /// The timestamp may be `tolerance` before or after `now`, both taken as whole seconds.
    ///
    /// Errors: `errc::verification_failed` when no signature fits, a value is missing or malformed, an id
    /// holds a ".", the timestamp is out of tolerance, or there are more than 16 signatures (none may make us
    /// compute for long).
    [[nodiscard]] POSTHORN_DECL result<void>
    verify(std::string_view id, std::string_view timestamp, std::string_view signatures,
           std::string_view body, wall_time now,
           std::chrono::seconds tolerance = std::chrono::minutes{5}) const;

  private:
    explicit webhook_verifier(std::shared_ptr<detail::webhook_verifying_state const> state) noexcept
        : state_(std::move(state)) {}

    std::shared_ptr<detail::webhook_verifying_state const> state_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/signing/verify.ipp>
#endif
