// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/print.hpp>
#include <posthorn/expression/suggestion.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace posthorn::detail {

// Levenshtein distance, bounded by the short names that it is used for.
[[nodiscard]] POSTHORN_DECL std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j != row.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

POSTHORN_DECL message suggestion(std::string_view wrong, std::vector<std::string_view> const& known) {
    if (wrong.size() > 64)
        return {};
    std::string_view best;
    std::size_t best_distance = wrong.size() / 3 + 2;
    for (auto const name : known)
        if (auto const d = edit_distance(wrong, name); d < best_distance) {
            best = name;
            best_distance = d;
        }
    return best.empty() ? message() : message(message_id::did_you_mean, {best});
}

POSTHORN_DECL std::string in_backticks(std::string_view text) {
    constexpr std::size_t longest = 64;
    std::string line = "`";
    while (!text.empty() && line.size() <= longest) {
        auto const length = utf8_length(text);
        bool const shown = length > 1 || (length == 1 && text[0] >= ' ' && text[0] != 0x7f);
        line += shown ? text.substr(0, length) : "?";
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return line + (text.empty() ? "`" : "...`");
}

} // namespace posthorn::detail
