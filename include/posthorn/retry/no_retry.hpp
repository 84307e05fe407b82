// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/time.hpp>

#include <cstdint>
#include <optional>

namespace posthorn {

/// One attempt, then the delivery has failed; a person can redeliver it. Thread safety: stateless.
class no_retry {
  public:
    [[nodiscard]] std::optional<duration> delay(unsigned /*attempts_made*/,
                                                std::uint64_t /*random*/) const noexcept {
        return std::nullopt;
    }
};

} // namespace posthorn
