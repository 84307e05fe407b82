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
    std::size_t changes = 3000;
    std::uint64_t seed = 20260601;
    // A folder whose node_modules has the receiver's package; empty: the receiver in C++.
    std::string receiver_modules;
    // Empty: no log.
    std::string log;
};

// Throws std::invalid_argument with a sentence for the person who typed it.
[[nodiscard]] arguments read_arguments(int argc, char const* const* argv);

[[nodiscard]] char const* usage() noexcept;

} // namespace monitor
