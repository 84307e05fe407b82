// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>

#include <cstdint>

namespace posthorn {

/// Models Random: one generator per thread, seeded by the operating system.
struct system_random {
    [[nodiscard]] std::uint64_t operator()() const;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/environment/system_random.ipp>
#endif
