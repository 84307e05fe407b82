// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "objects.hpp"

#include <string>
#include <vector>

namespace monitor {

// All that the server manages.
struct data_set {
    std::vector<user> users;
    std::vector<project> projects;
    std::vector<phase> phases;
};

// Throws std::exception when the file cannot be read or is not as data/generate.py writes it.
[[nodiscard]] data_set load(std::string const& file);

} // namespace monitor
