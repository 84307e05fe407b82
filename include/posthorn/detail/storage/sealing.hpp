// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/key_provider.hpp>
#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace posthorn::detail {

/// The largest secret that is sealed, bytes.
inline constexpr std::size_t longest_sealed = std::size_t{1} << 20;

/// The longest name of a field, bytes.
inline constexpr std::size_t longest_sealed_field = std::size_t{1} << 16;

/// Where a sealed secret belongs; it is readable nowhere else.
struct seal_place {
    uuid webhook;
    /// Which secret of the webhook.
    std::string_view field;
};

/// Encrypts a secret for storage with AES-256-GCM. The record: a version byte, 12 bytes of nonce, as many
/// bytes as the secret has, 16 bytes of tag. Place and key id are not in it, but it is bound to them.
///
/// `random_a` and `random_b`: 128 random bits, which may be known to anybody. They should not come twice;
/// when they do (a process that forked, a machine that was restored), that shows which records hold the same
/// secret of the same place, and nothing else.
///
/// Errors: `errc::bad_encryption_key`; `value_too_large` of the generic category when the secret is larger
/// than `longest_sealed`, or the field than `longest_sealed_field`; `not_supported` of that category when
/// this machine's OpenSSL lacks the algorithm. Exceptions: only those of memory.
[[nodiscard]] POSTHORN_DECL result<std::string> seal(secret const& plain, seal_place const& where,
                                                     encryption_key const& with, std::uint64_t random_a,
                                                     std::uint64_t random_b);

/// Gives back the secret of a record. What a record says before it is known to be whole is in the memory of a
/// `secret` only.
///
/// Errors: `errc::secret_unreadable` when one byte of the record is not as it was made, or it was made for
/// another place, another key or the key's other id; `errc::bad_encryption_key`; `not_supported` as above.
/// Exceptions: only those of memory.
[[nodiscard]] POSTHORN_DECL result<secret> unseal(std::string_view record, seal_place const& where,
                                                  encryption_key const& with);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/storage/sealing.ipp>
#endif
