// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "tls.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace bench {

struct free_certificate {
    void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
    void operator()(X509* p) const noexcept { X509_free(p); }
    void operator()(X509_EXTENSION* p) const noexcept { X509_EXTENSION_free(p); }
};

using private_key = std::unique_ptr<EVP_PKEY, free_certificate>;
using certificate = std::unique_ptr<X509, free_certificate>;

// No authority, or some TLS libraries would refuse it as the certificate of a server.
inline void add_extensions(X509* wanted) {
    constexpr std::array<std::pair<int, char const*>, 3> extensions{
        {{NID_basic_constraints, "critical,CA:FALSE"},
         {NID_ext_key_usage, "serverAuth"},
         {NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"}}};
    for (auto const& [type, value] : extensions) {
        std::unique_ptr<X509_EXTENSION, free_certificate> const one(
            X509V3_EXT_conf_nid(nullptr, nullptr, type, value));
        if (!one)
            throw_tls("the certificate");
        check_tls(X509_add_ext(wanted, one.get(), -1), "the certificate");
    }
}

// For "localhost" and 127.0.0.1, for a day.
[[nodiscard]] inline certificate make_certificate(EVP_PKEY* key) {
    constexpr char const* what = "the certificate";
    certificate result(X509_new());
    auto* const x = result.get();
    if (x == nullptr || X509_gmtime_adj(X509_getm_notBefore(x), -3600) == nullptr ||
        X509_gmtime_adj(X509_getm_notAfter(x), 24L * 3600) == nullptr)
        throw_tls(what);
    check_tls(X509_set_version(x, X509_VERSION_3), what);
    check_tls(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), what);
    check_tls(X509_set_pubkey(x, key), what);
    auto* const name = X509_get_subject_name(x);
    constexpr std::array<unsigned char, 10> host{"localhost"};
    check_tls(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host.data(), -1, -1, 0), what);
    check_tls(X509_set_issuer_name(x, name), what);
    add_extensions(x);
    check_tls(X509_sign(x, key, EVP_sha256()), what);
    return result;
}

// Makes a server of the context, with a new P-256 key, and writes the certificate to trust to `file`.
inline void use_self_signed_certificate(SSL_CTX* context, std::string const& file) {
    private_key const key(EVP_EC_gen("P-256"));
    if (!key)
        throw_tls("the key");
    auto const own = make_certificate(key.get());
    check_tls(SSL_CTX_use_certificate(context, own.get()), "the certificate");
    check_tls(SSL_CTX_use_PrivateKey(context, key.get()), "the key");
    auto* const out = std::fopen(file.c_str(), "w");
    if (out == nullptr)
        throw_errno("--tls");
    auto const written = PEM_write_X509(out, own.get()) == 1;
    if (std::fclose(out) != 0 || !written)
        throw_errno("--tls");
}

} // namespace bench
