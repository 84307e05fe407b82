// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/expression_error.hpp>

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace posthorn {

namespace detail {

// Unicode characters, where a byte that is not part of one counts as one.
[[nodiscard]] POSTHORN_DECL std::size_t count_characters(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

// The position `characters` Unicode characters before (or after) `at`, within the text.
[[nodiscard]] POSTHORN_DECL std::size_t step_characters(std::string_view text, std::size_t at,
                                                        std::ptrdiff_t characters) noexcept {
    auto const inside = [&](std::size_t i) {
        return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U;
    };
    for (; characters < 0 && at != 0; ++characters)
        for (--at; at != 0 && inside(at);)
            --at;
    for (; characters > 0 && at != text.size(); --characters)
        for (++at; inside(at);)
            ++at;
    return at;
}

// What a terminal can show on one line.
[[nodiscard]] POSTHORN_DECL std::string printable(std::string_view text) {
    std::string shown(text);
    for (char& c : shown)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            c = ' ';
    return shown;
}

[[nodiscard]] POSTHORN_DECL std::string excerpt_of(std::string_view line, std::size_t at) {
    constexpr std::ptrdiff_t before = 40;
    constexpr std::ptrdiff_t after = 30;
    auto const begin = step_characters(line, at, -before);
    auto const end = step_characters(line, at, after);
    std::string const lead = begin == 0 ? "" : "...";
    std::string shown = lead + printable(line.substr(begin, end - begin)) + (end == line.size() ? "" : "...");
    return shown + "\n" + std::string(lead.size() + count_characters(line.substr(begin, at - begin)), ' ') +
           "^";
}

} // namespace detail

POSTHORN_DECL expression_error::expression_error(std::string_view source, std::size_t offset,
                                                 posthorn::message what)
    : offset_(std::min(offset, source.size())), message_(std::move(what)) {
    auto const before = source.substr(0, offset_);
    auto const line_begin = before.rfind('\n') + 1;
    auto const line = source.substr(line_begin, source.find('\n', offset_) - line_begin);
    line_ = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    column_ = detail::count_characters(before.substr(line_begin)) + 1;
    excerpt_ = detail::excerpt_of(line, offset_ - line_begin);
}

POSTHORN_DECL std::string expression_error::text(language in) const {
    return detail::located_text(message_, text_position(line_, column_), excerpt_, in);
}

POSTHORN_DECL field_error expression_error::in_field(std::string field) const {
    return field_error(std::move(field), message_, text_position(line_, column_), excerpt_);
}

POSTHORN_DECL void throw_exception_from_error(expression_error const& e,
                                              boost::source_location const& where) {
    boost::throw_with_location(std::invalid_argument(e.text()), where);
}

} // namespace posthorn
