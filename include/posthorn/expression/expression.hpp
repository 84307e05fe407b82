// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/value.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/event.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// Where an expression or a template is wrong, and what to write instead.
class expression_error {
  public:
    /// No error; what `result::error()` gives of a success.
    expression_error() = default;

    expression_error(std::size_t offset, std::string message)
        : offset_(offset), message_(std::move(message)) {}

    /// Bytes from the start of the text.
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

    /// One sentence; names the offending text and, where one is near, the known name that was probably meant.
    [[nodiscard]] std::string const& message() const noexcept { return message_; }

  private:
    std::size_t offset_ = 0;
    std::string message_;
};

namespace detail {

// What names mean where an expression stands: the objects of one (object type, action) of the catalog.
struct expression_scope {
    catalog_schema catalog;
    std::size_t object = no_index;
    // Empty: any action, so that `previous` may be missing.
    std::optional<action> what;
};

} // namespace detail

/// An expression compiled against the catalog: a field path such as `project.code`, `previous.status`,
/// `event.actor`.
///
/// Evaluation calls member accessors; it neither throws nor allocates. Immutable: safe to evaluate from any
/// threads.
class expression {
  public:
    /// Parses and checks `text`; every name must exist where the expression stands.
    [[nodiscard]] static boost::system::result<expression, expression_error>
    compile(std::string_view text, detail::expression_scope const& where);

    /// The value for one event; null where an optional part of the path is not set.
    [[nodiscard]] value evaluate(detail::event_view const& e) const noexcept;

    /// What `evaluate` can give.
    [[nodiscard]] value_type type() const noexcept { return type_; }

  private:
    enum class root : std::uint8_t { object, previous, scope, event };

    expression() = default;

    friend class expression_compiler;

    root root_ = root::object;
    value_type type_;
    record_schema const& (*record_)() = nullptr;
    detail::catalog_schema catalog_;
    std::vector<field_schema const*> steps_;
};

/// Thrown by `value()` of a result that holds an expression_error.
[[noreturn]] POSTHORN_DECL void throw_exception_from_error(expression_error const& e,
                                                           boost::source_location const& where);

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression.ipp>
#endif
