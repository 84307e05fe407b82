// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/model/header_rules.hpp>

#include <algorithm>
#include <array>

namespace posthorn {

namespace detail {

[[nodiscard]] inline bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

[[nodiscard]] inline bool is_field_value(std::string_view text) noexcept {
    auto const blank = [](char c) { return c == ' ' || c == '\t'; };
    if (!text.empty() && (blank(text.front()) || blank(text.back())))
        return false;
    return std::all_of(text.begin(), text.end(),
                       [blank](char c) { return (c > ' ' && c <= '~') || blank(c); });
}

POSTHORN_DECL message_id message_of(header_error e) noexcept {
    switch (e) {
    case header_error::name:
        return message_id::header_name;
    case header_error::value:
        return message_id::header_value;
    case header_error::reserved:
        return message_id::header_reserved;
    case header_error::limit:
        return message_id::header_limit;
    }
    return message_id::header_invalid;
}

} // namespace detail

POSTHORN_DECL std::string_view describe(header_error e, language in) noexcept {
    return detail::pattern_of(detail::message_of(e), in);
}

POSTHORN_DECL bool header_name_ok(std::string_view name) noexcept {
    return name.size() <= max_header_name_size && detail::is_token(name);
}

POSTHORN_DECL bool header_value_ok(std::string_view value) noexcept {
    return value.size() <= max_header_value_size && detail::is_field_value(value);
}

POSTHORN_DECL bool header_is_reserved(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 11> names{
        "host",    "content-length", "transfer-encoding", "te",    "connection", "upgrade", "http2-settings",
        "trailer", "keep-alive",     "content-encoding",  "expect"};
    return detail::istarts_with(name, "proxy-") || detail::istarts_with(name, "webhook-") ||
           std::any_of(names.begin(), names.end(),
                       [name](std::string_view reserved) { return detail::iequals(name, reserved); });
}

POSTHORN_DECL bool header_is_secret(std::string_view name) noexcept {
    return detail::iequals(name, "authorization") || detail::iequals(name, "proxy-authorization") ||
           detail::iequals(name, "cookie") || detail::iends_with(name, "-key") ||
           detail::iends_with(name, "-token") || detail::iends_with(name, "-secret");
}

POSTHORN_DECL std::optional<header_error> check_header(std::string_view name,
                                                       std::string_view value) noexcept {
    if (name.size() > max_header_name_size || value.size() > max_header_value_size)
        return header_error::limit;
    if (!detail::is_token(name))
        return header_error::name;
    if (header_is_reserved(name))
        return header_error::reserved;
    if (!detail::is_field_value(value))
        return header_error::value;
    return std::nullopt;
}

} // namespace posthorn
