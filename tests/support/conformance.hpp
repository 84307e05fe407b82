// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/testing/conformance.hpp>

#include <string>
#include <vector>

namespace posthorn::test {

/// The names of the cases: samples for a Boost data test, which prints them.
inline std::vector<std::string> names(testing::conformance_cases const& cases) {
    std::vector<std::string> all;
    for (auto const& c : cases)
        all.push_back(c.name());
    return all;
}

} // namespace posthorn::test
