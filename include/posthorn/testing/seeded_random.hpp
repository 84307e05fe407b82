// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/random.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace posthorn::testing {

/// Models Random: the same words for the same seed.
///
/// The generator is splitmix64. A copyable handle: copies draw from one sequence. Thread safety: safe; which
/// thread gets which word of the sequence is then not determined.
class seeded_random {
  public:
    explicit seeded_random(std::uint64_t seed = 1)
        : state_(std::make_shared<std::atomic<std::uint64_t>>(seed)) {}

    [[nodiscard]] std::uint64_t operator()() const {
        constexpr std::uint64_t step = 0x9e3779b97f4a7c15ULL;
        auto z = state_->fetch_add(step, std::memory_order_relaxed) + step;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

  private:
    std::shared_ptr<std::atomic<std::uint64_t>> state_;
};

static_assert(Random<seeded_random>);

} // namespace posthorn::testing
