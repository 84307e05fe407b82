// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What the storage in SQLite costs:
//   disk        the folder's file system, and what it takes to write 4 KiB to the disk
//   accept      transactions of --batch events each, with one match; nobody delivers. --bare: the same rows
//   into
//               the same tables by prepared statements, without the library
//   render      the same events matched and rendered, and not stored
//   claim       --count pending rows claimed and settled, --batch at a time
//   deliver     transactions of --batch events, delivered to a receiver. --memory: by the storage in memory
//   first-byte  one event at a time, of a host that is idle: from commit() to the receiver, which is a thread
//   backlog     a file with --count pending rows opened, and claimed from for the first time
//   admin       how long the lists of the administration take, with 10 000 webhooks and --count orders
//   registry    --count webhooks loaded by another handle, one change of them seen there; what a transaction
//   of one
//               event pays to see each change
//   reach       --count changes of a webhook by one process, until another one acts on them: idle, and under
//   1000
//               dispatches a second
//
// Usage: posthorn_durable COMMAND [--count N] [--batch N] [--body BYTES] [--durability full|normal] [--folder
// DIR]
//            [--bare] [--memory] [--port N] [--connections N] [--window N] [--core N] [--receiver-core N]
// Prints lines of JSON. Nothing is real-time or spins: the kernel needs a core to write to the disk.

#include "durable.hpp"

#include <array>
#include <exception>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <sstream>

namespace bench {

namespace {

// The type of the file system that a folder is in.
[[nodiscard]] std::string file_system_of(std::filesystem::path const& folder) {
    auto const wanted = std::filesystem::canonical(folder).string();
    std::ifstream mounts("/proc/self/mounts");
    std::string best_type = "unknown";
    std::size_t best = 0;
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream words(line);
        std::string device;
        std::string where;
        std::string type;
        words >> device >> where >> type;
        auto const inside = where == "/" || wanted == where || wanted.starts_with(where + "/");
        // A later mount hides an earlier one.
        if (inside && where.size() >= best) {
            best = where.size();
            best_type = type;
        }
    }
    return best_type;
}

// How long it takes until 4 KiB are on the disk: in a file that has its size, or at the end of one.
[[nodiscard]] percentiles writing(durable_options const& wanted, bool growing) {
    constexpr std::size_t page = 4096;
    constexpr std::size_t pages = 64;
    database_file const file(wanted);
    descriptor const fd(check(::open(file.path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open"));
    std::array<char, page> bytes{};
    auto const write = [&](std::size_t at) {
        if (::pwrite(fd.get(), bytes.data(), page, static_cast<off_t>(at * page)) != page)
            throw_errno("pwrite");
    };
    for (std::size_t i = 0; i != pages; ++i)
        write(i);
    check(::fdatasync(fd.get()), "fdatasync");
    percentiles all;
    for (std::size_t i = 0; i != wanted.count; ++i) {
        bytes[i % page] = static_cast<char>(bytes[i % page] + 1);
        auto const begun = steady::now();
        write(growing ? pages + i : i % pages);
        check(::fdatasync(fd.get()), "fdatasync");
        all.add(steady::now() - begun);
    }
    return all;
}

[[nodiscard]] durable_options read_options(int argc, char** argv) {
    if (argc < 2)
        throw std::invalid_argument("a command is missing");
    durable_options o;
    o.command = argv[1];
    for (int i = 2; i < argc; ++i) {
        std::string_view const name(argv[i]);
        std::map<std::string_view, bool*> const flags{{"--bare", &o.bare}, {"--memory", &o.memory}};
        if (auto const flag = flags.find(name); flag != flags.end()) {
            *flag->second = true;
            continue;
        }
        if (i + 1 == argc)
            throw std::invalid_argument(std::string(name) + ": an unknown option, or its value is missing");
        std::string_view const value(argv[++i]);
        std::map<std::string_view, std::size_t*> const numbers{{"--count", &o.count},
                                                               {"--batch", &o.batch},
                                                               {"--body", &o.body},
                                                               {"--connections", &o.connections},
                                                               {"--window", &o.window}};
        if (auto const number = numbers.find(name); number != numbers.end())
            *number->second = to_number<std::size_t>(value, name);
        else if (name == "--port")
            o.port = to_number<std::uint16_t>(value, name);
        else if (name == "--core")
            o.core = to_number<unsigned>(value, name);
        else if (name == "--receiver-core")
            o.receiver_core = to_number<unsigned>(value, name);
        else if (name == "--folder")
            o.folder = value;
        else if (name == "--durability" && (value == "full" || value == "normal"))
            o.durability = value == "full" ? posthorn::sqlite_durability::power_loss
                                           : posthorn::sqlite_durability::process_end;
        else
            throw std::invalid_argument("unknown option " + std::string(name));
    }
    if (o.count == 0 || o.batch == 0 || o.connections == 0 || o.window < o.batch)
        throw std::invalid_argument(
            "--count, --batch and --connections must be positive, --window no less than "
            "--batch");
    return o;
}

} // namespace

void measure_disk(durable_options const& wanted) {
    std::filesystem::create_directories(wanted.folder);
    auto in_place = writing(wanted, false);
    auto growing = writing(wanted, true);
    std::printf("{\"name\":\"disk\",\"file_system\":\"%s\",\"writes\":%zu,\"in_place_us\":%s,"
                "\"growing_us\":%s,\"sqlite\":\"%s\"}\n",
                file_system_of(wanted.folder).c_str(), wanted.count, in_place.json().c_str(),
                growing.json().c_str(), sqlite3_libversion());
}

} // namespace bench

int main(int argc, char** argv) {
    try {
        auto const wanted = bench::read_options(argc, argv);
        std::map<std::string_view, void (*)(bench::durable_options const&)> const commands{
            {"disk", bench::measure_disk},         {"accept", bench::measure_accept},
            {"render", bench::measure_render},     {"claim", bench::measure_claim},
            {"deliver", bench::measure_delivery},  {"first-byte", bench::measure_first_byte},
            {"backlog", bench::measure_backlog},   {"admin", bench::measure_admin},
            {"registry", bench::measure_registry}, {"reach", bench::measure_reach}};
        auto const command = commands.find(wanted.command);
        if (command == commands.end())
            throw std::invalid_argument("unknown command " + wanted.command);
        bench::place(wanted.core, false);
        command->second(wanted);
        return 0;
    } catch (std::exception const& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return 1;
    }
}
