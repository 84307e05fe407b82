// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/field_error.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/webhook.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What people may write for people: in which languages, how much, and of which characters. Checked when
// something is saved, not when it is loaded: a host that learns a language keeps the webhooks that it has.
// Pure.
namespace posthorn::detail {

// In Unicode characters.
inline constexpr std::size_t max_wording = 200;
inline constexpr std::size_t max_description = 4000;
inline constexpr std::size_t max_filter_name = 200;

// Whether a person sees anything of a text: a character that is neither a blank nor default-ignorable. Bytes
// that are not UTF-8 are no blanks; they are an error of their own.
[[nodiscard]] POSTHORN_DECL bool has_visible_text(std::string_view text) noexcept;

// `languages` are those of the options; none is English alone. An empty wording is no
// error here; one without a visible character is missing.
POSTHORN_DECL void check_texts(webhook const& w, std::vector<std::string> const& languages,
                               field_errors& errors);
POSTHORN_DECL void check_texts(filter const& f, std::vector<std::string> const& languages,
                               field_errors& errors);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/text/text_rules.ipp>
#endif
