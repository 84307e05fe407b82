// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>
#include <posthorn/model/action.hpp>
#include <posthorn/model/time.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::admin {

/// An object that a person can pick for a test.
struct object_choice {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    object_choice() noexcept {}
    object_choice(std::string key, std::string shown) : id(std::move(key)), label(std::move(shown)) {}

    [[nodiscard]] friend bool operator==(object_choice const&, object_choice const&) = default;

    /// What the host finds it by.
    std::string id;
    std::string label;
};

/// Where a host has its objects of type `T`, so that people can test webhooks with them. Both functions are
/// called by whoever calls the service, on his thread.
template <class T>
struct object_source {
    object_source() noexcept {}

    /// Gives at most `limit` objects whose label contains `text`, inside the scope object of id `scope`; the
    /// scope is empty for a type without one. In the same order at each call, so that pages follow each
    /// other.
    std::function<std::vector<object_choice>(std::string_view scope, std::string_view text,
                                             std::size_t limit)>
        list;
    /// The object of this id; none: it is gone.
    std::function<std::optional<T>(std::string_view id)> load;
    /// Whether the object is inside the scope object of this id. Optional: without it, an object is inside
    /// the scope objects under which `list` gives its id.
    std::function<bool(T const& object, std::string_view scope)> is_inside;
};

/// With what a webhook is tested.
struct test_choice {
    test_choice() noexcept {}

    /// The object's id, as its source gave it.
    std::string object;
    /// Of a type with a scope: the scope object's id.
    std::string scope;
    /// What happens to the object, of a webhook that asks for all actions.
    action what = action::modified;
};

/// What a test call sent, and what came of it. Nothing was stored.
struct test_report {
    test_report() noexcept {}

    /// What the formula of the URL became.
    std::string url;
    std::string method;
    /// "Name: value" each, as sent; secret values masked.
    std::vector<std::string> headers;
    std::string body;

    /// No error: a 2xx status.
    error_code error;
    /// 0: there was no answer.
    int status = 0;
    /// The beginning of the answer's body, secrets masked. Untrusted.
    std::string answer;
    /// Where a redirect points, which is not followed. Untrusted.
    std::string location;
    /// What the transport says about the error.
    std::string detail;
    duration took{};

    /// The screen's messages in the user's language: that a technical error has occurred, if one has; what
    /// the formula of the URL became; that the request was sent, and the status code.
    std::vector<std::string> messages;

    /// Whether a real delivery that fails like this is tried again, and after what wait.
    std::optional<duration> retried_after;
};

} // namespace posthorn::admin
