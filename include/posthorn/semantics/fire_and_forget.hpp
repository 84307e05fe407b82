// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/call_mode.hpp>

namespace posthorn {

/// Models Semantics: webhooks that are called in the background, with retries, from an outbox.
///
/// Needs a transport, an outbox and a retry policy; no blocking transport.
struct fire_and_forget {
    static constexpr call_mode mode = call_mode::fire_and_forget;
};

} // namespace posthorn
