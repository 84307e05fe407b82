// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/environment/system_random.hpp>

#include <random>

namespace posthorn {

POSTHORN_DECL std::uint64_t system_random::operator()() const {
    thread_local std::mt19937_64 generator([] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
        return std::mt19937_64(seed);
    }());
    return generator();
}

} // namespace posthorn
