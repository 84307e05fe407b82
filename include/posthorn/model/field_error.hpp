// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/language.hpp>
#include <posthorn/model/message.hpp>

#include <boost/assert/source_location.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// Where something stands in a text of several lines.
struct text_position {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    text_position() noexcept {}
    text_position(std::size_t in_line, std::size_t in_column) noexcept : line(in_line), column(in_column) {}

    [[nodiscard]] friend bool operator==(text_position const&, text_position const&) = default;

    /// From 1; lines end with a line feed.
    std::size_t line = 1;
    /// From 1, in Unicode characters.
    std::size_t column = 1;
};

/// One thing that is wrong with a webhook or a filter, and where.
class field_error {
  public:
    field_error(std::string field, posthorn::message what)
        : field_(std::move(field)), message_(std::move(what)) {}

    /// What is wrong inside a field that holds an expression or a template.
    /// @param excerpt two lines: that of the text, and a caret below that points to the error
    field_error(std::string field, posthorn::message what, text_position where, std::string excerpt)
        : field_(std::move(field)),
          message_(std::move(what)),
          position_(where),
          excerpt_(std::move(excerpt)) {}

    /// The field: "wording", "url", "verb", "body", "mode", "event", "filter", "condition", "signing",
    /// "headers[2]", "translations.fr.wording", "connection.proxy", "revision".
    [[nodiscard]] std::string const& field() const noexcept { return field_; }

    /// What a program can tell it by, in every version: "wording_missing", "unknown_field".
    [[nodiscard]] std::string_view code() const noexcept { return message_.code(); }

    /// One sentence that says what to write instead; with a position: "line 1, column 9: ...", and the
    /// excerpt below it.
    [[nodiscard]] POSTHORN_DECL std::string message(language in = language::english) const;

    /// Where in the field's text it is wrong; none: all of it is meant.
    [[nodiscard]] std::optional<text_position> const& position() const noexcept { return position_; }

  private:
    std::string field_;
    posthorn::message message_;
    std::optional<text_position> position_;
    std::string excerpt_;
};

/// Everything that is wrong with a webhook or a filter at once.
class field_errors {
  public:
    void add(std::string field, message what) { all_.emplace_back(std::move(field), std::move(what)); }
    void add(field_error one) { all_.push_back(std::move(one)); }

    /// Why nothing was done, where that is no fault of a field: `errc::registry_unavailable`,
    /// `errc::registry_conflict` (a stale revision), or what the storage says. Not set: the fields are at
    /// fault.
    [[nodiscard]] error_code const& cause() const noexcept { return cause_; }
    void set_cause(error_code const& why) noexcept { cause_ = why; }

    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
    [[nodiscard]] std::vector<field_error> const& all() const noexcept { return all_; }
    [[nodiscard]] auto begin() const noexcept { return all_.begin(); }
    [[nodiscard]] auto end() const noexcept { return all_.end(); }

    /// One line per error: "url: ...".
    [[nodiscard]] POSTHORN_DECL std::string text(language in = language::english) const;

  private:
    std::vector<field_error> all_;
    error_code cause_;
};

/// Called by `value()` of a result that holds field errors: throws std::invalid_argument with their text.
[[noreturn]] POSTHORN_DECL void throw_exception_from_error(field_errors const& errors,
                                                           boost::source_location const& where);

namespace detail {

// "line 1, column 9: ...", and the excerpt below it.
[[nodiscard]] POSTHORN_DECL std::string located_text(message const& what, text_position const& where,
                                                     std::string_view excerpt, language in);

} // namespace detail

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/model/field_error.ipp>
#endif
