// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/openssl.hpp>
#include <posthorn/model/connection.hpp>
#include <posthorn/model/field_error.hpp>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::detail {

struct tls_delete {
    void operator()(BIO* p) const noexcept { BIO_free(p); }
    void operator()(X509* p) const noexcept { X509_free(p); }
    void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
};

template <class T>
using tls_ptr = std::unique_ptr<T, tls_delete>;

// What holds for every connection, whoever is trusted.
inline void apply_tls_rules(boost::asio::ssl::context& context) noexcept {
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION);
    // OpenSSL keeps room for a record that is sent, 16 KiB by default; most requests are shorter than this.
    SSL_CTX_set_max_send_fragment(context.native_handle(), 4 * 1024);
    // Certificates, and the names of authorities, take ten times as much when they are read. A usual chain
    // has less than 8 KiB; by default OpenSSL reads 100 KiB.
    SSL_CTX_set_max_cert_list(context.native_handle(), 16 * 1024);
    // At least 112 bits, also where the system's OpenSSL asks for less.
    constexpr int least_level = 2;
    if (SSL_CTX_get_security_level(context.native_handle()) < least_level)
        SSL_CTX_set_security_level(context.native_handle(), least_level);
}

[[nodiscard]] inline tls_ptr<BIO> readable(std::string_view text) {
    tls_ptr<BIO> from(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!from)
        throw std::bad_alloc();
    return from;
}

// What OpenSSL said last, in its words.
[[nodiscard]] inline std::string openssl_reason() {
    auto const* const text = ERR_reason_error_string(ERR_peek_last_error());
    return text == nullptr ? "OpenSSL does not say why" : text;
}

// One block of a PEM text, decrypted by nobody.
class pem_block {
  public:
    // False: there is no further one, or it is damaged.
    [[nodiscard]] bool read(BIO* from) noexcept {
        clear();
        return PEM_read_bio(from, &name_, &header_, &data_, &size_) == 1;
    }

    pem_block() noexcept = default;
    pem_block(pem_block const&) = delete;
    pem_block& operator=(pem_block const&) = delete;
    ~pem_block() { clear(); }

    // Null: it is none.
    [[nodiscard]] tls_ptr<X509> certificate() const noexcept {
        std::string_view const name = name_;
        if ((name != PEM_STRING_X509 && name != PEM_STRING_X509_OLD) || *header_ != '\0')
            return nullptr;
        unsigned char const* at = data_;
        tls_ptr<X509> read(d2i_X509(nullptr, &at, size_));
        return at == data_ + size_ ? std::move(read) : nullptr;
    }

  private:
    void clear() noexcept {
        OPENSSL_free(std::exchange(name_, nullptr));
        OPENSSL_free(std::exchange(header_, nullptr));
        OPENSSL_clear_free(std::exchange(data_, nullptr), static_cast<std::size_t>(std::exchange(size_, 0)));
    }

    char* name_ = nullptr;
    char* header_ = nullptr;
    unsigned char* data_ = nullptr;
    long size_ = 0;
};

using certificates = std::vector<tls_ptr<X509>>;

// Appends the certificates of a PEM text, which holds nothing else. `none`: it was one.
[[nodiscard]] inline message_id read_certificates(std::string_view pem, certificates& out) {
    // It would be kept, and shown, as what everybody may see.
    if (pem.find("PRIVATE KEY") != std::string_view::npos)
        return message_id::certificates_with_key;
    auto const from = readable(pem);
    pem_block block;
    while (block.read(from.get())) {
        auto one = block.certificate();
        if (!one)
            return message_id::certificates_malformed;
        out.push_back(std::move(one));
    }
    bool const whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    return whole && !out.empty() ? message_id::none : message_id::certificates_malformed;
}

// Is asked for the password of an encrypted key; without it OpenSSL would ask whoever sits at a terminal.
inline int no_password(char*, int, int, void* asked) noexcept {
    *static_cast<bool*>(asked) = true;
    return -1;
}

// `none`: it was one.
[[nodiscard]] inline message_id read_private_key(secret const& pem, tls_ptr<EVP_PKEY>& out) {
    auto const from = readable(pem.reveal());
    bool asked = false;
    out.reset(PEM_read_bio_PrivateKey(from.get(), nullptr, &no_password, &asked));
    if (out)
        return message_id::none;
    return asked ? message_id::client_key_encrypted : message_id::client_key_malformed;
}

// Makes what connections with some settings are made with.
class tls_context_builder {
  public:
    // `usual`: what is trusted where the settings name no authorities; null: nothing is needed.
    tls_context_builder(connection_settings const& settings, SSL_CTX* usual, field_errors& errors)
        : settings_(settings), usual_(usual), errors_(errors) {}

