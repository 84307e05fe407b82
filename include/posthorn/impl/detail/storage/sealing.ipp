// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/openssl.hpp>
#include <posthorn/detail/storage/sealing.hpp>

#include <boost/system/errc.hpp>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace posthorn::detail {

inline constexpr char seal_version = 1;
inline constexpr std::size_t seal_nonce_size = 12;
inline constexpr std::size_t seal_tag_size = 16;
inline constexpr std::size_t seal_overhead = 1 + seal_nonce_size + seal_tag_size;

inline void append_big_endian(std::string& to, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8)
        to.push_back(static_cast<char>(static_cast<unsigned char>(number >> shift)));
}

/// What a record is bound to. Each part has a fixed size or its size before it: no two places read the same.
[[nodiscard]] inline std::string seal_context(seal_place const& where, std::string_view key_id) {
    std::string context(1, seal_version);
    context.append(where.webhook.begin(), where.webhook.end());
    for (auto const part : {where.field, key_id}) {
        append_big_endian(context, part.size());
        context.append(part);
    }
    return context;
}

/// Writes seal_nonce_size bytes. Two secrets under one nonce would give away both, and the key of the tag. So
/// the nonce is the start of a keyed hash of all that is sealed, and does not hang on the random numbers
/// alone. False: OpenSSL failed.
[[nodiscard]] inline bool make_seal_nonce(secret const& plain, std::string_view context,
                                          encryption_key const& with, std::string_view random, char* out) {
    openssl_ptr<EVP_MD> const digest(EVP_MD_fetch(nullptr, OSSL_DIGEST_NAME_SHA2_256, nullptr));
    openssl_ptr<EVP_MD_CTX> const hash(EVP_MD_CTX_new());
    bool good = digest && hash && EVP_DigestInit_ex2(hash.get(), digest.get(), nullptr) == 1;
    // Every part but the last has a fixed size or says its own.
    for (auto const part : {with.bytes.reveal(), random, context, plain.reveal()})
        good = good && EVP_DigestUpdate(hash.get(), part.data(), part.size()) == 1;
    std::array<unsigned char, 32> whole{};
    good = good && EVP_DigestFinal_ex(hash.get(), whole.data(), nullptr) == 1;
    std::copy_n(whole.begin(), seal_nonce_size, out);
    return good;
}

/// AES-256-GCM of one record, in one direction.
class seal_cipher {
  public:
    enum class direction : std::uint8_t { decrypt, encrypt };

    seal_cipher(direction which, encryption_key const& with, std::string_view nonce,
                std::string_view context) noexcept
        : context_(EVP_CIPHER_CTX_new()) {
        openssl_ptr<EVP_CIPHER> const cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
        good_ = cipher && context_ &&
                EVP_CipherInit_ex2(context_.get(), cipher.get(), openssl_bytes(with.bytes.reveal()),
                                   openssl_bytes(nonce), static_cast<int>(which), nullptr) == 1 &&
                update(context, nullptr);
    }

    /// False: OpenSSL failed, now or before.
    [[nodiscard]] bool good() const noexcept { return good_; }

    /// Before the end of a decryption: what the record has as its tag.
    void expect(std::string_view tag) noexcept {
        std::array<char, seal_tag_size> bytes{};
        tag.copy(bytes.data(), bytes.size());
        good_ = good_ && EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG,
                                             static_cast<int>(bytes.size()), bytes.data()) == 1;
    }

    void transform(std::string_view from, char* to) noexcept {
        // Of nothing, both pointers may be null, and OpenSSL takes a null for another kind of call.
        good_ = good_ && (from.empty() || update(from, reinterpret_cast<unsigned char*>(to)));
    }

    /// False: OpenSSL failed, or the tag is not the expected one.
    [[nodiscard]] bool finish() noexcept {
        std::array<unsigned char, seal_tag_size> nothing;
        int written = 0;
        return good_ && EVP_CipherFinal_ex(context_.get(), nothing.data(), &written) == 1;
    }

    /// After the end of an encryption.
    [[nodiscard]] bool tag(char* out) noexcept {
        return EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(seal_tag_size),
                                   out) == 1;
    }

  private:
    [[nodiscard]] bool update(std::string_view from, unsigned char* to) noexcept {
        int written = 0;
        return EVP_CipherUpdate(context_.get(), to, &written, openssl_bytes(from),
                                static_cast<int>(from.size())) == 1;
    }

    openssl_ptr<EVP_CIPHER_CTX> context_;
    bool good_ = false;
};

POSTHORN_DECL result<std::string> seal(secret const& plain, seal_place const& where,
                                       encryption_key const& with, std::uint64_t random_a,
                                       std::uint64_t random_b) {
    openssl_error_mark const mark;
    auto const text = plain.reveal();
    if (!with.valid())
        return make_error_code(errc::bad_encryption_key);
    if (text.size() > longest_sealed || where.field.size() > longest_sealed_field)
        return make_error_code(boost::system::errc::value_too_large);
    auto const context = seal_context(where, with.id);
    std::string random;
    append_big_endian(random, random_a);
    append_big_endian(random, random_b);

    std::string record(seal_overhead + text.size(), seal_version);
    char* const nonce = record.data() + 1;
    char* const sealed = nonce + seal_nonce_size;
    if (!make_seal_nonce(plain, context, with, random, nonce))
        return openssl_lacks_algorithm();
    seal_cipher cipher(seal_cipher::direction::encrypt, with, {nonce, seal_nonce_size}, context);
    cipher.transform(text, sealed);
    if (!cipher.finish() || !cipher.tag(sealed + text.size()))
        return openssl_lacks_algorithm();
    return record;
}

POSTHORN_DECL result<secret> unseal(std::string_view record, seal_place const& where,
                                    encryption_key const& with) {
    openssl_error_mark const mark;
    if (!with.valid())
        return make_error_code(errc::bad_encryption_key);
    if (record.size() < seal_overhead || record.size() - seal_overhead > longest_sealed ||
        record.front() != seal_version || where.field.size() > longest_sealed_field)
        return make_error_code(errc::secret_unreadable);
    auto const size = record.size() - seal_overhead;
    auto const nonce = record.substr(1, seal_nonce_size);
    auto const sealed = record.substr(1 + seal_nonce_size, size);

    seal_cipher cipher(seal_cipher::direction::decrypt, with, nonce, seal_context(where, with.id));
    cipher.expect(record.substr(record.size() - seal_tag_size));
    auto plain = secret::of_size(size, [&](char* out) { cipher.transform(sealed, out); });
    if (!cipher.good())
        return openssl_lacks_algorithm();
    if (!cipher.finish())
        return make_error_code(errc::secret_unreadable);
    return plain;
}

} // namespace posthorn::detail
