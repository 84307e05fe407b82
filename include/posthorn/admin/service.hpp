// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/service_base.hpp>
#include <posthorn/dispatcher.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace posthorn::admin {

/// The administration of a dispatcher's webhooks: what every page, API or command line for people is made of.
///
/// All rules are here, none is in what is built on it: who may do what, what a form must hold, what happens
/// when two people edit one webhook, what a test shows, which pending orders there are and what can be done
/// with them. The functions are those of `service_base`.
///
/// A handle of the dispatcher, which it may outlive, but not the dispatcher's execution contexts.
/// @code
/// posthorn::admin::service<objects> desk(hooks);
/// desk.offer(projects);                       // an object_source<project>
/// auto saved = desk.save(user, form);         // an id, or every field that is wrong
/// @endcode
/// Thread safety: as `service_base`; `offer` before anything else.
template <class Catalog, class Policies = default_policies>
class service : public service_base {
  public:
    /// @param history_keys seal the history, so that tampering with it is found; none: it is not sealed. Best
    ///                     others than those that encrypt secrets.
    explicit service(dispatcher<Catalog, Policies> const& of, encryption_keys history_keys = {})
        : service_base(of.core_, std::move(history_keys)) {}

    /// Where people find the objects of type `T` to test webhooks with. A type that is offered by nobody
    /// cannot be tested with, nor one whose scope is not.
    template <class T>
    void offer(object_source<T> from) {
        constexpr auto index = Catalog::template index_of<T>;
        static_assert(
            index != posthorn::detail::no_index,
            "posthorn: offer() takes the objects of a type that is not in the catalog; add object<T, "
            "\"name\"> to it.");
        any_source any;
        any.list = std::move(from.list);
        if (from.load)
            any.load = [load = std::move(from.load)](std::string_view id) -> std::shared_ptr<void const> {
                auto found = load(id);
                return found ? std::make_shared<T const>(*std::move(found)) : nullptr;
            };
        if (from.is_inside)
            any.is_inside = [inside = std::move(from.is_inside)](void const* object, std::string_view scope) {
                return inside(*static_cast<T const*>(object), scope);
            };
        service_base::offer(index, std::move(any));
    }
};

} // namespace posthorn::admin
