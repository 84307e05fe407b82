// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/model/url.hpp>

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <stdexcept>

namespace posthorn {

namespace detail {

// '#' is left out: a fragment never reaches a server, so one in a webhook's URL is a mistake.
[[nodiscard]] inline bool is_url_byte(char c) noexcept {
    return is_alnum(c) || std::string_view("-._~:/?[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

[[nodiscard]] inline bool is_scheme(std::string_view text) noexcept {
    return !text.empty() && is_alpha(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || c == '+' || c == '-' || c == '.';
    });
}

[[nodiscard]] POSTHORN_DECL bool is_url_target(std::string_view text) noexcept {
    if (text.find_first_of("[]") != std::string_view::npos)
        return false;
    for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3))
        if (text.size() - at < 3 || !is_hex_digit(text[at + 1]) || !is_hex_digit(text[at + 2]))
            return false;
    return true;
}

/// 0 if `text` is no port.
[[nodiscard]] POSTHORN_DECL std::uint16_t parse_port(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5 || text.front() == '0')
        return 0;
    unsigned value = 0;
    for (char const c : text) {
        if (!is_digit(c))
            return 0;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value <= 65535 ? static_cast<std::uint16_t>(value) : std::uint16_t{0};
}

// Leading zeros are refused: resolvers read them as octal.
[[nodiscard]] POSTHORN_DECL bool is_ipv4(std::string_view text) noexcept {
    for (int octets = 1;; ++octets) {
        auto const piece = text.substr(0, text.find('.'));
        if (piece != "0" && (parse_port(piece) == 0 || parse_port(piece) > 255))
            return false;
        if (piece.size() == text.size())
            return octets == 4;
        text.remove_prefix(piece.size() + 1);
    }
}

[[nodiscard]] POSTHORN_DECL bool is_ipv6(std::string_view text) noexcept {
    int groups = 0;
    bool compressed = text.starts_with("::");
    if (compressed)
        text.remove_prefix(2);
    while (!text.empty()) {
        auto const piece = text.substr(0, text.find(':'));
        text.remove_prefix(piece.size());
        if (text.empty() && piece.find('.') != std::string_view::npos) {
            groups += 2;
            return is_ipv4(piece) && (compressed ? groups <= 7 : groups == 8);
        }
        if (piece.empty() || piece.size() > 4 || !std::all_of(piece.begin(), piece.end(), is_hex_digit))
            return false;
        ++groups;
        if (text.starts_with("::")) {
            if (compressed)
                return false;
            compressed = true;
            text.remove_prefix(2);
        } else if (text.size() == 1) {
            return false;
        } else if (!text.empty()) {
            text.remove_prefix(1);
        }
    }
    return compressed ? groups <= 7 : groups == 8;
}

[[nodiscard]] inline std::uint32_t punycode_bias(std::uint32_t delta, std::uint32_t points,
                                                 bool first) noexcept {
    delta = first ? delta / 700 : delta / 2;
    delta += delta / points;
    std::uint32_t k = 0;
    for (; delta > 455; k += 36)
        delta /= 35;
    return k + 36 * delta / (delta + 38);
}

/// True if `text`, an A-label without its `xn--`, decodes by RFC 3492 to text beyond ASCII.
[[nodiscard]] POSTHORN_DECL bool is_punycode(std::string_view text) noexcept {
    if (text.find('_') != std::string_view::npos)
        return false;
    auto const hyphen = text.rfind('-');
    auto const basic = hyphen == std::string_view::npos ? 0 : hyphen;
    auto points = static_cast<std::uint32_t>(basic);
    std::uint32_t point = 0x80;
    std::uint32_t bias = 72;
    std::uint64_t index = 0;
    text.remove_prefix(basic == 0 ? 0 : basic + 1);
    bool const any = !text.empty();
    while (!text.empty()) {
        auto const before = index;
        std::uint64_t weight = 1;
        for (std::uint32_t k = 36;; k += 36, text.remove_prefix(1)) {
            if (text.empty() || text.front() == '-')
                return false;
            auto const digit = static_cast<std::uint32_t>(is_digit(text.front()) ? text.front() - '0' + 26
                                                                                 : text.front() - 'a');
            index += digit * weight;
            auto const threshold = k <= bias ? 1U : std::min(k - bias, 26U);
            if (index > 0xffffffff || weight > 0xffffffff)
                return false;
            if (digit < threshold)
                break;
            weight *= 36 - threshold;
        }
        text.remove_prefix(1);
        ++points;
        bias = punycode_bias(static_cast<std::uint32_t>(index - before), points, before == 0);
        auto const next = point + index / points;
        if (next < 0xa0 || next > 0x10ffff || (next >= 0xd800 && next <= 0xdfff))
            return false;
        point = static_cast<std::uint32_t>(next);
        index = index % points + 1;
    }
    return any;
}

/// `label` is in lower case.
[[nodiscard]] POSTHORN_DECL bool is_dns_label(std::string_view label) noexcept {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
        return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_'; }))
        return false;
    // RFC 5891: two hyphens there announce an encoding, and only xn-- is one.
    bool const tagged = label.size() >= 4 && label.substr(2, 2) == "--";
    return !tagged || (label.starts_with("xn--") && is_punycode(label.substr(4)));
}

[[nodiscard]] POSTHORN_DECL bool looks_like_a_number(std::string_view label) noexcept {
    if (label.starts_with("0x"))
        return std::all_of(label.begin() + 2, label.end(), is_hex_digit);
    return std::all_of(label.begin(), label.end(), is_digit);
}

/// `name` is in lower case and without its trailing dot.
[[nodiscard]] POSTHORN_DECL bool is_dns_name(std::string_view name) noexcept {
    if (name.size() > 253)
        return false;
    for (;;) {
        auto const label = name.substr(0, name.find('.'));
        if (!is_dns_label(label))
            return false;
        if (label.size() == name.size())
            return !looks_like_a_number(label);
        name.remove_prefix(label.size() + 1);
    }
}

struct url_authority {
    std::string host;
    std::uint16_t port = 0;
    bool is_address = false;
};

[[nodiscard]] POSTHORN_DECL boost::system::result<url_authority, url_error>
parse_url_authority(std::string_view text, std::uint16_t default_port) {
    bool const bracketed = text.starts_with('[');
    auto const end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (end == std::string_view::npos)
        return url_error::syntax;
    auto const host = text.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
    auto rest = text.substr(bracketed ? end + 1 : end);
    if (host.find_first_of("[]") != std::string_view::npos || (!rest.empty() && rest.front() != ':'))
        return url_error::syntax;

    url_authority parsed{std::string(host), default_port, bracketed};
    if (!rest.empty()) {
        rest.remove_prefix(1);
        if (rest.find_first_of(":[]") != std::string_view::npos)
            return url_error::syntax;
        parsed.port = parse_port(rest);
        if (parsed.port == 0)
            return url_error::port;
    }
    std::transform(parsed.host.begin(), parsed.host.end(), parsed.host.begin(), to_lower);
    if (bracketed)
        return is_ipv6(parsed.host) ? boost::system::result<url_authority, url_error>(std::move(parsed))
                                    : url_error::host;
    if (is_ipv4(parsed.host)) {
        parsed.is_address = true;
        return parsed;
    }
    if (parsed.host.ends_with('.'))
        parsed.host.pop_back();
    if (!is_dns_name(parsed.host))
        return url_error::host;
    return parsed;
}

POSTHORN_DECL message_id message_of(url_error e) noexcept {
    switch (e) {
    case url_error::syntax:
        return message_id::url_malformed;
    case url_error::scheme:
        return message_id::url_scheme;
    case url_error::userinfo:
        return message_id::url_userinfo;
    case url_error::host:
        return message_id::url_host;
    case url_error::port:
        return message_id::url_port;
    case url_error::too_long:
        return message_id::url_too_long;
    }
    return message_id::url_invalid;
}

} // namespace detail

