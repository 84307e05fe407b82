// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/field_error.hpp>
#include <posthorn/model/language.hpp>
#include <posthorn/model/message.hpp>

#include <boost/assert/source_location.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace posthorn {

/// Where an expression or a template is wrong, and what to write instead.
class expression_error {
  public:
    /// No error; what `result::error()` gives of a success.
    expression_error() = default;

    /// An error at the byte `offset` of `source`.
    POSTHORN_DECL expression_error(std::string_view source, std::size_t offset, posthorn::message what);

    /// Bytes from the start of the text.
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

    /// From 1; lines end with a line feed.
    [[nodiscard]] std::size_t line() const noexcept { return line_; }

    /// From 1, in Unicode characters.
    [[nodiscard]] std::size_t column() const noexcept { return column_; }

    /// One sentence; names the offending text and, where one is near, the known name that was probably meant.
    [[nodiscard]] std::string message(language in = language::english) const { return message_.text(in); }

    /// What a program can tell it by, in every version: "unknown_field", "sign_missing".
    [[nodiscard]] std::string_view code() const noexcept { return message_.code(); }

    /// The line of the text, shortened around the error, and below it a caret that points to the error.
    [[nodiscard]] std::string const& excerpt() const noexcept { return excerpt_; }

    /// "line 1, column 9: message", then the excerpt, for people.
    [[nodiscard]] POSTHORN_DECL std::string text(language in = language::english) const;

    /// The same as an error of the field that the text stands in.
    [[nodiscard]] POSTHORN_DECL field_error in_field(std::string field) const;

  private:
    std::size_t offset_ = 0;
    std::size_t line_ = 1;
    std::size_t column_ = 1;
    posthorn::message message_;
    std::string excerpt_;
};

/// Thrown by `value()` of a result that holds an expression_error.
[[noreturn]] POSTHORN_DECL void throw_exception_from_error(expression_error const& e,
                                                           boost::source_location const& where);

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/expression_error.ipp>
#endif
