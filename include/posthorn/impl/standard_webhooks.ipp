// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/base64.hpp>
#include <posthorn/signing/standard_webhooks.hpp>

#include <boost/system/errc.hpp>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

namespace detail {

inline constexpr std::string_view hmac_key_prefix = "whsec_";
inline constexpr std::string_view ed25519_private_prefix = "whsk_";

inline constexpr std::size_t hmac_key_least = 24;
inline constexpr std::size_t hmac_key_most = 64;
inline constexpr std::size_t ed25519_half = 32;

using hmac_bytes = std::array<unsigned char, 32>;
using ed25519_signature = std::array<unsigned char, 64>;

struct openssl_delete {
    void operator()(EVP_MAC* p) const noexcept { EVP_MAC_free(p); }
    void operator()(EVP_MAC_CTX* p) const noexcept { EVP_MAC_CTX_free(p); }
    void operator()(EVP_MD_CTX* p) const noexcept { EVP_MD_CTX_free(p); }
    void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
};

template <class T>
using openssl_ptr = std::unique_ptr<T, openssl_delete>;

/// Takes back what OpenSSL queues as errors of this thread: the next TLS operation there would take them for
/// its own.
class openssl_error_mark {
  public:
    openssl_error_mark() noexcept { ERR_set_mark(); }
    openssl_error_mark(openssl_error_mark const&) = delete;
    openssl_error_mark& operator=(openssl_error_mark const&) = delete;
    ~openssl_error_mark() { ERR_pop_to_mark(); }
};

/// The bytes that a key's text stands for; wiped at the end.
class decoded_key {
  public:
    decoded_key(std::string_view text, std::string_view prefix)
        : ok_(text.starts_with(prefix) && base64_decode(text.substr(prefix.size()), bytes_)) {}
    decoded_key(decoded_key const&) = delete;
    decoded_key& operator=(decoded_key const&) = delete;
    ~decoded_key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] unsigned char const* data() const noexcept {
        return reinterpret_cast<unsigned char const*>(bytes_.data());
    }

  private:
    std::string bytes_;
    bool ok_;
};

[[nodiscard]] inline unsigned char const* openssl_bytes(std::string_view text) noexcept {
    return reinterpret_cast<unsigned char const*>(text.data());
}

[[nodiscard]] inline error_code openssl_lacks_algorithm() noexcept {
    return make_error_code(boost::system::errc::not_supported);
}

/// A context that holds the key of `text` and has read nothing yet.
[[nodiscard]] POSTHORN_DECL result<openssl_ptr<EVP_MAC_CTX>> make_hmac(std::string_view text,
                                                                       std::size_t least) {
    decoded_key const bytes(text, hmac_key_prefix);
    if (!bytes.ok() || bytes.size() < least || bytes.size() > hmac_key_most)
        return make_error_code(errc::bad_key);
    openssl_ptr<EVP_MAC> const algorithm(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
    if (!algorithm)
        return openssl_lacks_algorithm();
    openssl_ptr<EVP_MAC_CTX> context(EVP_MAC_CTX_new(algorithm.get()));
    char digest[] = "SHA256";
    OSSL_PARAM const params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    if (!context || EVP_MAC_init(context.get(), bytes.data(), bytes.size(), params) != 1)
        return openssl_lacks_algorithm();
    return context;
}

/// The private key of `text`.
[[nodiscard]] POSTHORN_DECL result<openssl_ptr<EVP_PKEY>> make_ed25519_private(std::string_view text) {
    decoded_key const bytes(text, ed25519_private_prefix);
    if (!bytes.ok() || (bytes.size() != ed25519_half && bytes.size() != 2 * ed25519_half))
        return make_error_code(errc::bad_key);
    openssl_ptr<EVP_PKEY> key(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes.data(), ed25519_half));
    if (!key)
        return openssl_lacks_algorithm();
    if (bytes.size() == ed25519_half)
        return key;
    std::array<unsigned char, ed25519_half> derived{};
    auto size = derived.size();
    if (EVP_PKEY_get_raw_public_key(key.get(), derived.data(), &size) != 1)
        return openssl_lacks_algorithm();
    if (CRYPTO_memcmp(derived.data(), bytes.data() + ed25519_half, ed25519_half) != 0)
        return make_error_code(errc::bad_key);
    return key;
}

/// What both schemes sign, in pieces: id, timestamp and body with a "." between them.
struct signed_pieces {
    std::string_view id;
    std::string_view timestamp;
    std::string_view body;

    void join(std::string& out) const {
        out.clear();
        out.append(id).append(".").append(timestamp).append(".").append(body);
    }
};

/// Uses up `context`, which must have read nothing since it got its key.
[[nodiscard]] POSTHORN_DECL bool hmac_finish(EVP_MAC_CTX* context, signed_pieces const& pieces,
                                             hmac_bytes& out) noexcept {
    for (auto const piece :
         {pieces.id, std::string_view("."), pieces.timestamp, std::string_view("."), pieces.body})
        if (EVP_MAC_update(context, openssl_bytes(piece), piece.size()) != 1)
            return false;
    std::size_t size = 0;
    return EVP_MAC_final(context, out.data(), &size, out.size()) == 1 && size == out.size();
}

