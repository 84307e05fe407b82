// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/secret.hpp>

#include <iosfwd>
#include <string>

namespace posthorn {

/// How one webhook's receiver is reached, and how both sides prove who they are, where this differs from what
/// the transport does for all. A plain value; saving the webhook checks it.
struct connection_settings {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    connection_settings() noexcept {}

    /// Certificates, PEM, that the receiver's is trusted by: these, in place of the system's and the
    /// transport's. Empty: those. For https only.
    std::string ca;
    /// What the receiver is shown of us when it asks: a certificate, PEM, and those that lead from it to one
    /// that the receiver knows. For https only.
    std::string client_certificate;
    /// The private key of the first of them, PEM, not encrypted.
    secret client_key;
    /// An HTTP proxy, "http://host:port", that is asked for a way to the receiver (CONNECT), whatever the
    /// receiver's scheme. Empty: none, whatever the environment says.
    std::string proxy;
    /// "user:password", told to the proxy and to nobody else (Proxy-Authorization: Basic). Who can read what
    /// goes to the proxy, which is not encrypted, reads them.
    secret proxy_credentials;

    [[nodiscard]] bool empty() const noexcept {
        return ca.empty() && client_certificate.empty() && client_key.empty() && proxy.empty() &&
               proxy_credentials.empty();
    }

    [[nodiscard]] friend bool operator==(connection_settings const&, connection_settings const&) = default;

    /// It holds secrets, so it is neither printed nor made JSON.
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>&,
                                                        connection_settings const&) = delete;
    template <class Tag, class Value>
    friend void tag_invoke(Tag, Value&, connection_settings const&) = delete;
};

} // namespace posthorn
