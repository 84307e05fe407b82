// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "../common/process.hpp"
#include "../common/sender.hpp"

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>

namespace bench {

// A receiver on a thread of this process, whose clock is therefore the sender's: notes when the first bytes
// of the last request came, and answers each with an empty 200. One connection at a time.
class peer {
  public:
    explicit peer(std::optional<unsigned> core)
        : listener_(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        check(::bind(listener_.get(), any, sizeof address), "bind");
        check(::listen(listener_.get(), 1), "listen");
        check(::getsockname(listener_.get(), any, &size), "getsockname");
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, core] {
            place(core, false);
            serve();
        });
    }
    peer(peer const&) = delete;
    peer& operator=(peer const&) = delete;

    ~peer() {
        ending_ = true;
        ::shutdown(listener_.get(), SHUT_RDWR);
        if (auto const socket = open_.load(); socket != none)
            ::shutdown(socket, SHUT_RDWR);
        thread_.join();
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    [[nodiscard]] steady::time_point last_seen() const noexcept {
        return steady::time_point(steady::duration(seen_.load()));
    }

  private:
    // One connection after the other, until nobody may connect any more.
    void serve() {
        for (;;) {
            auto const accepted = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
            if (accepted < 0)
                return;
            descriptor const socket(accepted);
            open_ = accepted;
            if (!ending_)
                serve(socket);
            open_ = none;
        }
    }

    void serve(descriptor const& socket) {
        int const on = 1;
        static_cast<void>(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
        std::array<char, 64 * 1024> buffer;
        for (std::string request;;) {
            auto const count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                return;
            if (request.empty())
                seen_ = steady::now().time_since_epoch().count();
            request.append(buffer.data(), static_cast<std::size_t>(count));
            if (!is_whole(request))
                continue;
            request.clear();
            constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            if (::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0)
                return;
        }
    }

    [[nodiscard]] static bool is_whole(std::string_view request) {
        auto const end = request.find("\r\n\r\n");
        if (end == std::string_view::npos)
            return false;
        constexpr std::string_view name = "\r\nContent-Length: ";
        auto const at = request.find(name);
        std::size_t body = 0;
        if (at < end)
            std::from_chars(request.data() + at + name.size(), request.data() + end, body);
        return request.size() >= end + 4 + body;
    }

    static constexpr int none = -1;

    descriptor listener_;
    std::atomic<bool> ending_{false};
    std::atomic<int> open_{none};
    std::uint16_t port_ = 0;
    std::atomic<std::int64_t> seen_{0};
    std::thread thread_;
};

} // namespace bench
