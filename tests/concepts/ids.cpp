// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/ids.hpp>
#include <posthorn/environment/uuid_v7.hpp>

#include "support/archetypes.hpp"

#include <string>

namespace {

using namespace posthorn;

struct whole {
    uuid operator()(wall_time, std::uint64_t, std::uint64_t) const;
};
struct gives_text {
    std::string operator()(wall_time, std::uint64_t, std::uint64_t) const;
};
struct wants_one_word {
    uuid operator()(wall_time, std::uint64_t) const;
};
struct not_const {
    uuid operator()(wall_time, std::uint64_t, std::uint64_t);
};
struct cannot_be_copied {
    cannot_be_copied(cannot_be_copied&&) = default;
    uuid operator()(wall_time, std::uint64_t, std::uint64_t) const;
};

} // namespace

static_assert(check_ids<test::archetypes::ids>());
static_assert(check_ids<uuid_v7>());
static_assert(Ids<test::archetypes::ids> && Ids<whole>);
static_assert(!Ids<int>);
static_assert(!Ids<gives_text>);
static_assert(!Ids<wants_one_word>);
static_assert(!Ids<not_const>);
static_assert(!Ids<cannot_be_copied>);
