// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// The API: catalog, events, webhooks, dispatcher and the policy concepts; no Beast, no OpenSSL. A host that
/// brings all its policies needs no more; <posthorn/defaults.hpp> adds the policies that ship.

#include <posthorn/dispatcher.hpp>
#include <posthorn/version.hpp>
