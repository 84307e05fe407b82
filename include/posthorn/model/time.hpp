// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <chrono>

namespace posthorn {

/// Wall-clock time in UTC, nanoseconds: what is stored, signed and shown.
using wall_time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Time that never jumps: what deadlines and durations are measured with. Its zero means nothing.
using steady_time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

using duration = std::chrono::nanoseconds;

} // namespace posthorn
