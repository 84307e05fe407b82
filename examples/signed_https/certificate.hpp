// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

// A self-signed certificate for "localhost", made at start: an example must not ship a private key.
namespace example {

template <class T, void (*Free)(T*)>
struct freed_by {
    void operator()(T* p) const noexcept { Free(p); }
};

using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY, EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509, X509_free>>;

struct certificate {
    key_ptr key;
    x509_ptr x509;
    std::string pem;
};

[[nodiscard]] inline certificate make_certificate() {
    constexpr long one_hour = 3600;
    certificate made{key_ptr(EVP_EC_gen("P-256")), x509_ptr(X509_new()), {}};
    auto* const x = made.x509.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -one_hour);
    X509_gmtime_adj(X509_getm_notAfter(x), one_hour);
    X509_set_pubkey(x, made.key.get());
    auto const* const name = reinterpret_cast<unsigned char const*>("localhost");
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    auto const extension = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION, X509_EXTENSION_free>>(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost"));
    X509_add_ext(x, extension.get(), -1);
    X509_sign(x, made.key.get(), EVP_sha256());
    auto const text = std::unique_ptr<BIO, freed_by<BIO, BIO_free_all>>(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(text.get(), x);
    char* bytes = nullptr;
    auto const size = BIO_get_mem_data(text.get(), &bytes);
    made.pem.assign(bytes, static_cast<std::size_t>(size));
    return made;
}

} // namespace example
