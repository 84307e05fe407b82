// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/uuid.hpp>
#include <posthorn/storage/encryption_keys.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace posthorn::detail {

// Masks of secrets for the history. Keyed with the registry's key, so that a guess cannot be confirmed
// without it.
class fingerprints {
  public:
    // Without keys secrets are shown as a mask alone.
    explicit fingerprints(encryption_keys keys) : keys_(std::move(keys)) {}

    [[nodiscard]] encryption_keys const& keys() const noexcept { return keys_; }

    // A mask and, if there is a key, the first digits of a MAC of the secret and the place where it stands,
    // so that equal secrets of two fields look different.
    [[nodiscard]] POSTHORN_DECL std::string masked(secret const& s, uuid const& webhook,
                                                   std::string_view field) const;

  private:
    encryption_keys keys_;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/registry/fingerprints.ipp>
#endif
