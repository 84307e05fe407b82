// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/secret.hpp>
#include <posthorn/model/webhook.hpp>

#include <string>
#include <vector>

namespace monitor {

// What the administrators of the server have set up: who is told of what. All receivers are at `base`, an URL
// without a path, and share `key`; `old_key` is one that is being replaced.
[[nodiscard]] std::vector<posthorn::webhook>
all_webhooks(std::string const& base, posthorn::secret const& key, posthorn::secret const& old_key);

} // namespace monitor
