// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/letters.hpp>
#include <posthorn/detail/text/text_rules.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/expression/suggestion.hpp>
#include <posthorn/expression/syntax.hpp>

#include <algorithm>
#include <span>
#include <string_view>

namespace posthorn::detail {

struct code_range {
    char32_t first;
    char32_t last;
};

// Characters that show nothing: blanks (White_Space, and the empty pattern of Braille), and those that
// Unicode has displayed as nothing by default (Default_Ignorable_Code_Point). Controls of C0 and C1 are
// none of them: they are an error of their own.
inline constexpr code_range invisible[] = {
    {0x20, 0x20},       {0xa0, 0xa0},      {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},
    {0x115f, 0x1160},   {0x1680, 0x1680},  {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200f},
    {0x2028, 0x202f},   {0x205f, 0x206f},  {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},  {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};

// Controls of C0 and C1, and those that change the direction of the text around them (Bidi_Control), with
// which a text can show something else than it says.
inline constexpr code_range controls[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c},
                                          {0x200e, 0x200f}, {0x202a, 0x202e}, {0x2066, 0x2069}};

[[nodiscard]] inline bool is_among(std::span<code_range const> ranges, char32_t code) noexcept {
    return std::ranges::any_of(ranges, [code](code_range r) { return r.first <= code && code <= r.last; });
}

POSTHORN_DECL bool has_visible_text(std::string_view text) noexcept {
    while (!text.empty()) {
        auto const length = utf8_length(text);
        if (length == 0 || !is_among(invisible, code_point(text.substr(0, length))))
            return true;
        text.remove_prefix(length);
    }
    return false;
}

// The number of a control character, as Unicode writes it; empty: it is none.
[[nodiscard]] POSTHORN_DECL std::string control_number(std::string_view character) {
    auto const code = code_point(character);
    std::string number;
    if (is_among(controls, code))
        for (int shift = 12; shift >= 0; shift -= 4)
            number += "0123456789ABCDEF"[code >> shift & 0xfU];
    return number;
}

// One text for people.
class text_check {
  public:
    // What the text may be: how long, and whether it may have several lines.
    constexpr text_check(std::size_t most, bool several_lines) noexcept
        : most_(most), several_lines_(several_lines) {}

    void run(std::string_view text, std::string const& field, field_errors& errors) const {
        std::size_t characters = 0;
        std::string control;
        for (; !text.empty(); ++characters) {
            auto const length = utf8_length(text);
            if (length == 0)
                return errors.add(field, message_id::not_utf8);
            if (control.empty() && !(several_lines_ && (text[0] == '\n' || text[0] == '\t')))
                control = control_number(text.substr(0, length));
            text.remove_prefix(length);
        }
        if (characters > most_)
            errors.add(field, {message_id::text_too_long, {most_, characters}});
        if (!control.empty())
            errors.add(field, {message_id::control_character, {control}});
    }

  private:
    std::size_t most_;
    bool several_lines_;
};

inline constexpr text_check wording_check(max_wording, false);
inline constexpr text_check description_check(max_description, true);
inline constexpr text_check filter_name_check(max_filter_name, false);

// Which languages there are, and which of them translations are of.
class language_check {
  public:
    language_check(std::vector<std::string> const& languages, field_errors& errors)
        : languages_(languages), errors_(errors) {}

    // Those that a translation can be of: all but the default, each once.
    [[nodiscard]] std::vector<std::string> others() const {
        std::vector<std::string> all;
        for (auto const& l : languages_)
            if (l != languages_.front() && std::ranges::find(all, l) == all.end())
                all.push_back(l);
        return all;
    }

    // Whether a translation may be of this language, as the one at this place; else that is an error.
    [[nodiscard]] bool allows(std::string const& language, std::size_t place) {
        auto const wrong = misfit_of(language);
        if (!wrong.code().empty())
            errors_.add("translations[" + std::to_string(place) + "].language", wrong);
        else
            seen_.push_back(language);
        return wrong.code().empty();
    }

  private:
    [[nodiscard]] message misfit_of(std::string const& language) const {
        if (std::ranges::find(languages_, language) == languages_.end())
            return {message_id::unknown_language, {in_backticks(language), list()}};
        if (language == languages_.front())
            return {message_id::default_language, {in_backticks(language)}};
        if (std::ranges::find(seen_, language) != seen_.end())
            return {message_id::language_twice, {in_backticks(language)}};
        return {};
    }

    [[nodiscard]] std::string list() const {
        std::string all;
        for (auto const& l : languages_)
            all.append(all.empty() ? "" : ", ").append(in_backticks(l));
        return all;
    }

    std::vector<std::string> const& languages_;
    field_errors& errors_;
    std::vector<std::string> seen_;
};

[[nodiscard]] inline std::vector<std::string> const&
languages_or_english(std::vector<std::string> const& languages) {
    static std::vector<std::string> const english{"en"};
    return languages.empty() ? english : languages;
}

[[nodiscard]] inline std::string translated_field(std::string const& language, char const* field) {
    return "translations." + language + '.' + field;
}

// A text that is there in the default language must be there in all others.
template <class Translation>
void require_text(std::vector<Translation> const& translations, std::string Translation::* text,
                  std::vector<std::string> const& languages, char const* field, field_errors& errors) {
    for (auto const& l : languages) {
        bool const given = std::ranges::any_of(
            translations, [&](auto const& t) { return t.language == l && has_visible_text(t.*text); });
        if (!given)
            errors.add(translated_field(l, field), {message_id::translation_missing, {l}});
    }
}

POSTHORN_DECL void check_texts(webhook const& w, std::vector<std::string> const& languages,
                               field_errors& errors) {
    if (!w.wording.empty() && !has_visible_text(w.wording))
        errors.add("wording", message_id::wording_missing);
    wording_check.run(w.wording, "wording", errors);
    description_check.run(w.description, "description", errors);
    language_check known(languages_or_english(languages), errors);
    for (std::size_t i = 0; i != w.translations.size(); ++i) {
        auto const& t = w.translations[i];
        if (!known.allows(t.language, i))
            continue;
        wording_check.run(t.wording, translated_field(t.language, "wording"), errors);
        description_check.run(t.description, translated_field(t.language, "description"), errors);
    }
    require_text(w.translations, &translation::wording, known.others(), "wording", errors);
    if (has_visible_text(w.description))
        require_text(w.translations, &translation::description, known.others(), "description", errors);
}

POSTHORN_DECL void check_texts(filter const& f, std::vector<std::string> const& languages,
                               field_errors& errors) {
    if (!f.name.empty() && !has_visible_text(f.name))
        errors.add("name", message_id::filter_name_missing);
    filter_name_check.run(f.name, "name", errors);
    language_check known(languages_or_english(languages), errors);
    for (std::size_t i = 0; i != f.translations.size(); ++i) {
        auto const& t = f.translations[i];
        if (known.allows(t.language, i))
            filter_name_check.run(t.name, translated_field(t.language, "name"), errors);
    }
    require_text(f.translations, &filter_translation::name, known.others(), "name", errors);
}

} // namespace posthorn::detail
