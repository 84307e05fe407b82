// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/routing/compiled_filter.hpp>
#include <posthorn/expression/suggestion.hpp>
#include <posthorn/expression/syntax.hpp>

#include <vector>

namespace posthorn::detail {

POSTHORN_DECL std::size_t index_of(catalog_schema catalog, std::string_view name) noexcept {
    for (std::size_t i = 0; i != catalog.size(); ++i)
        if (catalog[i].name == name)
            return i;
    return no_index;
}

POSTHORN_DECL message unknown_object_type(catalog_schema catalog, std::string_view name) {
    std::vector<std::string_view> known;
    for (auto const& o : catalog)
        known.push_back(o.name);
    return {message_id::unknown_object_type, {in_backticks(name), suggestion(name, known)}};
}

// Whether events of any type are filtered by objects of this one.
[[nodiscard]] POSTHORN_DECL bool filters_others(catalog_schema catalog, std::size_t object) noexcept {
    for (std::size_t i = 0; i != catalog.size(); ++i)
        if (filtered_by(catalog, i) == object)
            return true;
    return false;
}

POSTHORN_DECL std::optional<compiled_filter> compile_filter(filter& f, catalog_schema catalog,
                                                            field_errors& errors) {
    bool const had_errors = !errors.empty();
    if (f.name.empty())
        errors.add("name", message_id::filter_name_missing);
    if (!f.is_public && f.owner.empty())
        errors.add("owner", message_id::filter_owner_missing);
    auto const object = index_of(catalog, f.object);
    if (object == no_index)
        errors.add("object", f.object.empty() ? message_id::filter_object_missing
                                              : unknown_object_type(catalog, f.object));
    else if (!filters_others(catalog, object))
        errors.add("object", {message_id::filter_object_no_scope, {in_backticks(f.object)}});
    compiled_filter made;
    if (object != no_index && !had_errors && !f.expression.empty() && f.expression != "true") {
        auto test = expression::compile_predicate(f.expression, {catalog, object, std::nullopt, true});
        if (test) {
            f.expression = test->text();
            made.test = *std::move(test);
        } else {
            errors.add(test.error().in_field("expression"));
        }
    }
    return errors.empty() ? std::optional(std::move(made)) : std::nullopt;
}

} // namespace posthorn::detail
