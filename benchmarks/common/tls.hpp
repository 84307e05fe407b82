// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "process.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

// OpenSSL directly on a descriptor, for the baseline and the receiver: no memory BIOs, and one system call
// per record.
namespace bench {

struct free_tls {
    void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
    void operator()(SSL* p) const noexcept { SSL_free(p); }
    void operator()(SSL_SESSION* p) const noexcept { SSL_SESSION_free(p); }
};

using tls_context = std::unique_ptr<SSL_CTX, free_tls>;
using tls_stream = std::unique_ptr<SSL, free_tls>;
using tls_session = std::unique_ptr<SSL_SESSION, free_tls>;

// The reason that OpenSSL gave last; `otherwise` if it gave none, which is when the peer is gone or silent.
[[nodiscard]] inline std::string tls_reason(char const* otherwise) {
    auto const code = ERR_get_error();
    ERR_clear_error();
    if (code == 0)
        return otherwise;
    if (ERR_SYSTEM_ERROR(code))
        return std::generic_category().message(ERR_GET_REASON(code));
    auto const* const reason = ERR_reason_error_string(code);
    return reason == nullptr ? "unknown error of OpenSSL" : reason;
}

[[noreturn]] inline void throw_tls(std::string_view what) {
    throw std::runtime_error(std::string(what) + ": " + tls_reason("the peer is gone or does not answer"));
}

inline void check_tls(long result, std::string_view what) {
    if (result <= 0)
        throw_tls(what);
}

// For both sides. Whole records are read ahead: a record's header costs no system call of its own.
[[nodiscard]] inline tls_context make_tls_context(SSL_METHOD const* method) {
    tls_context result(SSL_CTX_new(method));
    if (!result)
        throw_tls("SSL_CTX_new");
    check_tls(SSL_CTX_set_min_proto_version(result.get(), TLS1_2_VERSION), "TLS 1.2");
    SSL_CTX_set_options(result.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // What waits for the socket is kept in a buffer of the connection, so its address may change.
    SSL_CTX_set_mode(result.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(result.get(), 1);
    return result;
}

[[nodiscard]] inline tls_stream make_tls_stream(SSL_CTX* context, int fd) {
    tls_stream result(SSL_new(context));
    if (!result || SSL_set_fd(result.get(), fd) != 1)
        throw_tls("SSL_new");
    return result;
}

} // namespace bench
