// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/expression/typed_draft.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/uuid.hpp>
#include <posthorn/model/webhook.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
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
/// @tparam Object  the object type that `on` said; void before
template <class Catalog, class Object = void>
class webhook_draft {
  public:
    explicit webhook_draft(std::string wording) { what_.wording = std::move(wording); }

    webhook_draft(webhook_draft const&) = default;
    webhook_draft(webhook_draft&&) = default;
    ~webhook_draft() = default;
    /// By value, so that `draft = std::move(draft).sign(key)` keeps what it has.
    webhook_draft& operator=(webhook_draft other) noexcept {
        what_ = std::move(other.what_);
        key_ = std::move(other.key_);
        return *this;
    }

    /// A draft that has forgotten its object type, so that drafts of all types can be kept and saved alike.
    // NOLINTNEXTLINE(google-explicit-constructor): where a draft is taken, one that knows more is one too.
    operator webhook_draft<Catalog>() const
        requires(!std::is_void_v<Object>)
    {
        return webhook_draft<Catalog>(what_, key_);
    }

    /// Asks for one action on objects of type `T`, or for all actions.
    template <class T>
    auto on(std::optional<action> what = std::nullopt) && {
        constexpr auto index = Catalog::template index_of<T>;
        static_assert(
            index != detail::no_index || detail::is_in_catalog<T>,
            "posthorn: on<T> names a type that is not in the catalog; add object<T, \"name\"> to it.");
        if constexpr (index != detail::no_index) {
            what_.object = Catalog::schema()[index].name;
            what_.what = what;
            return webhook_draft<Catalog, T>(std::move(what_), std::move(key_));
        } else {
            return std::move(*this);
        }
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

    /// An expression that must be true for an event to be told, as text; saving checks it. Of several calls
    /// of `when`, the last one counts; `&&` joins.
    webhook_draft&& when(std::string text) && {
        what_.condition = std::move(text);
        return std::move(*this);
    }

    /// The same in C++: `field<&project::budget> > 1e6 && previous<&project::status> != "open"`. Behind
    /// `on<T>`, the compiler checks that it speaks of a `T` and of what scopes it; else saving does.
    template <detail::typed_term Term>
    webhook_draft&& when(Term const& condition) && {
        using where = typename detail::condition_on<Catalog, Object>::type;
        constexpr auto wrong = detail::predicate_misfit<Catalog, where, false, Term>();
        if constexpr (wrong == detail::misfit::none)
            what_.condition = detail::print_expression(detail::named_tree<Catalog, where>(condition));
        else
            detail::explain<wrong, Term>();
        return std::move(*this);
    }

    /// Only for objects whose scope passes this saved filter. Of several calls, the last one counts.
    webhook_draft&& for_filter(uuid const& saved_filter) && {
        what_.filter = saved_filter;
        return std::move(*this);
    }

    /// Called when the change is made, and may say no: an error rolls the host's transaction back.
    webhook_draft&& in_transaction() && { return std::move(*this).at(call_mode::in_transaction); }

    /// Called when the change is made, after the commit: an error is told to whoever waits, the change
    /// stands.
    webhook_draft&& after_commit() && { return std::move(*this).at(call_mode::after_commit); }

    /// Called in the background, with retries. What a webhook is without a word.
    webhook_draft&& fire_and_forget() && { return std::move(*this).at(call_mode::fire_and_forget); }

    /// Signs with `key`. Called again, it signs with both: during a rotation, until `not_after` of the old
    /// one.
    webhook_draft&& sign(secret key, std::optional<wall_time> not_after = std::nullopt) && {
        what_.signing.emplace_back(std::move(key), not_after);
        return std::move(*this);
    }

    /// At most this many requests in flight at once.
    webhook_draft&& in_flight(std::uint32_t most) && {
        what_.pace.in_flight = most;
        return std::move(*this);
    }

    /// At most this many requests in a period.
    webhook_draft&& rate(std::uint32_t requests,
                         std::chrono::milliseconds period = std::chrono::seconds(1)) && {
        what_.pace.rate = requests;
        what_.pace.period = period;
        return std::move(*this);
    }

    /// One delivery after the other, in the order in which they were stored; see `pacing::in_order`.
    webhook_draft&& in_order() && {
        what_.pace.in_order = true;
        return std::move(*this);
    }

    /// Trusts the receiver's certificate by these authorities, PEM, in place of the usual ones.
    webhook_draft&& trust(std::string authorities) && {
        what_.connection.ca = std::move(authorities);
        return std::move(*this);
    }

    /// Proves to the receiver who calls: certificates and the private key of the first one, PEM.
    webhook_draft&& client_certificate(std::string chain, secret key) && {
        what_.connection.client_certificate = std::move(chain);
        what_.connection.client_key = std::move(key);
        return std::move(*this);
    }

    /// Reaches the receiver through an HTTP proxy, "http://host:port", which is told the credentials,
    /// "user:password", if there are any.
    webhook_draft&& proxy(std::string url, secret credentials = secret()) && {
        what_.connection.proxy = std::move(url);
        what_.connection.proxy_credentials = std::move(credentials);
        return std::move(*this);
    }

    webhook_draft&& description(std::string text) && {
        what_.description = std::move(text);
        return std::move(*this);
    }

    /// Wording and description in another language of the host, by its tag.
    webhook_draft&& translated(std::string tag, std::string wording, std::string description = {}) && {
        what_.translations.emplace_back(std::move(tag), std::move(wording), std::move(description));
        return std::move(*this);
    }

    /// Saved, but matching nothing until it is made active.
    webhook_draft&& inactive() && {
        what_.active = false;
        return std::move(*this);
    }

    /// What `dispatcher::ensure` knows the webhook by, in every version of the host's code: its wording may
    /// change, its key may not.
    webhook_draft&& key(std::string text) && {
        key_ = std::move(text);
        return std::move(*this);
    }

    /// The key; without one, the wording.
    [[nodiscard]] std::string const& key() const noexcept { return key_.empty() ? what_.wording : key_; }

    /// What was drafted.
    [[nodiscard]] posthorn::webhook const& value() const noexcept { return what_; }

  private:
    template <class, class>
    friend class webhook_draft;

    webhook_draft(posthorn::webhook what, std::string key) : what_(std::move(what)), key_(std::move(key)) {}

    webhook_draft&& at(call_mode mode) && {
        what_.mode = mode;
        return std::move(*this);
    }

    webhook_draft&& call(verb method, std::string url) && {
        what_.method = method;
        what_.url = std::move(url);
        return std::move(*this);
    }

    posthorn::webhook what_;
    std::string key_;
};

} // namespace posthorn
