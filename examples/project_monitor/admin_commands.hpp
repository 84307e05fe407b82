// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/field_error.hpp>

#include "admin_desk.hpp"
#include "command.hpp"

namespace monitor {

// What the areas of the command line do; each gives the exit code of the program. They throw wrong_usage for
// what was typed in a form that cannot be read, and refusal.
int run_webhooks(command const& c, admin_desk& desk);
int run_filters(command const& c, admin_desk& desk);
int run_lists(command const& c, admin_desk& desk);
int run_orders(command const& c, admin_desk& desk);
int run_history(command const& c, admin_desk& desk);
int run_languages(command const& c, admin_desk& desk);
int run_ports(command const& c, admin_desk& desk);
int run_rights(command const& c, admin_desk& desk);

// Settings of the whole server, and rights, are the administrator's: throws refusal for anybody else.
void need_all_rights(admin_desk& desk);

// Reads the command line, does what it says and shows what came of it, also what went wrong: 0, it was done;
// 1, it was not; 2, it was not understood.
int run_command(int argc, char const* const* argv);

} // namespace monitor
