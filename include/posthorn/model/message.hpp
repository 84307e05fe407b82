// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/language.hpp>
#include <posthorn/model/message_id.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

class message;

/// What stands in a place of a message: a text that is the same in all languages, or what has one in each.
class message_argument {
  public:
    /// The longest text, in bytes; of a longer one the beginning is kept.
    static constexpr std::size_t max_size = 1024;

    // NOLINTBEGIN(google-explicit-constructor): a message is written with its arguments as they are.
    POSTHORN_DECL message_argument(std::string text);
    message_argument(std::string_view text) : message_argument(std::string(text)) {}
    message_argument(char const* text) : message_argument(std::string(text)) {}
    message_argument(std::uint64_t number) : message_argument(std::to_string(number)) {}
    /// Its text is that of `describe`.
    message_argument(error_code const& cause) : cause_(cause) {}
    POSTHORN_DECL message_argument(message part);
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] POSTHORN_DECL std::string text(language in) const;

  private:
    std::string text_;
    error_code cause_;
    // Shared, since a message is not complete here; it never changes.
    std::shared_ptr<message const> part_;
};

/// One sentence for people, by its code and its arguments, so that it can be told in any language.
///
/// A value. Thread safety: distinct objects safe; shared objects safe for const access.
class message {
  public:
    /// No message: no code, no text.
    message() noexcept {}

    // NOLINTNEXTLINE(google-explicit-constructor): most messages have no arguments.
    message(message_id what, std::vector<message_argument> arguments = {})
        : what_(what), arguments_(std::move(arguments)) {}

    /// What a program can tell it by, in every version: "wording_missing", "unknown_field".
    [[nodiscard]] POSTHORN_DECL std::string_view code() const noexcept;

    /// The sentence.
    [[nodiscard]] POSTHORN_DECL std::string text(language in = language::english) const;

  private:
    message_id what_ = message_id::none;
    std::vector<message_argument> arguments_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/model/message.ipp>
#endif
