// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "key_file.hpp"

#include <openssl/rand.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace monitor {

namespace {

using hex_digits = std::array<char, 2 * posthorn::encryption_key::size>;

[[noreturn]] void fail(std::string const& file, std::string const& why) {
    throw std::runtime_error("the key file " + file + ": " + why);
}

[[noreturn]] void fail(std::string const& file, int error) {
    fail(file, std::generic_category().message(error));
}

hex_digits new_key() {
    std::array<unsigned char, posthorn::encryption_key::size> bytes;
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
    hex_digits text;
    constexpr char digits[] = "0123456789abcdef";
    for (std::size_t i = 0; i != bytes.size(); ++i) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return text;
}

// Its bytes are on the disk before anything is encrypted with them. It gets its name when it is whole, so
// that no other process reads a part of it; of several that make one at once, the first one counts.
void make(std::string const& file) {
    auto const draft = file + '.' + std::to_string(::getpid());
    int const fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        fail(file, errno);
    auto const text = new_key();
    errno = 0;
    bool const written =
        ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    bool const named = written && (::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
    int const error = errno == 0 ? ENOSPC : errno;
    ::close(fd);
    ::unlink(draft.c_str());
    if (!named)
        fail(file, error);
}

// Without the line's end that an editor or `openssl rand -hex 32` leaves.
posthorn::secret read(std::string const& file) {
    int const fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail(file, errno);
    hex_digits text;
    struct stat about{};
    bool const safe = ::fstat(fd, &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    auto const size = ::read(fd, text.data(), text.size());
    ::close(fd);
    if (!safe)
        fail(file, "others may read it; chmod 600");
    return posthorn::secret({text.data(), size > 0 ? static_cast<std::size_t>(size) : 0});
}

} // namespace

bool has_key(std::string const& file) {
    return ::access(file.c_str(), F_OK) == 0;
}

posthorn::encryption_keys passing_keys() {
    auto const text = new_key();
    return posthorn::static_keys::make(
               posthorn::parse_encryption_key("passing", {text.data(), text.size()}).value())
        .value();
}

posthorn::encryption_keys keys_from(std::string const& file) {
    if (!has_key(file))
        make(file);
    auto key = posthorn::parse_encryption_key("monitor", read(file).reveal());
    if (!key)
        fail(file, key.error().message());
    return posthorn::static_keys::make(*std::move(key)).value();
}

} // namespace monitor
