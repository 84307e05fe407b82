// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/uuid.hpp>

#include <cstdint>

namespace posthorn {

/// Models Ids: UUIDs of version 7, which sort by time.
struct uuid_v7 {
    [[nodiscard]] uuid operator()(wall_time now, std::uint64_t random_a,
                                  std::uint64_t random_b) const noexcept {
        return make_uuid_v7(now, random_a, random_b);
    }
};

} // namespace posthorn