POSTHORN_DECL std::string_view describe(url_error e, language in) noexcept {
    return detail::pattern_of(detail::message_of(e), in);
}

POSTHORN_DECL void throw_exception_from_error(url_error e, boost::source_location const& where) {
    boost::throw_with_location(std::invalid_argument(std::string(describe(e))), where);
}

POSTHORN_DECL boost::system::result<url, url_error> parse_url(std::string_view text) {
    if (text.size() > max_url_size)
        return url_error::too_long;
    auto const colon = text.find(':');
    if (!std::all_of(text.begin(), text.end(), detail::is_url_byte) || colon == std::string_view::npos ||
        !detail::is_scheme(text.substr(0, colon)))
        return url_error::syntax;
    bool const https = detail::iequals(text.substr(0, colon), "https");
    if (!https && !detail::iequals(text.substr(0, colon), "http"))
        return url_error::scheme;
    if (!text.substr(colon + 1).starts_with("//"))
        return url_error::syntax;

    text.remove_prefix(colon + 3);
    auto const authority = text.substr(0, text.find_first_of("/?"));
    auto const target = text.substr(authority.size());
    if (authority.find('@') != std::string_view::npos)
        return url_error::userinfo;
    auto parsed = detail::parse_url_authority(authority, https ? 443 : 80);
    if (parsed.has_error())
        return parsed.error();
    if (!detail::is_url_target(target))
        return url_error::syntax;
    return url(https, parsed->is_address, parsed->port, std::move(parsed->host),
               std::string(target.starts_with('/') ? "" : "/").append(target));
}

POSTHORN_DECL std::string url::authority() const {
    bool const ipv6 = host_.find(':') != std::string::npos;
    auto text = ipv6 ? '[' + host_ + ']' : host_;
    if (port_ != (https_ ? 443 : 80))
        text.append(1, ':').append(std::to_string(port_));
    return text;
}

POSTHORN_DECL void append_percent_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (char const c : text) {
        if (detail::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out.push_back(c);
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
}

} // namespace posthorn
