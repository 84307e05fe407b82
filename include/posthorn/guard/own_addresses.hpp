// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/time.hpp>

#include <boost/asio/ip/address.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace posthorn {

/// The addresses of this machine's network interfaces, public ones too: what listens there often trusts its
/// neighbours.
///
/// Read at the first question, and again by `refresh`, at most twice a minute. Where they cannot be read,
/// those that were known stay; as long as none ever were, every address counts as one of this machine.
///
/// A handle: copies share what is known. Thread safety: all functions, from any threads; the source is then
/// called from any of them.
class own_addresses {
  public:
    /// What lists the addresses; quick, since it runs on the executor of a lane. A host behind a translator
    /// or a load balancer may add the addresses that the world knows it by.
    using source = std::function<result<std::vector<boost::asio::ip::address>>()>;

    POSTHORN_DECL explicit own_addresses(source list = system_source());

    own_addresses(own_addresses const&) = default;
    own_addresses& operator=(own_addresses const&) = default;

    /// Reads them again if that is half a minute ago by this clock.
    POSTHORN_DECL void refresh(steady_time now) const noexcept;

    [[nodiscard]] POSTHORN_DECL bool contains(boost::asio::ip::address const& address) const noexcept;

    /// getifaddrs.
    [[nodiscard]] POSTHORN_DECL static source system_source();

  private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/guard/own_addresses.ipp>
#endif
