// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/form.hpp>
#include <posthorn/admin/service_base.hpp>
#include <posthorn/admin/test_call.hpp>
#include <posthorn/model/history.hpp>

#include "print.hpp"

#include <optional>
#include <string>
#include <vector>

namespace monitor {

void show(screen const& out, posthorn::admin::webhook_list const& list,
          std::optional<posthorn::admin::active_filter> const& narrowed);

// `filter`: the name of the form's filter, as far as the user may know it. `new_key`: what was made, once.
void show(screen const& out, posthorn::admin::webhook_form const& form, std::string const& filter,
          std::optional<std::string> const& new_key);

void show(screen const& out, std::vector<posthorn::history_entry> const& entries, bool more);

void show(screen const& out, posthorn::admin::test_report const& report);

} // namespace monitor
