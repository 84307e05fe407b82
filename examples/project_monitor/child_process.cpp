// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "child_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace monitor {

namespace {

constexpr int patience_ms = 10'000;

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& t : texts)
        all.push_back(t.data());
    all.push_back(nullptr);
    return all;
}

[[noreturn]] void fail(std::string const& what, int error) {
    throw std::runtime_error(what + ": " + std::generic_category().message(error));
}

int milliseconds_until(child_process::deadline until) {
    auto const left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, 3'600'000));
}

} // namespace

child_process::child_process(std::vector<std::string> command, std::vector<std::string> environment) {
    for (char** variable = environ; *variable != nullptr; ++variable)
        environment.emplace_back(*variable);
    spawn(command, environment);
}

child_process::~child_process() {
    close();
}

void child_process::spawn(std::vector<std::string>& command, std::vector<std::string>& environment) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0)
        fail("no pipe", errno);
    to_child_ = in[1];
    if (::pipe2(out, O_CLOEXEC) != 0) {
        ::close(in[0]);
        close();
        fail("no pipe", errno);
    }
    from_child_ = out[0];
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
    // A group and a signal mask of its own: Ctrl-C is for this process, which then ends the other.
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
    ::close(in[0]);
    ::close(out[1]);
    if (error != 0) {
        pid_ = -1;
        close();
        fail(command.front() + " cannot be started", error);
    }
}

std::optional<std::string> child_process::read_line(deadline until) {
    for (;;) {
        if (auto const end = text_.find('\n'); end != text_.npos) {
            auto line = text_.substr(0, end);
            text_.erase(0, end + 1);
            return line;
        }
        pollfd readable{from_child_, POLLIN, 0};
        if (silent_ || ::poll(&readable, 1, milliseconds_until(until)) != 1)
            return std::nullopt;
        char piece[4096];
        auto const n = ::read(from_child_, piece, sizeof piece);
        silent_ = n <= 0;
        text_.append(piece, silent_ ? 0 : static_cast<std::size_t>(n));
    }
}

void child_process::kill() noexcept {
    if (pid_ > 0)
        ::kill(pid_, SIGKILL);
}

std::string child_process::wait() {
    int status = 0;
    if (pid_ > 0)
        ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                               : std::to_string(WEXITSTATUS(status));
}

void child_process::close() noexcept {
    // The end of its output says that it is gone.
    if (to_child_ >= 0)
        ::close(to_child_);
    if (pid_ > 0) {
        pollfd gone{from_child_, 0, 0};
        if (::poll(&gone, 1, patience_ms) != 1)
            kill();
        ::waitpid(pid_, nullptr, 0);
    }
    if (from_child_ >= 0)
        ::close(from_child_);
}

} // namespace monitor
