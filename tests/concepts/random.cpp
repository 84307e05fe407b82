// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/random.hpp>
#include <posthorn/environment/system_random.hpp>
#include <posthorn/testing/seeded_random.hpp>

#include "support/archetypes.hpp"

namespace {

using posthorn::Random;

struct whole {
    std::uint64_t operator()() const;
};
struct gives_half_a_word {
    std::uint32_t operator()() const;
};
struct not_const {
    std::uint64_t operator()();
};
struct wants_a_bound {
    std::uint64_t operator()(std::uint64_t) const;
};
struct cannot_be_copied {
    cannot_be_copied(cannot_be_copied&&) = default;
    std::uint64_t operator()() const;
};

} // namespace

static_assert(posthorn::check_random<posthorn::test::archetypes::random>());
static_assert(posthorn::check_random<posthorn::system_random>());
static_assert(posthorn::check_random<posthorn::testing::seeded_random>());
static_assert(Random<posthorn::test::archetypes::random> && Random<whole>);
static_assert(!Random<int>);
static_assert(!Random<gives_half_a_word>);
static_assert(!Random<not_const>);
static_assert(!Random<wants_a_bound>);
static_assert(!Random<cannot_be_copied>);
