// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/storage/encryption_keys.hpp>

#include <string>

namespace monitor {

// The key that encrypts the webhooks' secrets in the database: 64 hexadecimal digits in a file that only its
// owner may read. A new one is made where there is no file. Throws std::runtime_error.
[[nodiscard]] posthorn::encryption_keys keys_from(std::string const& file);

[[nodiscard]] bool has_key(std::string const& file);

// A new key that is kept nowhere.
[[nodiscard]] posthorn::encryption_keys passing_keys();

} // namespace monitor
