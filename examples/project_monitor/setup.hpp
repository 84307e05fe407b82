// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/secret.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "host.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace monitor {

// Posthorn's part of the server's file. `key_file`: see key_file.hpp. Throws std::runtime_error.
[[nodiscard]] posthorn::sqlite_storage open_storage(std::string const& file, std::string const& key_file);

// Throws std::runtime_error.
[[nodiscard]] std::vector<posthorn::webhook> stored_webhooks(posthorn::sqlite_storage const& storage);

// A new key for signatures.
[[nodiscard]] posthorn::secret new_signing_key();

// The key that the demo's own stored webhooks sign with; a new one where there are none.
[[nodiscard]] posthorn::secret signing_key(posthorn::sqlite_storage const& storage);

// The demo's own webhooks, and with them what they have waiting, are for this port from now on: the receiver
// has another one in every run. Before there is a server, which would find the old one forbidden.
void move_receiver(posthorn::sqlite_storage const& storage, std::uint16_t receiver_port);

// Saves the filters and the webhooks of webhooks.hpp that the file has not; those that it has stay as they
// are, and so do webhooks that people have made. Throws std::runtime_error, also when it cannot be told any
// more what must arrive: somebody has edited one of the demo's own, or made one that has a say in changes.
void set_up(host& server, std::uint16_t receiver_port, posthorn::secret const& key);

} // namespace monitor
