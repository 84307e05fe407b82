// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// What people read of a webhook, in a language that is not the default one.
struct translation {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    translation() noexcept {}
    translation(std::string in, std::string worded, std::string described = {})
        : language(std::move(in)), wording(std::move(worded)), description(std::move(described)) {}

    [[nodiscard]] friend bool operator==(translation const&, translation const&) = default;

    /// The tag of one of `options::languages`, as it stands there: "fr", "fr-CA".
    std::string language;
    std::string wording;
    std::string description;
};

/// What people read of a saved filter, in a language that is not the default one.
struct filter_translation {
    filter_translation() noexcept {}
    filter_translation(std::string in, std::string named) : language(std::move(in)), name(std::move(named)) {}

    [[nodiscard]] friend bool operator==(filter_translation const&, filter_translation const&) = default;

    /// The tag of one of `options::languages`, as it stands there: "fr", "fr-CA".
    std::string language;
    std::string name;
};

namespace detail {

// One text in the language of this tag, else in that of a shorter tag ("fr" for "fr-CA"). Null: there is
// none; an empty text is none.
template <class Translation>
[[nodiscard]] std::string const* text_in(std::string_view tag, std::vector<Translation> const& translations,
                                         std::string Translation::* text) noexcept {
    for (;;) {
        for (auto const& t : translations)
            if (t.language == tag && !(t.*text).empty())
                return &(t.*text);
        auto const dash = tag.rfind('-');
        if (dash == std::string_view::npos)
            return nullptr;
        tag = tag.substr(0, dash);
    }
}

} // namespace detail

} // namespace posthorn
