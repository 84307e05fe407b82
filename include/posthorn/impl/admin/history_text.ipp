// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/history_text.hpp>
#include <posthorn/model/message.hpp>

#include <iterator>

namespace posthorn::admin {

namespace detail {

// A word of the library in the values of some fields.
struct history_word {
    std::string_view field;
    message_id word;
};

inline constexpr history_word history_words[] = {
    {"active", message_id::history_yes},          {"active", message_id::history_no},
    {"in_order", message_id::history_yes},        {"body", message_id::history_default_body},
    {"mode", message_id::history_in_transaction}, {"mode", message_id::history_after_commit},
    {"mode", message_id::history_in_background},
};

// The value in two parts as a message with two arguments, if it reads like one in English.
[[nodiscard]] inline std::string in_two_parts(message_id pattern, std::string_view between,
                                              std::string_view value, std::string_view end, language in) {
    auto const at = value.find(between);
    if (at == value.npos || !value.ends_with(end))
        return std::string(value);
    auto const second = value.substr(at + between.size());
    return message(pattern, {value.substr(0, at), second.substr(0, second.size() - end.size())}).text(in);
}

} // namespace detail

POSTHORN_DECL std::string value_text(std::string_view field, std::string_view value, language in) {
    for (auto const& [of, word] : detail::history_words)
        if (of == field && value == posthorn::detail::pattern_of(word, language::english))
            return message(word).text(in);
    if (field == "rate")
        return detail::in_two_parts(message_id::history_rate, " per ", value, " ms", in);
    if (field.starts_with("signing["))
        return detail::in_two_parts(message_id::history_until, ", until ", value, "", in);
    return std::string(value);
}

} // namespace posthorn::admin
