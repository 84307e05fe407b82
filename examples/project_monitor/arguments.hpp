// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace monitor {

// The command line.
struct arguments {
    bool help = false;
    bool serve = false;
    bool crash = false;
    std::size_t kills = 5;
    // Of a receiver that plays its part already: this process is what --crash kills. 0: it is not.
    std::uint16_t work = 0;
    std::size_t changes = 0;
    std::uint64_t seed = 20260601;
    // A folder whose node_modules has the receiver's package; empty: the receiver in C++.
    std::string receiver_modules;
    // The database; empty: one of its own, which goes with the run.
    std::string data;
    // Empty: beside the database.
    std::string key_file;
    // Empty: no log.
    std::string log;
};

// Throws std::invalid_argument with a sentence for the person who typed it.
[[nodiscard]] arguments read_arguments(int argc, char const* const* argv);

[[nodiscard]] char const* usage() noexcept;

} // namespace monitor
