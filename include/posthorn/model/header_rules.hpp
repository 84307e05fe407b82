// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/language.hpp>
#include <posthorn/model/message_id.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace posthorn {

/// Why a header field cannot be sent; `describe` says what to do.
enum class header_error {
    /// The name is not a token of RFC 9110: use letters, digits and hyphens.
    name = 1,
    /// The value holds a byte that is not allowed there, or a blank at an end: encode it or leave it out.
    value,
    /// The field belongs to the connection, the framing or the signature: leave it out.
    reserved,
    /// The name, the value or all fields together are too long, or there are too many: send less.
    limit,
};

/// The longest name, in bytes.
inline constexpr std::size_t max_header_name_size = 256;

/// The longest value, in bytes.
inline constexpr std::size_t max_header_value_size = 4096;

/// All fields of one webhook as they stand on the wire ("Name: value\r\n"), in bytes. Checked by the caller.
inline constexpr std::size_t max_header_block_size = 16 * 1024;

/// The most fields of one webhook. Checked by the caller.
inline constexpr std::size_t max_header_fields = 64;

/// One sentence for the person who typed the header, with the remedy.
[[nodiscard]] POSTHORN_DECL std::string_view describe(header_error e,
                                                      language in = language::english) noexcept;

/// True if `name` is a token of RFC 9110 of at most `max_header_name_size` bytes. Some proxies drop names
/// with an underscore, though they are valid.
[[nodiscard]] POSTHORN_DECL bool header_name_ok(std::string_view name) noexcept;

/// True if `value` may be sent as it is: visible ASCII, spaces and tabs, no blank at an end, at most
/// `max_header_value_size` bytes. An empty value is fine.
[[nodiscard]] POSTHORN_DECL bool header_value_ok(std::string_view value) noexcept;

/// True if no webhook may set the field, since it decides about framing, connection, virtual host or
/// signature.
[[nodiscard]] POSTHORN_DECL bool header_is_reserved(std::string_view name) noexcept;

/// True if the field's value is a secret by its name: Authorization, Proxy-Authorization, Cookie, and names
/// that end in -Key, -Token or -Secret.
[[nodiscard]] POSTHORN_DECL bool header_is_secret(std::string_view name) noexcept;

/// Checks one field of a webhook; nullopt if it may be sent.
[[nodiscard]] POSTHORN_DECL std::optional<header_error> check_header(std::string_view name,
                                                                     std::string_view value) noexcept;

namespace detail {

// What `describe` says, with a code.
[[nodiscard]] POSTHORN_DECL message_id message_of(header_error e) noexcept;

} // namespace detail

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/model/header_rules.ipp>
#endif
