// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "receiver_process.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

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

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& t : texts)
        all.push_back(t.data());
    all.push_back(nullptr);
    return all;
}

// False at the end of the stream, and when nothing comes.
bool read_more(int fd, std::string& text) {
    pollfd readable{fd, POLLIN, 0};
    if (::poll(&readable, 1, patience_ms) != 1)
        return false;
    char piece[4096];
    auto const n = ::read(fd, piece, sizeof piece);
    if (n > 0)
        text.append(piece, static_cast<std::size_t>(n));
    return n > 0;
}

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

} // namespace

receiver_process::receiver_process(std::vector<std::string> command, std::vector<std::string> environment,
                                   posthorn::secret const& key) {
    command.emplace_back("--secret");
    command.emplace_back(key.reveal());
    for (char** variable = environ; *variable != nullptr; ++variable)
        environment.emplace_back(*variable);
    spawn(command, environment);
    try {
        read_ready_line();
    } catch (...) {
        end();
        throw;
    }
}

receiver_process::~receiver_process() {
    end();
}

void receiver_process::spawn(std::vector<std::string>& command, std::vector<std::string>& environment) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
        fail("no pipe", errno);
    descriptor const child_in(in[0]);
    descriptor const child_out(out[1]);
    to_child_ = in[1];
    from_child_ = out[0];
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, child_in.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, child_out.get(), STDOUT_FILENO);
    // A group and a signal mask of its own: Ctrl-C is for the server, which then ends the receiver.
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&how, &none);
    int const error = ::posix_spawnp(&pid_, command.front().c_str(), &files, &how, pointers(command).data(),
                                     pointers(environment).data());
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
        pid_ = -1;
        end();
        fail(command.front() + " cannot be started", error);
    }
}

void receiver_process::read_ready_line() {
    std::string line;
    while (line.find('\n') == line.npos)
        if (!read_more(from_child_, line))
            throw std::runtime_error("receiver: it did not get ready");
    line.resize(line.find('\n'));
    hook_port_ = port_after(line, "hook=");
    control_port_ = port_after(line, "control=");
    auto const verifier = line.find("verifier=");
    if (!line.starts_with("ready ") || hook_port_ == 0 || control_port_ == 0 || verifier == line.npos)
        throw std::runtime_error("receiver: its first line is not understood: " + line);
    verifier_ = line.substr(verifier + 9);
}

void receiver_process::end() noexcept {
    // The end of its input is the end of the receiver; the end of its output says that it is gone.
    if (to_child_ >= 0)
        ::close(to_child_);
    if (pid_ > 0) {
        pollfd gone{from_child_, 0, 0};
        if (::poll(&gone, 1, patience_ms) != 1)
            ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    if (from_child_ >= 0)
        ::close(from_child_);
    to_child_ = from_child_ = pid_ = -1;
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
