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
        else if (option == "--changes")
            a.changes = number<std::size_t>(option, value(), 1);
        else if (option == "--seed")
            a.seed = number<std::uint64_t>(option, value(), 0);
        else if (option == "--receiver-modules")
            a.receiver_modules = value();
        else if (option == "--log")
            a.log = value();
        else
            throw std::invalid_argument("unknown option " + std::string(option) +
                                        "; --help tells the ones there are");
    }
    return a;
}

char const* usage() noexcept {
    return "usage: project_monitor [options]\n"
           "\n"
           "A small project-management server that tells a receiver of every change by webhooks: in the "
           "background,\n"
           "or while the user waits, and then the receiver may refuse the change. It plays changes while the "
           "receiver is\n"
           "well, out of order and away, then checks that each delivery arrived exactly once, unchanged and "
           "with a good\n"
           "signature, and that what was refused was not done. Exits with 0 if that holds.\n"
           "\n"
           "  --changes N             how many changes are tried (3000)\n"
           "  --seed N                which ones (20260601)\n"
           "  --serve                 a change a second until Ctrl-C, every delivery told\n"
           "  --log FILE              write the application log, one JSON object a line\n"
           "  --receiver-modules DIR  use the receiver in JavaScript; DIR/node_modules has "
           "`standardwebhooks`\n"
           "  --help                  this text\n";
}

} // namespace monitor
