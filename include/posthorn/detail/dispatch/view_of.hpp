// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/catalog.hpp>
#include <posthorn/model/event.hpp>
#include <posthorn/model/uuid.hpp>

#include <concepts>
#include <type_traits>

namespace posthorn::detail {

// Takes an event's types off, once it is known that they fit the catalog.
template <class Catalog, class T, class Scope>
[[nodiscard]] event_view view_of(event<T, Scope> const& e) {
    constexpr auto index = Catalog::template index_of<T>;
    static_assert(index != no_index,
                  "posthorn: the event's object type is not in the catalog; add object<T, \"name\"> to it.");
    if constexpr (index != no_index) {
        using scope = typename Catalog::template scope_of<T>;
        static_assert(
            std::is_void_v<scope> || std::same_as<scope, Scope>,
            "posthorn: objects of this type have a scope; write created(object).within(scope), with "
            "the type that scoped_by<> names.");
        static_assert(!std::is_void_v<scope> || std::is_void_v<Scope>,
                      "posthorn: objects of this type have no scope; leave .within(...) out, or add "
                      "scoped_by<> to the catalog.");
    }
    return {index, e.what(), &e.object(), e.previous(), e.scope(), e.actor(), {}, {}, uuid_text(uuid{})};
}

} // namespace posthorn::detail
