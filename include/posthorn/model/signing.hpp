// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/secret.hpp>
#include <posthorn/model/time.hpp>

#include <iosfwd>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// A key that signs a webhook's requests, and until when: during rotation the old one signs beside the new
/// one.
class signing_secret {
  public:
    explicit signing_secret(secret key, std::optional<wall_time> not_after = std::nullopt)
        : key_(std::move(key)), not_after_(not_after) {}

    [[nodiscard]] secret const& key() const noexcept { return key_; }

    /// The last instant at which it signs; none: until it is removed.
    [[nodiscard]] std::optional<wall_time> not_after() const noexcept { return not_after_; }

    [[nodiscard]] friend bool operator==(signing_secret const&, signing_secret const&) = default;

    /// It holds a secret, so it is neither printed nor made JSON.
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>&,
                                                        signing_secret const&) = delete;
    template <class Tag, class Value>
    friend void tag_invoke(Tag, Value&, signing_secret const&) = delete;

  private:
    secret key_;
    std::optional<wall_time> not_after_;
};

using signing_secrets = std::vector<signing_secret>;

/// What a signer signs: the exact bytes of the body, and what ties them to one delivery and one instant.
struct signed_message {
    std::string_view id;
    wall_time time;
    std::string_view body;
};

} // namespace posthorn