/// Leaves `context` as it was, so that threads may share it.
[[nodiscard]] POSTHORN_DECL bool hmac_of_copy(EVP_MAC_CTX const* context, signed_pieces const& pieces,
                                              hmac_bytes& out) noexcept {
    openssl_ptr<EVP_MAC_CTX> const copy(EVP_MAC_CTX_dup(context));
    return copy && hmac_finish(copy.get(), pieces, out);
}

/// An instant as webhook-timestamp shows it, without an allocation.
class webhook_timestamp {
  public:
    explicit webhook_timestamp(wall_time time) noexcept
        : size_(static_cast<std::size_t>(
              std::to_chars(text_.data(), text_.data() + text_.size(), seconds(time)).ptr - text_.data())) {}

    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

    [[nodiscard]] static std::int64_t seconds(wall_time time) noexcept {
        return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    }

  private:
    std::array<char, 20> text_;
    std::size_t size_;
};

/// What a standard_webhooks::key holds.
class webhook_signing_state {
  public:
    /// Adds a secret.
    [[nodiscard]] error_code add(signing_secret const& secret);

    /// Appends the signature field, if there is a signature.
    void sign(signed_pieces const& pieces, wall_time time, std::string& out);

  private:
    /// One of the two keys is set.
    struct prepared_secret {
        std::optional<wall_time> not_after;
        openssl_ptr<EVP_MAC_CTX> hmac;
        openssl_ptr<EVP_PKEY> ed25519;
    };

    [[nodiscard]] bool hmac(EVP_MAC_CTX* context, signed_pieces const& pieces,
                            hmac_bytes& out) const noexcept;
    [[nodiscard]] bool ed25519(EVP_PKEY* with, signed_pieces const& pieces, ed25519_signature& out);

    std::vector<prepared_secret> secrets_;
    openssl_ptr<EVP_MD_CTX> digest_;
    std::string joined_;
    // Before 3.0.3 OpenSSL refuses to start a keyed HMAC again without its key.
    bool restartable_ = OpenSSL_version_num() >= 0x30000030UL;
};

POSTHORN_DECL error_code webhook_signing_state::add(signing_secret const& secret) {
    auto const text = secret.key().reveal();
    if (text.starts_with(hmac_key_prefix)) {
        auto hmac = make_hmac(text, hmac_key_least);
        if (!hmac)
            return hmac.error();
        secrets_.push_back({secret.not_after(), std::move(*hmac), nullptr});
        return {};
    }
    auto ed25519 = make_ed25519_private(text);
    if (!ed25519)
        return ed25519.error();
    if (!digest_)
        digest_.reset(EVP_MD_CTX_new());
    secrets_.push_back({secret.not_after(), nullptr, std::move(*ed25519)});
    return digest_ ? error_code() : openssl_lacks_algorithm();
}

POSTHORN_DECL void webhook_signing_state::sign(signed_pieces const& pieces, wall_time time,
                                               std::string& out) {
    bool first = true;
    auto const append = [&](std::string_view version, std::span<unsigned char const> signature) {
        out.append(first ? "webhook-signature: " : " ").append(version);
        base64_encode(signature, out);
        first = false;
    };
    for (auto const& prepared : secrets_) {
        if (prepared.not_after && *prepared.not_after < time)
            continue;
        hmac_bytes v1;
        ed25519_signature v1a;
        if (prepared.hmac && hmac(prepared.hmac.get(), pieces, v1))
            append("v1,", v1);
        else if (prepared.ed25519 && ed25519(prepared.ed25519.get(), pieces, v1a))
            append("v1a,", v1a);
    }
    if (!first)
        out.append("\r\n");
}

POSTHORN_DECL bool webhook_signing_state::hmac(EVP_MAC_CTX* context, signed_pieces const& pieces,
                                               hmac_bytes& out) const noexcept {
    if (!restartable_)
        return hmac_of_copy(context, pieces, out);
    return EVP_MAC_init(context, nullptr, 0, nullptr) == 1 && hmac_finish(context, pieces, out);
}

POSTHORN_DECL bool webhook_signing_state::ed25519(EVP_PKEY* with, signed_pieces const& pieces,
                                                  ed25519_signature& out) {
    // OpenSSL takes the message of an Ed25519 signature in one piece only.
    pieces.join(joined_);
    auto size = out.size();
    return EVP_MD_CTX_reset(digest_.get()) == 1 &&
           EVP_DigestSignInit(digest_.get(), nullptr, nullptr, nullptr, with) == 1 &&
           EVP_DigestSign(digest_.get(), out.data(), &size, openssl_bytes(joined_), joined_.size()) == 1 &&
           size == out.size();
}

POSTHORN_DECL void webhook_signing_state_delete::operator()(webhook_signing_state* state) const noexcept {
    delete state;
}

} // namespace detail

POSTHORN_DECL result<standard_webhooks::key>
standard_webhooks::make_key(signing_secrets const& secrets) const {
    detail::openssl_error_mark const mark;
    key::state_ptr state(new detail::webhook_signing_state);
    for (auto const& secret : secrets)
        if (auto const ec = state->add(secret))
            return ec;
    return key(std::move(state));
}

POSTHORN_DECL void standard_webhooks::sign(key& with, signed_message const& message, header_block& out) {
    detail::openssl_error_mark const mark;
    detail::webhook_timestamp const timestamp(message.time);
    out.add("webhook-id", message.id);
    out.add("webhook-timestamp", timestamp.view());
    if (with.state_)
        with.state_->sign({message.id, timestamp.view(), message.body}, message.time, out.buffer());
}

} // namespace posthorn
