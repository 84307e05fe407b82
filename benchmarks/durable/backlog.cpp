// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A process that starts on a file with many pending deliveries.

#include "durable.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <fstream>
#include <sys/wait.h>

namespace bench {

namespace {

namespace asio = boost::asio;

// In a process of its own, so that what it leaves in memory is not that of the next.
template <class Work>
void in_child(Work work) {
    std::fflush(stdout);
    auto const child = check(::fork(), "fork");
    if (child == 0) {
        int code = 1;
        try {
            work();
            code = 0;
        } catch (std::exception const& e) {
            std::fprintf(stderr, "%s\n", e.what());
        }
        std::fflush(stdout);
        std::_Exit(code);
    }
    int status = 0;
    check(::waitpid(child, &status, 0), "waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error("a part of the benchmark failed");
}

// In KiB.
[[nodiscard]] std::size_t resident() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::strtoull(line.c_str() + 6, nullptr, 10);
    throw std::runtime_error("/proc/self/status names no VmRSS");
}

// Drops what the kernel has of the file in memory.
void forget_pages(std::string const& path) {
    descriptor const fd(check(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "open"));
    check(::fdatasync(fd.get()), "fdatasync");
    if (auto const error = ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED); error != 0)
        throw std::system_error(error, std::generic_category(), "posix_fadvise");
}

asio::awaitable<void> claim_once(posthorn::sqlite_storage storage, std::size_t most,
                                 std::vector<posthorn::claimed_delivery>& out) {
    auto const now = wall_now();
    posthorn::lease const hold(1, now + std::chrono::hours(24));
    posthorn::claim_query const query(most);
    auto claiming = storage.claim(now, hold, query, out);
    auto const done = co_await std::move(claiming);
    if (!done)
        throw std::runtime_error("claim: " + done.error().message());
}

void start(std::string const& path, durable_options const& wanted, std::string const& more) {
    auto const resident_before = resident();
    auto const begun = steady::now();
    auto const storage = open_storage(path, wanted.durability);
    auto const open_seconds = seconds_since(begun);
    auto const resident_open = resident();
    auto const claiming_begun = steady::now();
    asio::io_context io(1);
    std::vector<posthorn::claimed_delivery> claimed;
    std::exception_ptr failed;
    asio::co_spawn(io, claim_once(storage, wanted.batch, claimed), [&](std::exception_ptr e) { failed = e; });
    io.run();
    if (failed)
        std::rethrow_exception(failed);
    auto const claim_seconds = seconds_since(claiming_begun);
    std::printf("{\"name\":\"backlog\",\"open_seconds\":%.6f,\"claim_seconds\":%.6f,\"claimed\":%zu,"
                "\"resident_kib\":%zu,\"resident_open_kib\":%zu,\"resident_claimed_kib\":%zu%s}\n",
                open_seconds, claim_seconds, claimed.size(), resident_before, resident_open, resident(),
                more.c_str());
}

} // namespace

void measure_backlog(durable_options const& wanted) {
    database_file const file(wanted);
    in_child([&] { fill(file.path(), wanted); });
    auto const more = number_member("rows", wanted.count) + number_member("file_bytes", file.size());
    in_child([&] { start(file.path(), wanted, more + text_member("cache", "warm")); });
    forget_pages(file.path());
    in_child([&] { start(file.path(), wanted, more + text_member("cache", "cold")); });
}

} // namespace bench
