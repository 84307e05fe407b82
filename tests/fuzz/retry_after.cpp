// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/retry/decision.hpp>
#include <posthorn/retry/retry_after.hpp>

#include "require.hpp"

#include <chrono>
#include <cstring>

// Fields of Retry-After, with the time in the first bytes: a wait is bounded, and never below zero.

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace posthorn;
    if (size < 4)
        return 0;
    std::uint32_t seconds = 0;
    std::memcpy(&seconds, data, sizeof seconds);
    wall_time const now{std::chrono::seconds(seconds)};
    auto const text = fuzz::text_of(data + 4, size - 4);
    auto const one = parse_retry_after(text, now);
    fuzz::require(!one || (*one >= duration::zero() && *one <= max_retry_after), "a wait has no bounds");
    fuzz::require(one == parse_retry_after(text, now), "a wait changes");
    auto const longest = detail::asked_wait(text, now);
    fuzz::require(!longest || (*longest >= duration::zero() && *longest <= max_retry_after),
                  "the longest wait has no bounds");
    if (text.find('\n') == text.npos)
        fuzz::require(longest == (text.empty() ? std::nullopt : one), "one field is read in two ways");
    return 0;
}
