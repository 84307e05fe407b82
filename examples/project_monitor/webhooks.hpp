// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/action.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/webhook.hpp>

#include "objects.hpp"

#include <functional>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

namespace monitor {

// A change as the server itself sees it. Null is what it does not concern: of a project, the phase.
struct change {
    posthorn::action what = posthorn::action::created;
    // The one that changed, or the one that the phase belongs to.
    project const* of_project = nullptr;
    project const* project_before = nullptr;
    phase const* of_phase = nullptr;
    phase const* phase_before = nullptr;
};

// A webhook, and once more in plain C++ what it asks for, so that the demo can tell whether the dispatcher
// found the same.
struct subscription {
    posthorn::webhook what;
    // Of the changes of its object type and action; empty: all.
    std::function<bool(change const&)> wants = {};
    // Of those that it wants, the ones that its receiver says no to; empty: none.
    std::function<bool(change const&)> refuses = {};
};

// What a project may cost. The receivers know it too, and it is they who say no.
inline constexpr double budget_limit = 4'000'000;

// The wordings of all_subscriptions: which webhooks of a database are the demo's own.
[[nodiscard]] std::unordered_set<std::string> own_wordings();

// What the users of the server have saved, for themselves or for all: which projects they care about. As
// canonical text, so that what is stored can be compared with it.
[[nodiscard]] std::vector<posthorn::filter> all_filters();

// What the administrators of the server have set up: who is told of what. All receivers are at `base`, an URL
// without a path, and share `key`; `old_key` is one that is being replaced. Each request says whose it is and
// of which event. `filters`: ids by name.
[[nodiscard]] std::vector<subscription>
all_subscriptions(std::string const& base, posthorn::secret const& key, posthorn::secret const& old_key,
                  std::map<std::string, posthorn::uuid> const& filters);

} // namespace monitor
