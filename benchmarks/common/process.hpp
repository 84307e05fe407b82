// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <optional>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <vector>

// What the senders and the receiver of the benchmarks share as processes of one machine: what the text of an
// option means, where they run, and descriptors.
namespace bench {

[[noreturn]] inline void throw_errno(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

inline int check(int result, char const* what) {
    if (result < 0)
        throw_errno(what);
    return result;
}

class descriptor {
  public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    ~descriptor() { ::close(fd_); }

    [[nodiscard]] int get() const noexcept { return fd_; }

  private:
    int fd_;
};

template <class Number>
[[nodiscard]] Number to_number(std::string_view text, std::string_view what) {
    Number value{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::invalid_argument(std::string(what) + ": not a number");
    return value;
}

// Pins the process, makes it real-time where that is allowed, and lets it have many sockets.
inline void place(std::optional<unsigned> core, bool fifo) {
    if (core) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET(*core, &cores);
        if (::sched_setaffinity(0, sizeof cores, &cores) != 0)
            throw std::runtime_error("--core: there is no such core");
    }
    if (fifo) {
        // Needs a privilege that a developer's shell seldom has; the run is then noisier, not wrong.
        sched_param parameters{};
        parameters.sched_priority = 10;
        static_cast<void>(::sched_setscheduler(0, SCHED_FIFO, &parameters));
    }
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        static_cast<void>(::setrlimit(RLIMIT_NOFILE, &files));
    }
}

[[nodiscard]] inline std::vector<unsigned char> decode_secret(std::string_view secret) {
    constexpr std::string_view prefix = "whsec_";
    if (secret.starts_with(prefix))
        secret.remove_prefix(prefix.size());
    auto const padding = secret.size() - std::min(secret.size(), secret.find_last_not_of('=') + 1);
    std::vector<unsigned char> key(secret.size() / 4 * 3);
    auto const size = EVP_DecodeBlock(key.data(), reinterpret_cast<unsigned char const*>(secret.data()),
                                      static_cast<int>(secret.size()));
    if (size <= 0 || padding > 2)
        throw std::invalid_argument("not a Standard Webhooks secret");
    // EVP_DecodeBlock counts the padding as bytes.
    key.resize(static_cast<std::size_t>(size) - padding);
    return key;
}

} // namespace bench
