// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "receiver_process.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace monitor {

namespace {

constexpr int patience_ms = 10'000;

[[noreturn]] void fail(std::string const& what, int error) {
    throw std::runtime_error("receiver: " + what + ": " + std::generic_category().message(error));
}

class descriptor {
  public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    ~descriptor() {
        if (fd_ >= 0)
            ::close(fd_);
    }

    [[nodiscard]] int get() const noexcept { return fd_; }

  private:
    int fd_;
};

std::uint16_t port_after(std::string_view line, std::string_view name) {
    std::uint16_t port = 0;
    if (auto const at = line.find(name); at != line.npos)
        std::from_chars(line.data() + at + name.size(), line.data() + line.size(), port);
    return port;
}

int connect_to(std::uint16_t port) {
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    timeval const patience{patience_ms / 1000, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) {
        int const error = errno;
        ::close(fd);
        fail("its control port cannot be reached", error);
    }
    return fd;
}

std::string exchange_with(int fd, std::string_view request) {
    while (!request.empty()) {
        auto const n = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
        if (n <= 0)
            fail("it does not read from its control port", errno);
        request.remove_prefix(static_cast<std::size_t>(n));
    }
    std::string answer;
    std::vector<char> piece(64 * 1024);
    for (;;) {
        auto const n = ::recv(fd, piece.data(), piece.size(), 0);
        if (n < 0)
            fail("it does not answer on its control port", errno);
        if (n == 0)
            return answer;
        answer.append(piece.data(), static_cast<std::size_t>(n));
    }
}

// A command line can be seen by all users of the machine.
std::vector<std::string> with_key(std::vector<std::string> environment, posthorn::secret const& key) {
    environment.push_back("WEBHOOK_SECRET=" + std::string(key.reveal()));
    return environment;
}

} // namespace

receiver_process::receiver_process(std::vector<std::string> command, std::vector<std::string> environment,
                                   posthorn::secret const& key)
    : process_(std::move(command), with_key(std::move(environment), key)) {
    auto const until = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    auto const line = process_.read_line(until);
    if (!line)
        throw std::runtime_error("receiver: it did not get ready");
    hook_port_ = port_after(*line, "hook=");
    control_port_ = port_after(*line, "control=");
    auto const verifier = line->find("verifier=");
    if (!line->starts_with("ready ") || hook_port_ == 0 || control_port_ == 0 || verifier == line->npos)
        throw std::runtime_error("receiver: its first line is not understood: " + *line);
    verifier_ = line->substr(verifier + 9);
}

// HTTP/1.0: the answer ends with the connection, whatever its length.
std::string receiver_process::call(std::string_view what, std::string_view body) {
    std::string request(what);
    request.append(" HTTP/1.0\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
    descriptor const connection(connect_to(control_port_));
    auto answer = exchange_with(connection.get(), request.append(body));
    auto const header_end = answer.find("\r\n\r\n");
    if (!answer.starts_with("HTTP/1.") || answer.find(" 200 ") != 8 || header_end == answer.npos)
        throw std::runtime_error("receiver: " + std::string(what) + " was answered with " +
                                 answer.substr(0, answer.find('\r')));
    return answer.substr(header_end + 4);
}

} // namespace monitor
