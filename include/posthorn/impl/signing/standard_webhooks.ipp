// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/openssl.hpp>
#include <posthorn/detail/text/base64.hpp>
#include <posthorn/signing/standard_webhooks.hpp>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

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
#include <type_traits>
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

/// SHA-256 of what was added so far; a copy goes on from there.
#if defined(OPENSSL_NO_DEPRECATED_3_0)
class sha256 {
  public:
    sha256() : sha256(nullptr) {
        openssl_ptr<EVP_MD> const digest(EVP_MD_fetch(nullptr, OSSL_DIGEST_NAME_SHA2_256, nullptr));
        ok_ = context_ && digest && EVP_DigestInit_ex2(context_.get(), digest.get(), nullptr) == 1;
    }
    sha256(sha256 const& other) : sha256(other.context_.get()) {}
    sha256& operator=(sha256 const&) = delete;

    void add(void const* data, std::size_t size) noexcept {
        ok_ = ok_ && EVP_DigestUpdate(context_.get(), data, size) == 1;
    }

    /// False: OpenSSL failed, now or before.
    [[nodiscard]] bool finish(hmac_bytes& out) noexcept {
        return ok_ && EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1;
    }

  private:
    explicit sha256(EVP_MD_CTX const* from)
        : context_(EVP_MD_CTX_new()),
          ok_(context_ && from != nullptr && EVP_MD_CTX_copy_ex(context_.get(), from) == 1) {}

    openssl_ptr<EVP_MD_CTX> context_;
    bool ok_;
};
#else
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
/// With OpenSSL's older functions where they are declared: those of EVP allocate for each copy.
class sha256 {
  public:
    sha256() noexcept { ok_ = SHA256_Init(&context_) == 1; }

    void add(void const* data, std::size_t size) noexcept {
        ok_ = ok_ && SHA256_Update(&context_, data, size) == 1;
    }

    /// False: OpenSSL failed, now or before.
    [[nodiscard]] bool finish(hmac_bytes& out) noexcept {
        return ok_ && SHA256_Final(out.data(), &context_) == 1;
    }

  private:
    SHA256_CTX context_;
    bool ok_;
};
#pragma GCC diagnostic pop
#endif

/// HMAC-SHA256 (RFC 2104) with one key, whose two blocks are hashed once. Hand-made from the digest: EVP_MAC
/// copies and allocates for each message.
class hmac_sha256 {
  public:
    explicit hmac_sha256(decoded_key const& key) {
        add_key(inner_, key, 0x36);
        add_key(outer_, key, 0x5c);
    }
    hmac_sha256(hmac_sha256 const&) = delete;
    hmac_sha256& operator=(hmac_sha256 const&) = delete;
    ~hmac_sha256() {
        if constexpr (std::is_trivially_destructible_v<sha256>) {
            OPENSSL_cleanse(&inner_, sizeof inner_);
            OPENSSL_cleanse(&outer_, sizeof outer_);
        }
    }

    /// False: OpenSSL failed. From any threads.
    [[nodiscard]] bool sign(signed_pieces const& pieces, hmac_bytes& out) const {
        sha256 message(inner_);
        for (auto const piece :
             {pieces.id, std::string_view("."), pieces.timestamp, std::string_view("."), pieces.body})
            message.add(piece.data(), piece.size());
        if (!message.finish(out))
            return false;
        sha256 whole(outer_);
        whole.add(out.data(), out.size());
        return whole.finish(out);
    }

  private:
    static constexpr std::size_t block = 64;
    static_assert(hmac_key_most <= block, "a longer key would have to be hashed first");

    static void add_key(sha256& to, decoded_key const& key, unsigned char pad) {
        std::array<unsigned char, block> bytes;
        bytes.fill(pad);
        for (std::size_t i = 0; i != key.size(); ++i)
            bytes[i] = static_cast<unsigned char>(pad ^ key.data()[i]);
        to.add(bytes.data(), bytes.size());
        OPENSSL_cleanse(bytes.data(), bytes.size());
    }

    sha256 inner_;
    sha256 outer_;
};

[[nodiscard]] POSTHORN_DECL result<std::unique_ptr<hmac_sha256>> make_hmac(std::string_view text,
                                                                           std::size_t least) {
    decoded_key const bytes(text, hmac_key_prefix);
    if (!bytes.ok() || bytes.size() < least || bytes.size() > hmac_key_most)
        return make_error_code(errc::bad_key);
    auto hmac = std::make_unique<hmac_sha256>(bytes);
    hmac_bytes trial;
    if (!hmac->sign({}, trial))
        return openssl_lacks_algorithm();
    return hmac;
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
        std::unique_ptr<hmac_sha256> hmac;
        openssl_ptr<EVP_PKEY> ed25519;
    };

    [[nodiscard]] bool ed25519(EVP_PKEY* with, signed_pieces const& pieces, ed25519_signature& out);

    std::vector<prepared_secret> secrets_;
    openssl_ptr<EVP_MD_CTX> digest_;
    std::string joined_;
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
        out.append(first ? std::string_view("webhook-signature: ") : std::string_view(" ")).append(version);
        base64_encode(signature, out);
        first = false;
    };
    for (auto const& prepared : secrets_) {
        if (prepared.not_after && *prepared.not_after < time)
            continue;
        hmac_bytes v1;
        ed25519_signature v1a;
        if (prepared.hmac && prepared.hmac->sign(pieces, v1))
            append("v1,", v1);
        else if (prepared.ed25519 && ed25519(prepared.ed25519.get(), pieces, v1a))
            append("v1a,", v1a);
    }
    if (!first)
        out.append("\r\n", 2);
}

POSTHORN_DECL bool webhook_signing_state::ed25519(EVP_PKEY* with, signed_pieces const& pieces,
                                                  ed25519_signature& out) {
    openssl_error_mark const mark;
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
    detail::webhook_timestamp const timestamp(message.time);
    out.add("webhook-id", message.id);
    out.add("webhook-timestamp", timestamp.view());
    if (with.state_)
        with.state_->sign({message.id, timestamp.view(), message.body}, message.time, out.buffer());
}

} // namespace posthorn
