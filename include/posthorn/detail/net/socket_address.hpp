// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

namespace posthorn::detail {

// What the operating system calls an address, if it is one of IP.
[[nodiscard]] inline std::optional<boost::asio::ip::address> address_of(sockaddr const* from) {
    if (from == nullptr)
        return std::nullopt;
    if (from->sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, from, sizeof v4);
        return boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (from->sa_family == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, from, sizeof v6);
        boost::asio::ip::address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return boost::asio::ip::address_v6(bytes, v6.sin6_scope_id);
    }
    return std::nullopt;
}

} // namespace posthorn::detail
