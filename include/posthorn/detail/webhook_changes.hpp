// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/webhook.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::detail {

// What a history shows of a secret: a mask and, if it is not empty, the first digits of a hash that is salted
// with where it stands, so that equal secrets of two fields look different.
[[nodiscard]] POSTHORN_DECL std::string masked(secret const& s, uuid const& webhook, std::string_view field);

// "project.modified"; without an action, "project.*".
[[nodiscard]] POSTHORN_DECL std::string event_name(std::string_view object, std::optional<action> what);

// The fields in which two states of one webhook differ, in the order of the form. Null: it is not there.
// Pure.
[[nodiscard]] POSTHORN_DECL std::vector<field_change> changes_between(webhook const* before,
                                                                      webhook const* after);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/webhook_changes.ipp>
#endif
