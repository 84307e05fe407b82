// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/message.hpp>

#include <string>
#include <string_view>
#include <vector>

// How messages quote invalid input, and which valid name they suggest.
namespace posthorn::detail {

/// " (did you mean `x`?)", or nothing when no name is near.
[[nodiscard]] POSTHORN_DECL message suggestion(std::string_view wrong,
                                               std::vector<std::string_view> const& known);

/// The text between backticks as one line of valid UTF-8, shortened.
[[nodiscard]] POSTHORN_DECL std::string in_backticks(std::string_view text);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/suggestion.ipp>
#endif
