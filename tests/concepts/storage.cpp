// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/storage.hpp>
#include <posthorn/storage/memory.hpp>

#include "support/archetypes.hpp"

namespace {

using namespace posthorn;
using boost::asio::awaitable;

// A model with everything; each rejecter below hides one function behind another one.
struct whole {
    awaitable<result<void>> append(std::span<outbox_row>, lease const&);
    awaitable<result<claim_end>> claim(wall_time, lease const&, claim_query const&,
                                       std::vector<claimed_delivery>&);
    awaitable<result<void>> settle(std::span<settlement>);
    awaitable<result<void>> extend(lease const&, wall_time);
    awaitable<result<void>> release(std::uint64_t);
    awaitable<result<std::optional<wall_time>>> next_due(wall_time);
    awaitable<result<void>> change(uuid, queue_change, wall_time);
};

struct appends_at_once : whole {
    result<void> append(std::span<outbox_row>, lease const&);
};
struct claims_without_limit : whole {
    awaitable<result<claim_end>> claim(wall_time, lease const&, std::vector<claimed_delivery>&);
};
struct returns_claims : whole {
    awaitable<result<std::vector<claimed_delivery>>> claim(wall_time, lease const&, claim_query const&,
                                                           std::vector<claimed_delivery>&);
};
struct settles_one : whole {
    awaitable<result<void>> settle(settlement&);
};
struct settles_without_a_result : whole {
    awaitable<void> settle(std::span<settlement>);
};
struct extends_without_now : whole {
    awaitable<result<void>> extend(lease const&);
};
struct releases_nothing : whole {
    awaitable<result<void>> release();
};
struct is_always_due : whole {
    awaitable<result<wall_time>> next_due(wall_time);
};
struct changes_at_once : whole {
    result<void> change(uuid, queue_change, wall_time);
};
struct cannot_be_copied : whole {
    cannot_be_copied(cannot_be_copied&&) = default;
};

struct immediate : whole {
    result<void> append_now(std::span<outbox_row>, lease const&);
};
struct awaits_to_append_now : whole {
    awaitable<result<void>> append_now(std::span<outbox_row>, lease const&);
};

} // namespace

static_assert(check_outbox<test::archetypes::outbox>());
static_assert(check_outbox<memory_storage>());
static_assert(Outbox<test::archetypes::outbox> && Outbox<whole>);
static_assert(!Outbox<int>);
static_assert(!Outbox<appends_at_once>);
static_assert(!Outbox<claims_without_limit>);
static_assert(!Outbox<returns_claims>);
static_assert(!Outbox<settles_one>);
static_assert(!Outbox<settles_without_a_result>);
static_assert(!Outbox<extends_without_now>);
static_assert(!Outbox<releases_nothing>);
static_assert(!Outbox<is_always_due>);
static_assert(!Outbox<changes_at_once>);
static_assert(!Outbox<cannot_be_copied>);

static_assert(ImmediateOutbox<immediate> && ImmediateOutbox<memory_storage>);
static_assert(!ImmediateOutbox<whole>);
static_assert(!ImmediateOutbox<awaits_to_append_now>);
