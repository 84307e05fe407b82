// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/retry/decision.hpp>
#include <posthorn/retry/exponential.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>

// Outcomes in the words of tests/data/hostile_receivers.json.
namespace posthorn::test {

/// Whether an outcome has the cause that the catalogue names.
inline bool has_cause(exchange const& x, std::string_view cause) {
    static std::map<std::string_view, std::set<errc>> const causes{
        {"connect.refused", {errc::connect_refused}},
        {"connect.timeout", {errc::connect_timeout}},
        {"dns", {errc::dns_failed, errc::dns_timeout}},
        {"io.eof_before_response", {errc::eof_before_response}},
        {"io.partial_response", {errc::partial_response}},
        {"io.reset", {errc::connection_reset}},
        {"protocol.bad_field", {errc::bad_response_field}},
        {"protocol.bad_framing", {errc::bad_framing}},
        {"protocol.bad_length", {errc::bad_content_length}},
        {"protocol.bad_line", {errc::bad_response_line}},
        {"protocol.bad_status", {errc::bad_status}},
        {"protocol.bad_value", {errc::bad_response_field}},
        {"protocol.bad_version", {errc::bad_version}},
        {"protocol.header_count", {errc::header_limit}},
        {"protocol.header_limit", {errc::header_limit}},
        {"protocol.too_many_interim", {errc::too_many_interim}},
        {"protocol.unexpected_upgrade", {errc::unexpected_upgrade}},
        {"ssrf.self", {errc::blocked_address}},
        {"timeout.first_byte", {errc::response_timeout}},
        {"timeout.tls", {errc::tls_timeout}},
        {"timeout.total", {errc::total_timeout}},
        {"timeout.write", {errc::response_timeout}},
        {"tls.handshake", {errc::tls_handshake_failed}},
        {"tls.verify", {errc::tls_verify_failed}},
    };
    constexpr std::string_view http = "http.";
    if (!cause.starts_with(http)) {
        auto const found = causes.find(cause);
        return found != causes.end() && x.response.status == 0 &&
               std::any_of(found->second.begin(), found->second.end(), [&](errc e) { return x.error == e; });
    }
    auto const status = std::to_string(x.response.status);
    auto const pattern = cause.substr(http.size());
    return status.size() == pattern.size() && std::equal(status.begin(), status.end(), pattern.begin(),
                                                         [](char s, char p) { return p == 'x' || p == s; });
}

/// What the dispatcher would do.
inline std::string verdict(exchange const& x) {
    auto const d = detail::decide(x, 1, wall_time(), 0, exponential(), duration(std::chrono::hours(24)));
    if (d.state == delivery_state::delivered)
        return "delivered";
    if (d.state == delivery_state::pending)
        return "retry";
    return d.gone ? "gone" : "permanent";
}

/// Whether an outcome is what `expect` says, "retry:http.5xx".
inline bool is_as_expected(exchange const& x, std::string_view expect) {
    auto const colon = expect.find(':');
    return verdict(x) == expect.substr(0, colon) && has_cause(x, expect.substr(colon + 1));
}

} // namespace posthorn::test
