// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/catalog.hpp>
#include <posthorn/model/webhook.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace posthorn {

namespace detail {

template <class>
inline constexpr bool is_in_catalog = false;

} // namespace detail

/// A webhook in the making: fluent, and typed where a name of the catalog is meant. `dispatcher::webhook`
/// starts one.
///
/// @tparam Catalog the host's catalog
template <class Catalog>
class webhook_draft {
  public:
    explicit webhook_draft(std::string wording) { what_.wording = std::move(wording); }

    /// Asks for one action on objects of type `T`, or for all actions.
    template <class T>
    webhook_draft&& on(std::optional<action> what = std::nullopt) && {
        constexpr auto index = Catalog::template index_of<T>;
        static_assert(
            index != detail::no_index || detail::is_in_catalog<T>,
            "posthorn: on<T> names a type that is not in the catalog; add object<T, \"name\"> to it.");
        if constexpr (index != detail::no_index) {
            what_.object = Catalog::schema()[index].name;
            what_.what = what;
        }
        return std::move(*this);
    }

    /// @name The call: method and URL template.
    /// @{
    webhook_draft&& get(std::string url) && { return std::move(*this).call(verb::get, std::move(url)); }
    webhook_draft&& post(std::string url) && { return std::move(*this).call(verb::post, std::move(url)); }
    webhook_draft&& put(std::string url) && { return std::move(*this).call(verb::put, std::move(url)); }
    webhook_draft&& patch(std::string url) && { return std::move(*this).call(verb::patch, std::move(url)); }
    webhook_draft&& del(std::string url) && { return std::move(*this).call(verb::delete_, std::move(url)); }
    /// @}

    /// A body template. Without a Content-Type header it is JSON.
    webhook_draft&& body(std::string text) && {
        what_.body = webhook_body(std::move(text));
        return std::move(*this);
    }

    /// The standard body: type, timestamp, and the object as JSON.
    webhook_draft&& body(default_body_t) && {
        what_.body = webhook_body::standard();
        return std::move(*this);
    }

    /// A header field whose value is a template.
    webhook_draft&& header(std::string name, std::string value) && {
        what_.headers.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }

    /// A header field whose value nobody but the receiver sees.
    webhook_draft&& header(std::string name, secret value) && {
        what_.headers.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }

    /// Signs with `key`. Called again, it signs with both: during a rotation, until `not_after` of the old
    /// one.
    webhook_draft&& sign(secret key, std::optional<wall_time> not_after = std::nullopt) && {
        what_.signing.emplace_back(std::move(key), not_after);
        return std::move(*this);
    }

    webhook_draft&& description(std::string text) && {
        what_.description = std::move(text);
        return std::move(*this);
    }

    /// Saved, but matching nothing until it is made active.
    webhook_draft&& inactive() && {
        what_.active = false;
        return std::move(*this);
    }

    /// What was drafted.
    [[nodiscard]] posthorn::webhook const& value() const noexcept { return what_; }

  private:
    webhook_draft&& call(verb method, std::string url) && {
        what_.method = method;
        what_.url = std::move(url);
        return std::move(*this);
    }

    posthorn::webhook what_;
};

} // namespace posthorn
