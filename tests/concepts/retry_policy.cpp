// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/retry_policy.hpp>
#include <posthorn/retry/exponential.hpp>
#include <posthorn/retry/no_retry.hpp>
#include <posthorn/retry/standard_schedule.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace {

using posthorn::duration;
using posthorn::RetryPolicy;

// Only what the concept asks for.
struct archetype {
    archetype() = delete;
    explicit archetype(int) {}
    archetype(archetype const&) = delete;
    archetype& operator=(archetype const&) = delete;
    ~archetype() = default;

    std::optional<duration> delay(unsigned, std::uint64_t) const noexcept { return duration(7); }
};

struct without_delay {};

struct not_const {
    std::optional<duration> delay(unsigned, std::uint64_t) noexcept;
};

struct may_throw {
    std::optional<duration> delay(unsigned, std::uint64_t) const;
};

struct never_gives_up {
    duration delay(unsigned, std::uint64_t) const noexcept;
};

struct counts_in_seconds {
    std::optional<std::chrono::seconds> delay(unsigned, std::uint64_t) const noexcept;
};

struct without_random {
    std::optional<duration> delay(unsigned) const noexcept;
};

} // namespace

static_assert(posthorn::check_retry_policy<archetype>());
static_assert(posthorn::check_retry_policy<posthorn::standard_schedule>());
static_assert(posthorn::check_retry_policy<posthorn::exponential>());
static_assert(posthorn::check_retry_policy<posthorn::no_retry>());
static_assert(RetryPolicy<archetype>);
static_assert(RetryPolicy<posthorn::standard_schedule>);
static_assert(RetryPolicy<posthorn::exponential>);
static_assert(RetryPolicy<posthorn::no_retry>);
static_assert(!RetryPolicy<int>);
static_assert(!RetryPolicy<without_delay>);
static_assert(!RetryPolicy<not_const>);
static_assert(!RetryPolicy<may_throw>);
static_assert(!RetryPolicy<never_gives_up>);
static_assert(!RetryPolicy<counts_in_seconds>);
static_assert(!RetryPolicy<without_random>);

BOOST_AUTO_TEST_SUITE(concepts_retry_policy)

BOOST_AUTO_TEST_CASE(the_archetype_can_be_asked) {
    auto const ask = [](RetryPolicy auto const& policy) { return policy.delay(1, 0); };
    BOOST_TEST((ask(archetype(1)) == duration(7)));
}

BOOST_AUTO_TEST_SUITE_END()
