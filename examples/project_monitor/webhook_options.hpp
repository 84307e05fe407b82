// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/form.hpp>

#include "admin_desk.hpp"
#include "command.hpp"

#include <optional>
#include <string>

namespace monitor {

// Types a command's options into a form; what they do not name stays. Gives the key that --new-key has made,
// which nobody is shown again. Throws std::invalid_argument for what no form could hold, and refusal.
std::optional<std::string> fill(posthorn::admin::webhook_form& form, command const& from, admin_desk& desk);

} // namespace monitor
