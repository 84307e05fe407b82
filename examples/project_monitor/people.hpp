// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/rights.hpp>

#include "sqlite.hpp"

#include <optional>
#include <string>

namespace monitor {

// Who may do what, in a table of the server's own: the first user of the data set is the administrator, who
// may do everything. Every other active user may view webhooks, pending orders and public filters, and have
// private ones; who is not active may do nothing.
//
// Makes the table of a database that has none yet.
void prepare_rights(database& in);

// The user of this login, who is shown everything in `language`. Nobody named: the administrator, even when
// the changes that the demo plays have deleted or locked the account, since whoever has the file and its key
// could take any right. None: there is no such user.
[[nodiscard]] std::optional<posthorn::admin::acting_user>
acting_user(database& in, std::optional<std::string> const& login, std::string const& language);

} // namespace monitor
