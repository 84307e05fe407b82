// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace posthorn::test {

/// A certificate with its private key. Copies share both.
class certificate {
  public:
    /// @param names     subjectAltName in OpenSSL's words, "DNS:a.example,IP:127.0.0.1"; empty: none
    /// @param common    the common name of the subject; empty: the subject is empty
    /// @param not_after "YYYYMMDDhhmmssZ"
    /// @param issuer    who signs it; null: it signs itself, and is an authority
    /// @param key       taken over
    certificate(std::string const& names, std::string const& common, std::string const& not_after,
                certificate const* issuer, EVP_PKEY* key = EVP_EC_gen("P-256"))
        : key_(check(key), EVP_PKEY_free), text_(check(X509_new()), X509_free) {
        check(X509_set_version(text_.get(), X509_VERSION_3));
        check(ASN1_INTEGER_set(X509_get_serialNumber(text_.get()), issuer == nullptr ? 1 : 2));
        check(ASN1_TIME_set_string_X509(X509_getm_notBefore(text_.get()), "20000101000000Z"));
        check(ASN1_TIME_set_string_X509(X509_getm_notAfter(text_.get()), not_after.c_str()));
        auto* const subject = X509_get_subject_name(text_.get());
        if (!common.empty())
            check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                             reinterpret_cast<unsigned char const*>(common.data()),
                                             static_cast<int>(common.size()), -1, 0));
        auto const& signer = issuer == nullptr ? *this : *issuer;
        check(X509_set_issuer_name(text_.get(), X509_get_subject_name(signer.text_.get())));
        check(X509_set_pubkey(text_.get(), key_.get()));
        add(NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
        if (!names.empty())
            add(NID_subject_alt_name, names.c_str());
        check(X509_sign(text_.get(), signer.key_.get(), EVP_sha256()));
    }

    [[nodiscard]] X509* native() const noexcept { return text_.get(); }
    [[nodiscard]] EVP_PKEY* key() const noexcept { return key_.get(); }

    [[nodiscard]] std::string pem() const {
        std::unique_ptr<BIO, int (*)(BIO*)> const out(check(BIO_new(BIO_s_mem())), BIO_free);
        check(PEM_write_bio_X509(out.get(), text_.get()));
        char* data = nullptr;
        auto const size = BIO_get_mem_data(out.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }

    /// The private key, PKCS #8; encrypted with `password` if there is one.
    [[nodiscard]] std::string key_pem(std::string const& password = {}) const {
        std::unique_ptr<BIO, int (*)(BIO*)> const out(check(BIO_new(BIO_s_mem())), BIO_free);
        auto const* const cipher = password.empty() ? nullptr : EVP_aes_256_cbc();
        check(PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), cipher, password.data(),
                                            static_cast<int>(password.size()), nullptr, nullptr));
        char* data = nullptr;
        auto const size = BIO_get_mem_data(out.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }

  private:
    template <class T>
    static T check(T result) {
        if (!result)
            throw std::runtime_error("OpenSSL refuses to make a test certificate");
        return result;
    }

    void add(int nid, char const* value) {
        std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> const extension(
            check(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value)), X509_EXTENSION_free);
        check(X509_add_ext(text_.get(), extension.get(), -1));
    }

    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> text_;
};

/// An authority that nobody trusts but the test that made it.
class certificate_authority {
  public:
    explicit certificate_authority(std::string const& name = "Posthorn test authority")
        : own_("", name, far_future, nullptr) {}

    [[nodiscard]] std::string pem() const { return own_.pem(); }

    [[nodiscard]] X509* native() const noexcept { return own_.native(); }

    [[nodiscard]] certificate issue(std::string const& names) const {
        return certificate(names, "receiver", far_future, &own_);
    }

    [[nodiscard]] certificate issue_expired(std::string const& names) const {
        return certificate(names, "receiver", "20010101000000Z", &own_);
    }

    /// The name as the subject's common name only, as certificates had it long ago.
    [[nodiscard]] certificate issue_for_common_name(std::string const& name) const {
        return certificate("", name, far_future, &own_);
    }

    /// Without a subject.
    [[nodiscard]] certificate issue_without_subject(std::string const& names) const {
        return certificate(names, "", far_future, &own_);
    }

    /// With a key for old kinds of key exchange.
    [[nodiscard]] certificate issue_rsa(std::string const& names) const {
        return certificate(names, "receiver", far_future, &own_, EVP_RSA_gen(2048));
    }

  private:
    static constexpr char far_future[] = "20990101000000Z";

    certificate own_;
};

/// The authority that the clients of a program's tests trust.
inline certificate_authority const& trusted() {
    static certificate_authority const authority;
    return authority;
}

} // namespace posthorn::test
