// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/registry/fingerprints.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/model/webhook.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::detail {

// "project.modified"; without an action, "project.*".
[[nodiscard]] POSTHORN_DECL std::string event_name(std::string_view object, std::optional<action> what);

// The fields in which two states of one webhook differ, in the order of the form. Null: it is not there. A
// field that is secret in one of them is shown as a mask in both. Pure.
[[nodiscard]] POSTHORN_DECL std::vector<field_change>
changes_between(webhook const* before, webhook const* after, fingerprints const& marks);

// The same of a filter.
[[nodiscard]] POSTHORN_DECL std::vector<field_change> changes_between(filter const* before,
                                                                      filter const* after);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/registry/webhook_changes.ipp>
#endif
