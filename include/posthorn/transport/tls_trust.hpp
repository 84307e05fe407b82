// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>

#include <memory>
#include <string>

namespace posthorn {

namespace detail {

class tls_trust_access;

} // namespace detail

/// Whose certificates a transport believes: what the system trusts, and what is added here.
///
/// Copies share what is read from the files, which happens once, when the first HTTPS request comes. Thread
/// safety: distinct objects safe.
class tls_trust {
  public:
    tls_trust();

    /// Adds the certificates of a PEM file. A file that cannot be read makes every HTTPS exchange fail with
    /// `errc::tls_handshake_failed`, and the detail names it.
    void add_file(std::string path);

    /// Adds the certificates of a PEM text.
    void add_pem(std::string pem);

  private:
    friend class detail::tls_trust_access;
    class state;

    std::shared_ptr<state> state_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/transport/tls_trust.ipp>
#endif
