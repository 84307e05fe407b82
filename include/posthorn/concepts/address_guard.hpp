// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/url.hpp>

#include <boost/asio/ip/address.hpp>

#include <concepts>
#include <cstdint>

namespace posthorn {

/// Says where requests may go, so that who saves a webhook does not reach what only this machine can reach.
///
/// Purpose: the one place that protects metadata services, databases and consoles beside the host.
///
/// Semantic: `allows_endpoint` is the rule by name, scheme and port, and by address where the URL holds one;
/// it is asked when a webhook is saved, before each connection, and about a kept one at most a tick of the
/// transport late, since rules change. `allows_address` is
/// asked for every address that the name resolved to, before each connection: one refused answer refuses the
/// name, and only an address that was asked about is connected to, so a name that resolves differently the
/// next time gains nothing. IPv4-mapped IPv6 addresses come as they were resolved; the guard decodes them. A
/// refusal is final for the delivery. With a proxy the addresses are resolved there, and only
/// `allows_endpoint` is asked.
///
/// Concurrency: both are called from any thread on a const guard at the same time; both are quick, since they
/// run on the executor of a lane.
///
/// Lifetime: nothing of the arguments is kept.
///
/// Conforming signatures:
/// @code
/// struct my_guard {
///     bool allows_endpoint(posthorn::url const&) const noexcept;
///     bool allows_address(boost::asio::ip::address const&, std::uint16_t port) const noexcept;
/// };
/// @endcode
///
/// See: `public_addresses`, `allow_list`.
template <class T>
concept AddressGuard = requires(T const& guard, url const& endpoint, boost::asio::ip::address const& address,
                                std::uint16_t port) {
    { guard.allows_endpoint(endpoint) } noexcept -> std::same_as<bool>;
    { guard.allows_address(address, port) } noexcept -> std::same_as<bool>;
};

/// Says in prose what `T` lacks to be an AddressGuard. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_address_guard() {
    static_assert(
        requires(T const& g, url const& endpoint) {
            { g.allows_endpoint(endpoint) } noexcept -> std::same_as<bool>;
        }, "posthorn: AddressGuard lacks `bool allows_endpoint(url const&) const noexcept`. "
           "See posthorn/concepts/address_guard.hpp");
    static_assert(
        requires(T const& g, boost::asio::ip::address const& address, std::uint16_t port) {
            { g.allows_address(address, port) } noexcept -> std::same_as<bool>;
        }, "posthorn: AddressGuard lacks "
           "`bool allows_address(boost::asio::ip::address const&, std::uint16_t port) const noexcept`. "
           "See posthorn/concepts/address_guard.hpp");
    return true;
}

} // namespace posthorn
