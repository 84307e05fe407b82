// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/registry/records.hpp>
#include <posthorn/model/record.hpp>
#include <posthorn/storage/encryption_keys.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace posthorn::detail {

// Encrypts the secrets of webhooks before a registry sees them, and decrypts what it returns.
class secret_sealer {
  public:
    // `random` draws nonces. `keys` may be none: then no secret can be stored.
    secret_sealer(encryption_keys keys, std::function<std::uint64_t()> random)
        : keys_(std::move(keys)), random_(std::move(random)) {}

    // With the current key. Errors: `errc::no_encryption_key`, what the keys say, or those of `seal`.
    [[nodiscard]] POSTHORN_DECL result<std::vector<sealed_secret>>
    sealed(uuid const& webhook, std::vector<secret_field> const& secrets) const;

    // Each with the key that it names; stops at the first error.
    [[nodiscard]] POSTHORN_DECL result<std::vector<secret_field>>
    opened(uuid const& webhook, std::vector<sealed_secret> const& secrets) const;

    [[nodiscard]] encryption_keys const& keys() const noexcept { return keys_; }

  private:
    encryption_keys keys_;
    std::function<std::uint64_t()> random_;
};

// Encrypts with the current key what others encrypted, one record in each commit. Gives how many secrets.
[[nodiscard]] POSTHORN_DECL result<std::size_t>
rotate_secrets(std::function<result<registry_load>(std::uint64_t after)> const& load,
               std::function<result<std::uint64_t>(registry_commit const&)> const& commit,
               encryption_keys const& keys, std::function<std::uint64_t()> random);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/registry/secret_sealer.ipp>
#endif
