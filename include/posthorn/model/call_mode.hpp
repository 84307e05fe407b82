// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/enum_name.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace posthorn {

/// When a webhook is called, and what its errors mean to the change that it is told about.
enum class call_mode : std::uint8_t {
    /// Before the host's transaction commits: an error rolls it back.
    in_transaction,
    /// After the commit, before control returns: an error is reported, the change stands.
    after_commit,
    /// After the commit, in the background, with retries. The default.
    fire_and_forget,
};

/// "in_transaction", "after_commit", "fire_and_forget".
[[nodiscard]] constexpr std::string_view to_string(call_mode m) noexcept {
    constexpr std::string_view names[] = {"in_transaction", "after_commit", "fire_and_forget"};
    return detail::enum_name(names, m);
}

/// Whether the one who makes the change waits for the call.
[[nodiscard]] constexpr bool is_synchronous(call_mode m) noexcept {
    return m != call_mode::fire_and_forget;
}

} // namespace posthorn
