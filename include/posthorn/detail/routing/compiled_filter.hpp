// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/expression.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/field_error.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/message.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace posthorn::detail {

// What a saved filter asks of an object; no test: it lets all pass.
struct compiled_filter {
    std::optional<expression> test;
};

// Checks a filter and makes its expression canonical. An expression in `errors` is not looked at again.
[[nodiscard]] POSTHORN_DECL std::optional<compiled_filter> compile_filter(filter& f, catalog_schema catalog,
                                                                          field_errors& errors);

// The position of the object type with this name, or `no_index`.
[[nodiscard]] POSTHORN_DECL std::size_t index_of(catalog_schema catalog, std::string_view name) noexcept;

// What to say of a name that no object type has.
[[nodiscard]] POSTHORN_DECL message unknown_object_type(catalog_schema catalog, std::string_view name);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/routing/compiled_filter.ipp>
#endif