    // Null: the errors say why not.
    [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> run() {
        openssl_error_mark const mark;
        context_ = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
        apply_tls_rules(*context_);
        if (!settings_.ca.empty())
            trust();
        else if (usual_ != nullptr)
            SSL_CTX_set1_cert_store(native(), SSL_CTX_get_cert_store(usual_));
        if (!settings_.client_certificate.empty())
            prove();
        // Nothing is left out of what was asked for.
        else if (!settings_.client_key.empty())
            errors_.add("connection.client_certificate", message_id::client_certificate_missing);
        return errors_.empty() ? std::move(context_) : nullptr;
    }

  private:
    [[nodiscard]] SSL_CTX* native() const noexcept { return context_->native_handle(); }

    // What is given is trusted itself, whoever has signed it.
    void trust() {
        certificates given;
        if (auto const wrong = read_certificates(settings_.ca, given); wrong != message_id::none)
            return errors_.add("connection.ca", wrong);
        auto* const store = SSL_CTX_get_cert_store(native());
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
        for (auto const& one : given)
            if (X509_STORE_add_cert(store, one.get()) != 1)
                return errors_.add("connection.ca", {message_id::certificate_refused, {openssl_reason()}});
    }

    void prove() {
        certificates chain;
        auto const wrong = read_certificates(settings_.client_certificate, chain);
        if (wrong != message_id::none)
            errors_.add("connection.client_certificate", wrong);
        else
            show(chain);
        tls_ptr<EVP_PKEY> key;
        auto const unusable = settings_.client_key.empty() ? message_id::client_key_missing
                                                           : read_private_key(settings_.client_key, key);
        if (unusable != message_id::none)
            return errors_.add("connection.client_key", unusable);
        if (wrong == message_id::none && (X509_check_private_key(chain.front().get(), key.get()) != 1 ||
                                          SSL_CTX_use_PrivateKey(native(), key.get()) != 1))
            errors_.add("connection.client_key", message_id::client_key_other);
    }

    void show(certificates const& chain) {
        bool good = SSL_CTX_use_certificate(native(), chain.front().get()) == 1;
        for (auto one = chain.begin() + 1; good && one != chain.end(); ++one)
            good = SSL_CTX_add1_chain_cert(native(), one->get()) == 1;
        if (!good)
            errors_.add("connection.client_certificate",
                        {message_id::certificate_refused, {openssl_reason()}});
    }

    connection_settings const& settings_;
    SSL_CTX* usual_;
    field_errors& errors_;
    std::shared_ptr<boost::asio::ssl::context> context_;
};

// Whether the other side says that our certificate is wrong, or missing.
[[nodiscard]] inline bool is_certificate_alert(boost::system::error_code const& ec) noexcept {
    if (ec.category() != boost::asio::error::get_ssl_category())
        return false;
    auto const alert = ERR_GET_REASON(static_cast<unsigned long>(ec.value())) - SSL_AD_REASON_OFFSET;
    return (alert >= SSL_AD_HANDSHAKE_FAILURE && alert <= SSL_AD_DECRYPT_ERROR) ||
           alert == SSL_AD_CERTIFICATE_REQUIRED;
}

// What is wrong with the certificates and the key of some settings.
inline void check_tls_context(connection_settings const& settings, field_errors& errors) {
    field_errors found;
    (void)tls_context_builder(settings, nullptr, found).run();
    for (auto const& one : found)
        errors.add(one);
}

// The contexts of settings that are in use, one for each. Belongs to whoever has a lock.
class tls_context_cache {
  public:
    using settings = std::shared_ptr<connection_settings const>;
    using context = std::shared_ptr<boost::asio::ssl::context>;

    // Null: `why` says what cannot be used.
    [[nodiscard]] context find(settings const& wanted, SSL_CTX* usual, std::string& why) {
        auto const known = all_.find(wanted.get());
        // An address may come twice; the one before has expired then.
        if (known != all_.end() && !known->second.of.expired())
            return known->second.made;
        field_errors errors;
        auto made = tls_context_builder(*wanted, usual, errors).run();
        if (!made) {
            why = errors.text();
            return nullptr;
        }
        forget_expired();
        all_.insert_or_assign(wanted.get(), entry(wanted, made));
        return made;
    }

  private:
    struct entry {
        entry(settings const& from, context with) : of(from), made(std::move(with)) {}

        std::weak_ptr<connection_settings const> of;
        context made;
    };

    // Once in as many as are left.
    void forget_expired() {
        if (all_.size() < most_)
            return;
        boost::unordered::erase_if(all_, [](auto const& e) { return e.second.of.expired(); });
        most_ = std::max(all_.size() * 2, least);
    }

    static constexpr std::size_t least = 16;

    boost::unordered_flat_map<connection_settings const*, entry> all_;
    std::size_t most_ = least;
};

} // namespace posthorn::detail
