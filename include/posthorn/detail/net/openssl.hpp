// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>

#include <boost/system/errc.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <string_view>

/// What all bodies that call OpenSSL share.
namespace posthorn::detail {

struct openssl_delete {
    void operator()(EVP_CIPHER* p) const noexcept { EVP_CIPHER_free(p); }
    void operator()(EVP_CIPHER_CTX* p) const noexcept { EVP_CIPHER_CTX_free(p); }
    void operator()(EVP_MD* p) const noexcept { EVP_MD_free(p); }
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

[[nodiscard]] inline unsigned char const* openssl_bytes(std::string_view text) noexcept {
    return reinterpret_cast<unsigned char const*>(text.data());
}

[[nodiscard]] inline error_code openssl_lacks_algorithm() noexcept {
    return make_error_code(boost::system::errc::not_supported);
}

} // namespace posthorn::detail
