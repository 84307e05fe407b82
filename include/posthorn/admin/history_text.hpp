// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/language.hpp>

#include <string>
#include <string_view>

namespace posthorn::admin {

/// A value of a `field_change` as people read it: "yes" is "oui" in French. Values that people have written,
/// and those of fields without words of the library, stay as they are. Pure.
///
/// @param field `field_change::field`
/// @param value `field_change::from` or `field_change::to`
[[nodiscard]] POSTHORN_DECL std::string value_text(std::string_view field, std::string_view value,
                                                   language in);

} // namespace posthorn::admin

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/admin/history_text.ipp>
#endif
