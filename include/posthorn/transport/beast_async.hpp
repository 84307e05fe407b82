// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/transport.hpp>
#include <posthorn/config.hpp>
#include <posthorn/transport/tls_trust.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <utility>

namespace posthorn {

/// Models Transport: HTTP/1.1 over TCP and TLS, with pooled keep-alive connections.
///
/// One write and one read per delivery. A lane's connections are its own; one is kept when the response was
/// framed exactly, and looked at before it is used again. TLS is 1.2 or newer, and a receiver must prove its
/// name with a certificate that the system, or a CA given here, trusts: nothing of a request is written
/// before that. There is no switch to turn this off. Responses go through Beast's parser.
///
/// A webhook's `connection_settings` are kept: its own authorities in place of all others, a client
/// certificate, a proxy. Of a webhook with a proxy, the guard is asked about the URL and about the proxy's
/// addresses; what a name of the receiver means, the proxy decides, and the guard does not see it.
///
/// A status line without the space behind the status code is `errc::bad_status`.
///
/// A configuration until `bind`, a handle to one shard's connections after it. Thread safety: as Transport
/// says.
class beast_async final {
  public:
    beast_async() = default;

    /// Trusts what `trust` says.
    explicit beast_async(tls_trust trust) : trust_(std::move(trust)) {}

    /// Trusts the certificates in a PEM file, besides the system's. A file that cannot be read makes every
    /// HTTPS exchange fail with `errc::tls_handshake_failed`, and the detail names it.
    beast_async& trust_file(std::string path) & {
        trust_.add_file(std::move(path));
        return *this;
    }
    beast_async&& trust_file(std::string path) && { return std::move(trust_file(std::move(path))); }

    /// Trusts the certificates in a PEM text, besides the system's.
    beast_async& trust_pem(std::string pem) & {
        trust_.add_pem(std::move(pem));
        return *this;
    }
    beast_async&& trust_pem(std::string pem) && { return std::move(trust_pem(std::move(pem))); }

    /// @name Transport
    /// @{
    /// What is wrong with certificates and keys: each belongs to its field, "connection.ca".
    static void check_connection(connection_settings const& settings, field_errors& errors);
    void bind(transport_context context);
    [[nodiscard]] boost::asio::awaitable<exchange> send(request const& what);
    void start(request const& what, exchange& out, send_handler done) noexcept;
    void cancel() noexcept;
    /// @}

  private:
    class state;
    struct starter;

    tls_trust trust_;
    std::shared_ptr<state> state_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/transport/beast_async.ipp>
#endif
