// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/call_mode.hpp>

namespace posthorn {

/// Models Semantics: webhooks that are called before the host commits, and whose errors roll its transaction
/// back.
///
/// Needs a blocking transport for `commit`, a transport for `async_commit`; no outbox.
struct in_transaction {
    static constexpr call_mode mode = call_mode::in_transaction;
};

} // namespace posthorn
