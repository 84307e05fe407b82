// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/expression.hpp>
#include <posthorn/expression/value.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/field_error.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// What a criterion asks of a field. A field that is not set fulfils none of them but `is_not_set`: also
/// `not_equals` is false of it.
enum class criterion_operator : std::uint8_t {
    equals,
    not_equals,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    /// Of text: a part of it. Of a list: one of its elements.
    contains,
    starts_with,
    ends_with,
    /// Takes 1 to 256 values, one of which the field must equal.
    one_of,
    /// Takes no value.
    is_set,
    /// Takes no value.
    is_not_set,
};

/// The wire name: "equals", "less_or_equal", "is_not_set".
[[nodiscard]] POSTHORN_DECL std::string_view to_string(criterion_operator op) noexcept;

/// The operator of a wire name; nothing if it is none.
[[nodiscard]] POSTHORN_DECL std::optional<criterion_operator>
parse_criterion_operator(std::string_view name) noexcept;

/// One line of a filter as people edit it. A plain value; `to_expression` checks it.
struct criterion {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    criterion() noexcept {}
    criterion(std::string which, criterion_operator asked, std::vector<std::string> with = {})
        : field(std::move(which)), op(asked), values(std::move(with)) {}

    [[nodiscard]] friend bool operator==(criterion const&, criterion const&) = default;

    /// The path from the object, without its own name: `status`, `owner.name`.
    std::string field;
    criterion_operator op = criterion_operator::equals;
    /// As a person types them: `open`, `42`, `10000.5`, `true`, `2026-01-31T12:00:00Z`, `1h30m`. One, but for
    /// `one_of`, `is_set` and `is_not_set`.
    std::vector<std::string> values;
};

/// The operators that a field of this type offers, in the order of the enumeration; none for what has no
/// criteria, such as an object that is always there or a list of objects.
[[nodiscard]] POSTHORN_DECL std::vector<criterion_operator> operators_for(value_type const& type);

/// The canonical text of an expression that is true where all criteria hold; `true` if there are none.
///
/// Blanks around a value that is not text do not count. Times and durations stay as they were typed.
/// @param catalog `Catalog::schema()` of the host's catalog
/// @param object  the position of the scope type in it
/// @return all errors at once, at `criteria[1].field`, `criteria[1].operator` or `criteria[1].value`; at
///         `criteria` if all together are longer than an expression may be, which is 4096 bytes
[[nodiscard]] POSTHORN_DECL boost::system::result<std::string, field_errors>
to_expression(std::vector<criterion> const& criteria, detail::catalog_schema catalog, std::size_t object);

/// The criteria that a saved filter's expression consists of; none if it is empty or `true`. Nothing if it is
/// wrong, or no conjunction of criteria: then it is edited as text.
///
/// Expressions that mean the same as criteria are read too, with values in canonical form: `project.budget >
/// 10000` is `greater` with `10000.0`, `has(project.owner)` is `is_set`, `project.urgent` is `equals` with
/// `true`. For what `to_expression` gave, `to_expression` of the result is the same text.
/// @param expression the text
/// @param catalog    `Catalog::schema()` of the host's catalog
/// @param object     the position of the scope type in it
[[nodiscard]] POSTHORN_DECL std::optional<std::vector<criterion>>
criteria_of(std::string_view expression, detail::catalog_schema catalog, std::size_t object);

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/criteria.ipp>
#endif
