// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/ascii.hpp>
#include <posthorn/detail/masking.hpp>
#include <posthorn/model/headers.hpp>

#include <algorithm>
#include <string>

namespace posthorn::detail {

// The mask is never longer than what it replaces.
static_assert(secret_mask.size() <= shortest_masked);

inline void mask(std::string& text, std::string_view piece) {
    for (auto at = text.find(piece); at != text.npos; at = text.find(piece, at + secret_mask.size()))
        text.replace(at, piece.size(), secret_mask);
}

// A text that is kept up to a limit may end with the beginning of a piece.
inline void mask_at_end(std::string& text, std::string_view piece) {
    for (auto size = std::min(piece.size() - 1, text.size()); size >= shortest_masked; --size)
        if (text.ends_with(piece.substr(0, size))) {
            text.replace(text.size() - size, size, secret_mask);
            return;
        }
}

// Each run of the bytes that `belongs` takes, of those that are long enough.
template <class Belongs, class Use>
void for_each_run(std::string_view value, Belongs belongs, Use use) {
    while (!value.empty()) {
        auto const begin = std::find_if(value.begin(), value.end(), belongs);
        auto const end = std::find_if_not(begin, value.end(), belongs);
        auto const size = static_cast<std::size_t>(end - begin);
        auto const offset = static_cast<std::size_t>(begin - value.begin());
        if (size >= shortest_masked)
            use(value.substr(offset, size));
        value.remove_prefix(offset + size);
    }
}

// The larger pieces first, so that nothing is left of them between masked smaller ones.
inline void mask_value(std::string& text, std::string_view value) {
    auto const both = [&](std::string_view piece) {
        mask(text, piece);
        mask_at_end(text, piece);
    };
    if (value.size() >= shortest_masked)
        both(value);
    for_each_run(
        value, [](char c) { return std::string_view(" ;,=\"").find(c) == std::string_view::npos; }, both);
    for_each_run(value, is_alnum, both);
}

POSTHORN_DECL void mask_secrets(exchange& outcome, std::string_view secret_headers) noexcept {
    for (auto* const text : {&outcome.response.excerpt, &outcome.response.location,
                             &outcome.response.retry_after, &outcome.detail, &outcome.log_detail})
        if (text->size() >= shortest_masked)
            for (auto const field : header_range(secret_headers))
                mask_value(*text, field.value);
}

} // namespace posthorn::detail
