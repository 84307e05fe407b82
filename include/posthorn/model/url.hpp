// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/language.hpp>
#include <posthorn/model/message_id.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace posthorn {

/// Why a text is not a URL that a request can be sent to; `describe` says what to do.
enum class url_error {
    /// A byte, an escape or a delimiter is not where RFC 3986 allows it, or there is a fragment: write it as
    /// https://host/path and percent-encode the rest.
    syntax = 1,
    /// The scheme is neither http nor https: use one of them.
    scheme,
    /// There is a user name or a password: send it in a header.
    userinfo,
    /// The host is neither a DNS name in ASCII, a dotted quad nor an IPv6 address in brackets: write one.
    host,
    /// The port is not a number from 1 to 65535 without leading zeros: write such a number or none.
    port,
    /// The text is longer than `max_url_size`: use a shorter one.
    too_long,
};

/// The longest URL, in bytes.
inline constexpr std::size_t max_url_size = 2048;

/// One sentence for the person who typed the URL, with the remedy.
[[nodiscard]] POSTHORN_DECL std::string_view describe(url_error e, language in = language::english) noexcept;

/// Called by `result<url, url_error>::value()`: throws std::invalid_argument with the sentence of `describe`.
[[noreturn]] POSTHORN_DECL void throw_exception_from_error(url_error e, boost::source_location const& where);

class url;

/// Reads an absolute http or https URL, strictly: what passes has one meaning for every parser and resolver.
///
/// Nothing is repaired or decoded. Bytes are those of RFC 3986; there is no userinfo and no fragment. A host
/// is a dotted quad of four decimal numbers, an IPv6 address in brackets without a zone, or a DNS name of
/// letters, digits, hyphens and underscores (one trailing dot is dropped). A name whose last label looks like
/// a number is refused, since resolvers read `127.1`, `0x7f.1` and `2130706433` as addresses. Names in other
/// scripts are written as A-labels (`xn--`). Whether a URL may be called is another question: see
/// AddressGuard.
[[nodiscard]] POSTHORN_DECL boost::system::result<url, url_error> parse_url(std::string_view text);

/// A URL that `parse_url` accepted, in the parts that a request needs.
///
/// Thread safety: distinct objects safe; shared objects safe for const access.
class url {
  public:
    [[nodiscard]] bool https() const noexcept { return https_; }

    /// Lower case, without brackets and without a trailing dot.
    [[nodiscard]] std::string const& host() const noexcept { return host_; }

    /// As written, or the scheme's default: 443 for https, 80 for http.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// True if `host` is an IPv4 or IPv6 address and no name.
    [[nodiscard]] bool is_address() const noexcept { return is_address_; }

    /// Path and query exactly as written; begins with '/'. Valid as long as the url lives unchanged.
    [[nodiscard]] std::string_view target() const noexcept { return target_; }

    /// What the Host header says: `host`, in brackets if it is an IPv6 address, and the port if it is not the
    /// default.
    [[nodiscard]] POSTHORN_DECL std::string authority() const;

    [[nodiscard]] friend bool operator==(url const&, url const&) = default;

  private:
    friend boost::system::result<url, url_error> parse_url(std::string_view text);

    url(bool https, bool is_address, std::uint16_t port, std::string host, std::string target) noexcept
        : https_(https),
          is_address_(is_address),
          port_(port),
          host_(std::move(host)),
          target_(std::move(target)) {}

    bool https_;
    bool is_address_;
    std::uint16_t port_;
    std::string host_;
    std::string target_;
};

namespace detail {

// What `describe` says, with a code.
[[nodiscard]] POSTHORN_DECL message_id message_of(url_error e) noexcept;

} // namespace detail

/// Appends `text` with every byte but letters, digits and `-._~` (RFC 3986 unreserved) written as %XX: it
/// stays one segment of a path or one part of a query, whatever it holds.
POSTHORN_DECL void append_percent_encoded(std::string& out, std::string_view text);

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/model/url.ipp>
#endif
