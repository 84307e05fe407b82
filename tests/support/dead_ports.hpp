// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

// Receivers that nobody reaches.
namespace posthorn::test {

namespace dead_ports_detail {

// Throws unless the system did what a test needs.
inline void check(bool done) {
    if (!done)
        throw std::system_error(errno, std::generic_category(), "no port for a test");
}

} // namespace dead_ports_detail

/// A name that hangs until it is let go.
class held_lookup {
  public:
    void release() {
        std::scoped_lock const lock(mutex_);
        open_ = true;
        opened_.notify_all();
    }

    void wait() {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [&] { return open_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
};

/// A port of this machine that takes connections up to a point and never answers a handshake beyond it.
class full_backlog {
  public:
    full_backlog() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        auto* const address = reinterpret_cast<sockaddr*>(&at);
        dead_ports_detail::check(::bind(listener_, address, size) == 0);
        dead_ports_detail::check(::listen(listener_, 0) == 0);
        dead_ports_detail::check(::getsockname(listener_, address, &size) == 0);
        port_ = ntohs(at.sin_port);
        for (auto& s : fillers_) {
            s = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            (void)!::connect(s, address, size);
        }
    }

    full_backlog(full_backlog const&) = delete;
    full_backlog& operator=(full_backlog const&) = delete;

    ~full_backlog() {
        for (auto const s : fillers_)
            ::close(s);
        ::close(listener_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  private:
    int listener_;
    int fillers_[4] = {};
    std::uint16_t port_ = 0;
};

/// A port on which nobody listens: bound, so that nobody else takes it meanwhile.
class closed_port {
  public:
    closed_port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        auto* const address = reinterpret_cast<sockaddr*>(&at);
        dead_ports_detail::check(::bind(socket_, address, size) == 0);
        dead_ports_detail::check(::getsockname(socket_, address, &size) == 0);
        port_ = ntohs(at.sin_port);
    }

    closed_port(closed_port const&) = delete;
    closed_port& operator=(closed_port const&) = delete;
    ~closed_port() { ::close(socket_); }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  private:
    int socket_;
    std::uint16_t port_ = 0;
};

} // namespace posthorn::test
