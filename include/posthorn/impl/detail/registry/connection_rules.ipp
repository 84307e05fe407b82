// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/connection_rules.hpp>
#include <posthorn/detail/text/base64.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace posthorn::detail {

inline void check_length(std::string_view text, std::size_t most, char const* field, field_errors& errors) {
    if (text.size() > most)
        errors.add(field, {message_id::text_too_long, {most, text.size()}});
}

inline void check_tls_settings(connection_settings const& c, bool https, field_errors& errors) {
    check_length(c.ca, max_authorities, "connection.ca", errors);
    check_length(c.client_certificate, max_client_certificate, "connection.client_certificate", errors);
    check_length(c.client_key.reveal(), max_client_key, "connection.client_key", errors);
    if (c.client_certificate.empty() && !c.client_key.empty())
        errors.add("connection.client_certificate", message_id::client_certificate_missing);
    if (!c.client_certificate.empty() && c.client_key.empty())
        errors.add("connection.client_key", message_id::client_key_missing);
    // Whoever sets them believes that they protect.
    if (!https && !c.ca.empty())
        errors.add("connection.ca", message_id::tls_without_https);
    if (!https && !c.client_certificate.empty())
        errors.add("connection.client_certificate", message_id::tls_without_https);
}

// RFC 7617: the first colon ends the name.
[[nodiscard]] inline bool are_credentials(std::string_view text) noexcept {
    bool const printable = std::ranges::none_of(text, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
    return printable && text.size() <= max_proxy_credentials && text.find(':') != std::string_view::npos;
}

inline void check_proxy(connection_settings const& c, field_errors& errors) {
    if (!c.proxy.empty() && !proxy_of(c))
        errors.add("connection.proxy", message_id::proxy_malformed);
    if (c.proxy_credentials.empty())
        return;
    if (c.proxy.empty())
        errors.add("connection.proxy", message_id::proxy_missing);
    if (!are_credentials(c.proxy_credentials.reveal()))
        errors.add("connection.proxy_credentials", message_id::proxy_credentials_malformed);
}

POSTHORN_DECL void check_connection(connection_settings const& c, bool https, field_errors& errors) {
    check_tls_settings(c, https, errors);
    check_proxy(c, errors);
}

POSTHORN_DECL std::optional<url> proxy_of(connection_settings const& c) {
    auto const parsed = parse_url(c.proxy);
    if (!parsed || parsed->https() || parsed->target() != "/")
        return std::nullopt;
    return *parsed;
}

POSTHORN_DECL secret proxy_authorization(connection_settings const& c) {
    if (c.proxy_credentials.empty())
        return secret();
    auto const text = c.proxy_credentials.reveal();
    std::string field = "Proxy-Authorization: Basic ";
    base64_encode({reinterpret_cast<unsigned char const*>(text.data()), text.size()}, field);
    return secret(field += "\r\n");
}

} // namespace posthorn::detail
