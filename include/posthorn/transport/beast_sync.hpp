// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/blocking_transport.hpp>
#include <posthorn/config.hpp>
#include <posthorn/transport/tls_trust.hpp>

#include <memory>
#include <string>
#include <utility>

namespace posthorn {

/// Models BlockingTransport: what `beast_async` does, while the caller waits.
///
/// The same code carries out the exchange, on a small context that the calling thread runs: same bytes, same
/// outcomes, same deadlines, from the look-up of the name to the end of the body. The connections are its
/// own. A thread that calls takes a set of them that no other one uses, if there is one, the set that has
/// talked to the webhook's receiver; so there are as many sets as threads ever called at one time.
///
/// An unused connection is closed when the next call comes, not by a clock.
///
/// A configuration until `bind`, a handle after it. Thread safety: as BlockingTransport says.
class beast_sync final {
  public:
    beast_sync() = default;

    /// Trusts what `trust` says.
    explicit beast_sync(tls_trust trust) : trust_(std::move(trust)) {}

    /// Trusts the certificates in a PEM file, besides the system's. A file that cannot be read makes every
    /// HTTPS call fail with `errc::tls_handshake_failed`, and the detail names it.
    beast_sync& trust_file(std::string path) & {
        trust_.add_file(std::move(path));
        return *this;
    }
    beast_sync&& trust_file(std::string path) && { return std::move(trust_file(std::move(path))); }

    /// Trusts the certificates in a PEM text, besides the system's.
    beast_sync& trust_pem(std::string pem) & {
        trust_.add_pem(std::move(pem));
        return *this;
    }
    beast_sync&& trust_pem(std::string pem) && { return std::move(trust_pem(std::move(pem))); }

    /// @name BlockingTransport
    /// @{
    /// What is wrong with certificates and keys: each belongs to its field, "connection.ca".
    static void check_connection(connection_settings const& settings, field_errors& errors);
    void bind(transport_context context);
    [[nodiscard]] exchange call(request const& what);
    void cancel() noexcept;
    /// @}

  private:
    class state;

    tls_trust trust_;
    std::shared_ptr<state> state_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/transport/beast_sync.ipp>
#endif
