// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/openssl.hpp>
#include <posthorn/detail/registry/fingerprints.hpp>
#include <posthorn/detail/text/masking.hpp>
#include <posthorn/impl/detail/storage/sealing.ipp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>
#include <initializer_list>

namespace posthorn::detail {

inline constexpr std::string_view fingerprint_domain = "posthorn.fingerprint.1";

// Hexadecimal digits of the MAC of parts that cannot be mistaken for others. Empty: the algorithm is missing.
[[nodiscard]] inline std::string hex_mac(encryption_key const& with,
                                         std::initializer_list<std::string_view> parts) {
    openssl_error_mark const mark;
    std::string bytes;
    for (auto const part : parts) {
        append_big_endian(bytes, part.size());
        bytes.append(part);
    }
    std::array<unsigned char, 32> mac{};
    auto const key = with.bytes.reveal();
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), openssl_bytes(bytes), bytes.size(),
             mac.data(), nullptr) == nullptr)
        return {};
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (auto const byte : mac)
        (text += digits[byte >> 4]) += digits[byte & 15];
    return text;
}

// Where there is no key there is no secret either.
[[nodiscard]] inline encryption_key no_key() {
    return encryption_key("none", secret(std::string(32, '\0')));
}

POSTHORN_DECL std::string fingerprints::masked(secret const& s, uuid const& webhook,
                                               std::string_view field) const {
    std::string text(secret_mask);
    auto const with = keys_ && !s.empty() ? keys_.current() : result<encryption_key>(no_key());
    if (!keys_ || s.empty() || !with)
        return text;
    constexpr std::size_t shown = 8;
    auto const mac = hex_mac(*with, {fingerprint_domain, uuid_text(webhook).view(), field, s.reveal()});
    return mac.empty() ? text : text.append(1, ' ').append(mac, 0, shown);
}

} // namespace posthorn::detail
