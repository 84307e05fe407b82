// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "sqlite.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace monitor {

// What the administrator has set for the whole server, in a table of its own. Makes the table of a database
// that has none yet.
void prepare_settings(database& in);

// The languages of the server's users, the default one first. "en" until it is set.
[[nodiscard]] std::vector<std::string> languages(database& in);
void set_languages(database& in, std::vector<std::string> const& tags);

// The ports of this machine that webhooks may call, beside those of the server's own receiver.
[[nodiscard]] std::vector<std::uint16_t> open_ports(database& in);
void set_open_ports(database& in, std::vector<std::uint16_t> const& ports);

} // namespace monitor
