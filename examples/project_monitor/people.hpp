// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/rights.hpp>

#include "sqlite.hpp"

#include <optional>
#include <string>
#include <vector>

namespace monitor {

// The rights of users, in tables of the server's own. The first user of the data set is the administrator,
// who has all rights. Every other active user may view webhooks, pending orders and public filters, and have
// private ones, and has what was granted; without what was revoked. A user who is not active is not allowed
// to do anything.
//
// They are read at each use, so a change takes effect at once in every process that works on the file.
//
// Makes the tables of a database that has none yet.
void prepare_rights(database& in);

[[nodiscard]] posthorn::admin::rights rights_of(database& in, std::string const& login);

// In the open transaction of the connection, if there is one.
void grant(database& in, std::string const& login, posthorn::admin::rights what);
void revoke(database& in, std::string const& login, posthorn::admin::rights what);

// A user, and the rights that the user has now.
struct person {
    std::string login;
    bool is_active = true;
    posthorn::admin::rights may;
};

// All users, by login.
[[nodiscard]] std::vector<person> people(database& in);

// The user of this login, who is shown everything in `language`. Nobody named: the administrator, even when
// the changes that the demo plays have deleted or locked the account, since whoever has the file and its key
// could take any right. None: there is no such user.
[[nodiscard]] std::optional<posthorn::admin::acting_user>
acting_user(database& in, std::optional<std::string> const& login, std::string const& language);

} // namespace monitor
