// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/base64.hpp>
#include <posthorn/impl/signing/standard_webhooks.ipp>
#include <posthorn/signing/verify.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace posthorn {

namespace detail {

inline constexpr std::string_view ed25519_public_prefix = "whpk_";
inline constexpr std::size_t hmac_received_key_least = 16;
inline constexpr std::size_t most_received_signatures = 16;

[[nodiscard]] POSTHORN_DECL result<openssl_ptr<EVP_PKEY>> make_ed25519_public(std::string_view text) {
    decoded_key const bytes(text, ed25519_public_prefix);
    if (!bytes.ok() || bytes.size() != ed25519_half)
        return make_error_code(errc::bad_key);
    openssl_ptr<EVP_PKEY> key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
    if (!key)
        return openssl_lacks_algorithm();
    return key;
}

[[nodiscard]] POSTHORN_DECL bool ed25519_fits(EVP_PKEY* key, std::string_view message,
                                              std::string_view signature) noexcept {
    openssl_ptr<EVP_MD_CTX> const context(EVP_MD_CTX_new());
    return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
           EVP_DigestVerify(context.get(), openssl_bytes(signature), signature.size(), openssl_bytes(message),
                            message.size()) == 1;
}

/// The signatures of a webhook-signature field, decoded; those of other versions and lengths are left out.
class received_signatures {
  public:
    explicit received_signatures(std::string_view field) {
        for (std::size_t count = 0; !field.empty();) {
            auto const item = field.substr(0, field.find(' '));
            field.remove_prefix(std::min(item.size() + 1, field.size()));
            if (item.empty())
                continue;
            if (++count > most_received_signatures) {
                v1_.clear();
                v1a_.clear();
                return;
            }
            keep(item, "v1,", sizeof(hmac_bytes), v1_);
            keep(item, "v1a,", sizeof(ed25519_signature), v1a_);
        }
    }

    [[nodiscard]] std::vector<std::string> const& v1() const noexcept { return v1_; }
    [[nodiscard]] std::vector<std::string> const& v1a() const noexcept { return v1a_; }

  private:
    static void keep(std::string_view item, std::string_view version, std::size_t size,
                     std::vector<std::string>& out) {
        if (std::string bytes; item.starts_with(version) &&
                               base64_decode(item.substr(version.size()), bytes) && bytes.size() == size)
            out.push_back(std::move(bytes));
    }

    std::vector<std::string> v1_;
    std::vector<std::string> v1a_;
};

/// What copies of a webhook_verifier share.
class webhook_verifying_state {
  public:
    /// Adds a key.
    [[nodiscard]] error_code add(std::string_view text);

    [[nodiscard]] bool fits(signed_pieces const& pieces, received_signatures const& signatures) const;

  private:
    [[nodiscard]] bool fits_hmac(signed_pieces const& pieces,
                                 std::vector<std::string> const& signatures) const;
    [[nodiscard]] bool fits_ed25519(signed_pieces const& pieces,
                                    std::vector<std::string> const& signatures) const;

    std::vector<std::unique_ptr<hmac_sha256>> hmac_;
    std::vector<openssl_ptr<EVP_PKEY>> ed25519_;
};

POSTHORN_DECL error_code webhook_verifying_state::add(std::string_view text) {
    if (text.starts_with(hmac_key_prefix)) {
        auto hmac = make_hmac(text, hmac_received_key_least);
        if (!hmac)
            return hmac.error();
        hmac_.push_back(std::move(*hmac));
        return {};
    }
    auto ed25519 =
        text.starts_with(ed25519_public_prefix) ? make_ed25519_public(text) : make_ed25519_private(text);
    if (!ed25519)
        return ed25519.error();
    ed25519_.push_back(std::move(*ed25519));
    return {};
}

POSTHORN_DECL bool webhook_verifying_state::fits(signed_pieces const& pieces,
                                                 received_signatures const& signatures) const {
    return fits_hmac(pieces, signatures.v1()) || fits_ed25519(pieces, signatures.v1a());
}

POSTHORN_DECL bool webhook_verifying_state::fits_hmac(signed_pieces const& pieces,
                                                      std::vector<std::string> const& signatures) const {
    if (signatures.empty())
        return false;
    return std::any_of(hmac_.begin(), hmac_.end(), [&](auto const& key) {
        hmac_bytes expected;
        if (!key->sign(pieces, expected))
            return false;
        return std::any_of(signatures.begin(), signatures.end(), [&](std::string const& signature) {
            return CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
        });
    });
}

POSTHORN_DECL bool webhook_verifying_state::fits_ed25519(signed_pieces const& pieces,
                                                         std::vector<std::string> const& signatures) const {
    if (signatures.empty() || ed25519_.empty())
        return false;
    std::string message;
    pieces.join(message);
    return std::any_of(ed25519_.begin(), ed25519_.end(), [&](auto const& key) {
        return std::any_of(signatures.begin(), signatures.end(), [&](std::string const& signature) {
            return ed25519_fits(key.get(), message, signature);
        });
    });
}

/// The seconds that `text` says; none unless it is digits only and an instant of wall_time.
[[nodiscard]] POSTHORN_DECL std::optional<std::int64_t>
parse_webhook_timestamp(std::string_view text) noexcept {
    constexpr auto most =
        std::chrono::floor<std::chrono::seconds>(wall_time::max()).time_since_epoch().count();
    std::uint64_t seconds = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (ec != std::errc() || end != text.data() + text.size() || seconds > std::uint64_t{most})
        return std::nullopt;
    return static_cast<std::int64_t>(seconds);
}

} // namespace detail

POSTHORN_DECL result<webhook_verifier> webhook_verifier::create(std::vector<secret> const& keys) {
    detail::openssl_error_mark const mark;
    if (keys.empty())
        return make_error_code(errc::bad_key);
    auto state = std::make_shared<detail::webhook_verifying_state>();
    for (auto const& key : keys)
        if (auto const ec = state->add(key.reveal()))
            return ec;
    return webhook_verifier(std::move(state));
}

POSTHORN_DECL result<void> webhook_verifier::verify(std::string_view id, std::string_view timestamp,
                                                    std::string_view signatures, std::string_view body,
                                                    wall_time now, std::chrono::seconds tolerance) const {
    detail::openssl_error_mark const mark;
    auto const refused = make_error_code(errc::verification_failed);
    // With a "." in the id, a signed "a.1.2.x" could be shown as id "a.1", timestamp "2" and body "x".
    if (!state_ || id.empty() || id.find('.') != std::string_view::npos)
        return refused;
    auto const sent = detail::parse_webhook_timestamp(timestamp);
    if (!sent)
        return refused;
    auto const age = std::chrono::seconds(detail::webhook_timestamp::seconds(now) - *sent);
    if (std::chrono::abs(age) > tolerance)
        return refused;
    if (!state_->fits({id, timestamp, body}, detail::received_signatures(signatures)))
        return refused;
    return {};
}

} // namespace posthorn
