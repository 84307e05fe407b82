// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/impl/model/message_id.ipp>
#include <posthorn/model/message.hpp>

namespace posthorn {

POSTHORN_DECL message_argument::message_argument(std::string text) : text_(std::move(text)) {
    if (text_.size() <= max_size)
        return;
    auto end = max_size;
    // Not in the middle of a UTF-8 sequence.
    while (end != 0 && (static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80U)
        --end;
    text_.resize(end);
    text_ += "...";
}

POSTHORN_DECL message_argument::message_argument(message part)
    : part_(std::make_shared<message const>(std::move(part))) {}

POSTHORN_DECL std::string message_argument::text(language in) const {
    if (part_)
        return part_->text(in);
    return cause_ ? describe(cause_, in) : text_;
}

POSTHORN_DECL std::string_view message::code() const noexcept {
    return detail::code_of(what_);
}

POSTHORN_DECL std::string message::text(language in) const {
    auto const pattern = detail::pattern_of(what_, in);
    std::string sentence;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        auto const n = detail::argument_at(pattern, i);
        if (n < arguments_.size()) {
            sentence += arguments_[n].text(in);
            i += 2;
        } else {
            sentence += pattern[i];
        }
    }
    return sentence;
}

} // namespace posthorn
