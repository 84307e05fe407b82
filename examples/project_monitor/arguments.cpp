// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "arguments.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace monitor {

namespace {

template <class Number>
Number number(std::string_view option, std::string_view digits, Number least) {
    Number n = 0;
    auto const end = digits.data() + digits.size();
    auto const read = std::from_chars(digits.data(), end, n);
    if (read.ec != std::errc() || read.ptr != end || n < least)
        throw std::invalid_argument(std::string(option) + " takes a number from " + std::to_string(least));
    return n;
}

} // namespace

arguments read_arguments(int argc, char const* const* argv) {
    arguments a;
    for (int i = 1; i < argc; ++i) {
        std::string_view const option(argv[i]);
        auto const value = [&]() -> std::string_view {
            if (++i == argc)
                throw std::invalid_argument(std::string(option) + " takes a value");
            return argv[i];
        };
        if (option == "--help")
            a.help = true;
        else if (option == "--serve")
            a.serve = true;
        else if (option == "--crash")
            a.crash = true;
        else if (option == "--kills")
            a.kills = number<std::size_t>(option, value(), 1);
        else if (option == "--work")
            a.work = number<std::uint16_t>(option, value(), 1);
        else if (option == "--data")
            a.data = value();
        else if (option == "--key-file")
            a.key_file = value();
        else if (option == "--changes")
            a.changes = number<std::size_t>(option, value(), 1);
        else if (option == "--seed")
            a.seed = number<std::uint64_t>(option, value(), 0);
        else if (option == "--receiver-modules")
            a.receiver_modules = value();
        else if (option == "--log")
            a.log = value();
        else
            throw std::invalid_argument((option.starts_with('-') ? "unknown option " : "unknown command ") +
                                        std::string(option) + "; --help lists what there is");
    }
    if (a.crash && (a.serve || !a.data.empty()))
        throw std::invalid_argument("--crash uses a database of its own, and ends by itself");
    if (a.work != 0 && a.data.empty())
        throw std::invalid_argument("--work needs --data");
    if (a.data.empty() && !a.key_file.empty())
        throw std::invalid_argument("--key-file is of --data");
    if (a.key_file.empty() && !a.data.empty())
        a.key_file = a.data + ".key";
    if (a.changes == 0)
        a.changes = a.crash ? 1500 : 3000;
    return a;
}

char const* usage() noexcept {
    return R"(usage: project_monitor [options]
       project_monitor webhooks|filters|lists|orders|history|rights|languages|ports ...

A small project-management server that tells a receiver of every change by webhooks: in the background, or while the
user waits, and then the receiver may refuse the change. Its projects, phases and users, its webhooks and what is still
to be told are in one SQLite file: a change and its deliveries are one transaction. It plays changes while the receiver
is well, out of order and away, then checks that each delivery arrived exactly once, unchanged and with a good
signature, and that the database has what was made and not what was refused. Exits with 0 if that holds.

  --changes N             how many changes are tried (3000; with --crash 1500, more or less)
  --seed N                which ones (20260601)
  --serve                 a change a second until Ctrl-C, every delivery told
  --data FILE             the database: made and filled if there is none, gone on with if there is, also after a crash
                          (a temporary one)
  --key-file FILE         the key that encrypts the webhooks' secrets in the database, 64 hexadecimal digits as written
                          by `openssl rand -hex 32`; made, for its owner only, if there is none (the database's name
                          and .key). A server that matters keeps it elsewhere: who gets hold of a disk or a backup
                          must not find both.
  --log FILE              write the application log, one JSON object a line
  --receiver-modules DIR  use the receiver in JavaScript; DIR/node_modules has `standardwebhooks`
  --help                  this text; behind webhooks, filters, ...: how to administer a database

  --crash                 kills the server with SIGKILL while it works and starts it again on the same file, then
                          compares what was committed with what arrived. Exits with 0 if nothing was lost, and nothing
                          arrived that was not committed.
  --kills N               how often (5)
  --work PORT             for --crash: be the server that is killed, with its receiver on PORT and --data
)";
}

} // namespace monitor
