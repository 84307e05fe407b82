// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/call_mode.hpp>

namespace posthorn {

/// Models Semantics: webhooks that are called after the host has committed, and whose errors are reported.
///
/// Needs a blocking transport for `commit`, a transport for `async_commit`; no outbox.
struct after_commit {
    static constexpr call_mode mode = call_mode::after_commit;
};

} // namespace posthorn
