// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/expression/typed_draft.hpp>
#include <posthorn/expression/criteria.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/webhook.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace posthorn {

/// A saved filter in the making: fluent, and typed where a name of the catalog is meant.
///
/// Without `where` it is true of all objects. Of several calls of `where`, the last one counts.
/// @tparam Catalog the host's catalog
/// @tparam Object  the object type that `on` said; void before
template <class Catalog, class Object = void>
class filter_draft {
  public:
    explicit filter_draft(std::string name) { what_.name = std::move(name); }

    filter_draft(filter_draft const&) = default;
    filter_draft(filter_draft&&) = default;
    ~filter_draft() = default;
    /// By value, so that `draft = std::move(draft).for_everyone()` keeps what it has.
    filter_draft& operator=(filter_draft other) noexcept {
        what_ = std::move(other.what_);
        object_ = other.object_;
        criteria_ = std::move(other.criteria_);
        errors_ = std::move(other.errors_);
        return *this;
    }

    /// A draft that has forgotten its object type, so that drafts of all types can be kept and saved alike.
    // NOLINTNEXTLINE(google-explicit-constructor): where a draft is taken, one that knows more is one too.
    operator filter_draft<Catalog>() const
        requires(!std::is_void_v<Object>)
    {
        return filter_draft<Catalog>(*this);
    }

    /// Says whose predicate it is: objects of type `T`.
    template <class T>
    auto on() && {
        constexpr auto index = Catalog::template index_of<T>;
        static_assert(
            index != detail::no_index,
            "posthorn: on<T> names a type that is not in the catalog; add object<T, \"name\"> to it.");
        if constexpr (index != detail::no_index) {
            what_.object = Catalog::schema()[index].name;
            object_ = index;
            write();
            return filter_draft<Catalog, T>(std::move(*this));
        } else {
            return std::move(*this);
        }
    }

    /// An expression that must be true, as text; saving checks it.
    filter_draft&& where(std::string text) && {
        criteria_.reset();
        errors_ = field_errors();
        what_.expression = std::move(text);
        return std::move(*this);
    }

    /// The same in C++: `field<&project::status> == "open"`. Behind `on<T>`, the compiler checks that it
    /// speaks of a `T`; else saving does.
    template <detail::typed_term Term>
    filter_draft&& where(Term const& predicate) && {
        using here = detail::standing_at<Object, void>;
        constexpr auto wrong = detail::predicate_misfit<Catalog, here, true, Term>();
        if constexpr (wrong == detail::misfit::none)
            return std::move(*this).where(
                detail::print_expression(detail::named_tree<Catalog, here>(predicate)));
        else
            detail::explain<wrong, Term>();
        return std::move(*this);
    }

    /// Criteria that must all hold. They may come before `on`; what is wrong with them is in `errors`.
    filter_draft&& where(std::vector<criterion> criteria) && {
        criteria_ = std::move(criteria);
        write();
        return std::move(*this);
    }

    /// Its name in another language of the host, by its tag.
    filter_draft&& translated(std::string tag, std::string name) && {
        what_.translations.emplace_back(std::move(tag), std::move(name));
        return std::move(*this);
    }

    /// Private: this user's alone.
    filter_draft&& owned_by(std::string who) && {
        what_.owner = std::move(who);
        what_.is_public = false;
        return std::move(*this);
    }

    /// Public: all users see it.
    filter_draft&& for_everyone() && {
        what_.is_public = true;
        return std::move(*this);
    }

    /// What was drafted. As long as `errors` has any, its expression is none, so that no save accepts it.
    [[nodiscard]] filter const& value() const noexcept { return what_; }

    /// What is wrong with the criteria: fields such as "criteria[1].value".
    [[nodiscard]] field_errors const& errors() const noexcept { return errors_; }

  private:
    template <class, class>
    friend class filter_draft;

    template <class Other>
    explicit filter_draft(filter_draft<Catalog, Other> other)
        : what_(std::move(other.what_)),
          object_(other.object_),
          criteria_(std::move(other.criteria_)),
          errors_(std::move(other.errors_)) {}

    // Criteria become text as soon as both they and the type are known.
    void write() {
        if (!criteria_)
            return;
        auto text = to_expression(*criteria_, Catalog::schema(), object_);
        errors_ = text ? field_errors() : text.error();
        what_.expression = text ? *std::move(text) : "?";
    }

    filter what_;
    std::size_t object_ = detail::no_index;
    std::optional<std::vector<criterion>> criteria_;
    field_errors errors_;
};

} // namespace posthorn
