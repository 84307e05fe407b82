// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/model/url.hpp>

#include "require.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

// A URL: what is accepted has one meaning, and the guard judges it without a fault.

namespace {

using namespace posthorn;

bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// Whether a resolver might read the label as a number.
bool looks_like_a_number(std::string_view label) {
    bool const hexadecimal = label.starts_with("0x");
    auto const digits = hexadecimal ? label.substr(2) : label;
    return std::all_of(digits.begin(), digits.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (hexadecimal && c >= 'a' && c <= 'f');
    });
}

void check_host(url const& u) {
    auto const& host = u.host();
    fuzz::require(!host.empty() && host.size() <= 253, "a host is empty or long");
    if (u.is_address()) {
        boost::system::error_code ec;
        (void)boost::asio::ip::make_address(host, ec);
        fuzz::require(!ec, "an address is none");
        return;
    }
    fuzz::require(std::all_of(host.begin(), host.end(), is_name_byte), "a name has a strange byte");
    fuzz::require(host.front() != '.' && host.back() != '.' && host.find("..") == host.npos,
                  "a name has an empty label");
    fuzz::require(!looks_like_a_number(std::string_view(host).substr(host.rfind('.') + 1)),
                  "a name ends in a number");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = fuzz::text_of(data, size);
    auto const parsed = parse_url(text);
    if (!parsed)
        return 0;
    fuzz::require(size <= max_url_size, "a long URL is accepted");
    fuzz::require(std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; }),
                  "a byte that no URL has is accepted");
    check_host(*parsed);
    fuzz::require(parsed->target().starts_with('/') && parsed->target().find('#') == std::string_view::npos,
                  "a target is none");
    fuzz::require(parsed->port() != 0, "a port is none");
    auto const written =
        (parsed->https() ? "https://" : "http://") + parsed->authority() + std::string(parsed->target());
    auto const again = parse_url(written);
    // A slash that was left out makes a URL longer.
    fuzz::require(written.size() > max_url_size || (again.has_value() && *again == *parsed),
                  "a URL changes its meaning");
    // This machine's own addresses are not the subject.
    static public_addresses const guard(
        own_addresses([] { return std::vector<boost::asio::ip::address>(); }));
    if (parsed->is_address() && guard.allows_endpoint(*parsed))
        fuzz::require(guard.allows_address(boost::asio::ip::make_address(parsed->host()), parsed->port()),
                      "an address is judged in two ways");
    return 0;
}
