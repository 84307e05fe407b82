// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/options.hpp>

namespace posthorn::detail {

// What a dispatcher works with: durations can be added to any time, and the limits of calls are kept to what
// `options` says.
//
// Exceptions: std::invalid_argument, which names the option, its value and what it can be; std::bad_alloc.
[[nodiscard]] POSTHORN_DECL options checked(options given);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/engine/option_rules.ipp>
#endif
