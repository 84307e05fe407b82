// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "admin_desk.hpp"

#include <optional>
#include <string>

namespace monitor {

// The last digits of an id, which lists show. The first ones are a time, the same for all that was made
// together.
[[nodiscard]] std::string short_id(posthorn::uuid const& id);

// Throws refusal: nothing has this id or name.
[[noreturn]] void refuse_id(screen const& out, std::string const& typed);

// What a person means: a whole id, its beginning or its end of at least four digits, or the exact name. Only
// what the user may see is looked through, but for a whole id, of which the service says the rest. Throws
// refusal if it is nothing, or more than one: a name may read like a part of another's id.
[[nodiscard]] posthorn::uuid find_webhook(admin_desk& desk, std::string const& typed);
[[nodiscard]] posthorn::uuid find_filter(admin_desk& desk, std::string const& typed);
[[nodiscard]] posthorn::uuid find_list_filter(admin_desk& desk, std::string const& typed);
[[nodiscard]] posthorn::uuid find_order(admin_desk& desk, std::string const& typed);

// The same, where `none` is a choice too.
[[nodiscard]] std::optional<posthorn::uuid> find_filter_or_none(admin_desk& desk, std::string const& typed);

} // namespace monitor
