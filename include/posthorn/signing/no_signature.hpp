// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/signer.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/headers.hpp>
#include <posthorn/model/signing.hpp>

namespace posthorn {

/// A Signer that adds nothing: for receivers that know the sender by other means.
///
/// Thread safety: distinct and shared objects are safe.
class no_signature {
  public:
    /// Holds nothing.
    struct key {};

    /// `errc::bad_key` when there are secrets: a host that stored one expects signatures.
    [[nodiscard]] result<key> make_key(signing_secrets const& secrets) const {
        if (!secrets.empty())
            return make_error_code(errc::bad_key);
        return key{};
    }

    static void sign(key&, signed_message const&, header_block&) noexcept {}
};

static_assert(Signer<no_signature>);

} // namespace posthorn
