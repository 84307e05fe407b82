// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>

#include <string>
#include <string_view>

// Text as searches compare it. Apart from letters.hpp, since its tables are large. Pure.
namespace posthorn::detail {

// The text in the form by which searches compare: full case folding and canonical equivalence, so that
// neither case nor the way in which an accent is encoded matters. Every i, with a dot or without, is the same
// letter. What is not UTF-8 stays as it is.
[[nodiscard]] POSTHORN_DECL std::string folded_text(std::string_view text);

// Whether one folded text contains another, not ending before a mark that belongs to its last letter.
[[nodiscard]] POSTHORN_DECL bool contains_folded(std::string_view text, std::string_view part) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/text/folding.ipp>
#endif
