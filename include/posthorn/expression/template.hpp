// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/expression.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn {

/// Where a template stands; it decides how values are escaped.
enum class place : std::uint8_t {
    /// Percent-encoded, so that a value never adds a path segment or a parameter.
    url,
    /// As it is; a value that HTTP does not allow in a header is an error of the delivery.
    header,
    /// Inside a string literal: JSON escapes. Elsewhere: a whole JSON value, quotes included.
    json,
    /// Percent-encoded as a form field.
    form,
    /// With `&`, `<`, `>` and quotes as entities.
    xml,
    /// As it is.
    text,
};

/// A text with `{{ expression }}` in it, compiled against the catalog.
///
/// An expression ends with the first `}}` that stands in none of its text literals.
///
/// Immutable: safe to render from any threads.
class text_template {
  public:
    /// Parses and checks `text`. In a URL no expression may stand before the path. A JSON text must be JSON
    /// after a trial rendering. A list or an object may only stand in a JSON body, outside quotes.
    [[nodiscard]] static boost::system::result<text_template, expression_error>
    compile(std::string_view text, place where, detail::expression_scope const& scope);

    /// Appends the text for one event; allocates only to grow `out`. Stops early once `out` is longer than
    /// `longest`, so that many expressions cannot fill the memory; the caller sees it by the size.
    void render(std::string& out, detail::event_view const& e, std::size_t longest = std::string::npos) const;

    /// Whether the text is the same for every event.
    [[nodiscard]] bool is_constant() const noexcept { return holes_.empty(); }

    /// Of a URL from its path on: whether a value could leave a segment empty or make it `.` or `..`, since
    /// there is no other text beside it.
    [[nodiscard]] bool may_change_path() const;

    /// The same template without its first `count` bytes, in which no expression stands.
    [[nodiscard]] text_template without_prefix(std::size_t count) const;

  private:
    enum class escape : std::uint8_t { percent, none, json_text, json_value, entities };

    // Literal text up to `literal_end`, then a value.
    struct hole {
        std::size_t literal_end;
        escape how;
        expression what;
    };

    friend class template_compiler;

    static void append(std::string& out, escape how, value const& v, std::size_t longest);

    text_template() = default;

    std::string literals_;
    std::vector<hole> holes_;
};

namespace detail {

/// How many segments of the path that a request target starts with are empty, `.` or `..`, written with %2e
/// too.
[[nodiscard]] POSTHORN_DECL std::size_t count_dot_segments(std::string_view target) noexcept;

/// The position of the `}}` that ends the expression whose `{{` stands at `open`; npos if there is none.
[[nodiscard]] POSTHORN_DECL std::size_t hole_end(std::string_view text, std::size_t open) noexcept;

} // namespace detail

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/template.ipp>
#endif
