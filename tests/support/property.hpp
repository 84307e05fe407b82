// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "random_source.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>

// Properties: what must hold in very many random cases.
namespace posthorn::test {

inline constexpr std::size_t cases_per_seed = 10'000;

// Calls `check(random)` `cases` times from a fixed seed and again from a fresh one; what fails names the
// seed. With POSTHORN_SEED in the environment, from that seed alone. `check` uses BOOST_FAIL: a BOOST_TEST in
// each of so many cases would take most of the time.
template <class Check>
void for_all(Check check, std::size_t cases = cases_per_seed) {
    auto const from = [&](std::uint64_t seed) {
        BOOST_TEST_CONTEXT("POSTHORN_SEED=" << seed) {
            random_source random(seed);
            for (std::size_t i = 0; i != cases; ++i)
                check(random);
            BOOST_TEST(true);
        }
    };
    if (char const* const given = std::getenv("POSTHORN_SEED"))
        return from(std::strtoull(given, nullptr, 10));
    from(2026);
    from(std::random_device{}());
}

// A part of all that is drawn must be of use, or the property says little.
class share {
  public:
    void count(bool useful) {
        ++all_;
        useful_ += useful ? 1 : 0;
    }
    [[nodiscard]] double percent() const {
        return 100.0 * static_cast<double>(useful_) / static_cast<double>(all_ == 0 ? 1 : all_);
    }

  private:
    std::size_t all_ = 0;
    std::size_t useful_ = 0;
};

} // namespace posthorn::test
