// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/connection.hpp>
#include <posthorn/model/field_error.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/url.hpp>

#include <cstddef>
#include <optional>

// What can be told of connection settings without TLS: what certificates and keys are worth, the transport
// says. Pure.
namespace posthorn::detail {

// In bytes.
inline constexpr std::size_t max_authorities = std::size_t{256} * 1024;
inline constexpr std::size_t max_client_certificate = std::size_t{64} * 1024;
inline constexpr std::size_t max_client_key = std::size_t{64} * 1024;
inline constexpr std::size_t max_proxy_credentials = 512;

// `https`: whether the receiver's URL is.
POSTHORN_DECL void check_connection(connection_settings const& c, bool https, field_errors& errors);

// Where the proxy is. None: there is no proxy, or it is not written as one.
[[nodiscard]] POSTHORN_DECL std::optional<url> proxy_of(connection_settings const& c);

// The field that a proxy is told who asks with, "Proxy-Authorization: Basic ...\r\n"; empty: nothing is told.
[[nodiscard]] POSTHORN_DECL secret proxy_authorization(connection_settings const& c);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/registry/connection_rules.ipp>
#endif
