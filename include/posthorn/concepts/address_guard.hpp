// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/util/member_name.hpp>
#include <posthorn/model/time.hpp>
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
/// name (but see `exchange_limits::skip_blocked`), only an address that was asked about for this very
/// connection is connected to, and the connection must lead there, so a name that resolves differently the
/// next time gains nothing. IPv4-mapped IPv6 addresses come as they were resolved; the guard decodes them. A
/// refusal is final for the delivery. With a proxy the addresses are resolved there, and only
/// `allows_endpoint` is asked.
///
/// `refresh` is optional: it is told the time of the dispatcher's clock before each question, so that a guard
/// can renew what it knows of its surroundings.
///
/// Concurrency: all are called from any thread on a const guard at the same time; all are quick, since they
/// run on the executor of a lane.
///
/// Lifetime: nothing of the arguments is kept.
///
/// Conforming signatures:
/// @code
/// struct my_guard {
///     bool allows_endpoint(posthorn::url const&) const noexcept;
///     bool allows_address(boost::asio::ip::address const&, std::uint16_t port) const noexcept;
///     void refresh(posthorn::steady_time now) const noexcept;   // optional
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

/// Whether `T` wants to be told the time.
template <class T>
concept RefreshableGuard = AddressGuard<T> && requires(T const& guard, steady_time now) {
    { guard.refresh(now) } noexcept -> std::same_as<void>;
};

namespace detail {

POSTHORN_NAMES_MEMBER(refresh);

} // namespace detail

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
    static_assert(!detail::names_refresh<T> || RefreshableGuard<T>,
                  "posthorn: AddressGuard has a refresh that would never be called; write "
                  "`void refresh(posthorn::steady_time now) const noexcept`. "
                  "See posthorn/concepts/address_guard.hpp");
    return true;
}

} // namespace posthorn
