// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/text/text_rules.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

using posthorn::field_errors;
using posthorn::filter;
using posthorn::language;
using posthorn::webhook;
using tags = std::vector<std::string>;

// "field code", one line per error.
std::string codes(field_errors const& errors) {
    std::string all;
    for (auto const& e : errors)
        all.append(all.empty() ? "" : "\n").append(e.field()).append(" ").append(e.code());
    return all;
}

template <class T>
field_errors checked(T const& what, tags const& languages = {"en"}) {
    field_errors errors;
    posthorn::detail::check_texts(what, languages, errors);
    return errors;
}

webhook worded(std::string wording, std::string description = {}) {
    webhook w;
    w.wording = std::move(wording);
    w.description = std::move(description);
    return w;
}

filter named(std::string name) {
    filter f;
    f.name = std::move(name);
    return f;
}

std::string repeated(std::string_view character, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i != count; ++i)
        text += character;
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_text_rules)

BOOST_AUTO_TEST_CASE(one_language_asks_for_no_translation) {
    BOOST_TEST(checked(worded("a", "b")).text() == "");
    BOOST_TEST(checked(worded("a", "b"), {}).text() == "");
    BOOST_TEST(checked(named("a")).text() == "");
    // That a text is empty is told elsewhere.
    BOOST_TEST(checked(worded("")).text() == "");
    BOOST_TEST(checked(named("")).text() == "");
}

BOOST_AUTO_TEST_CASE(several_languages_ask_for_each_text_that_the_default_has) {
    tags const languages{"en", "fr", "pt-BR"};
    BOOST_TEST(codes(checked(worded("a"), languages)) == "translations.fr.wording translation_missing\n"
                                                         "translations.pt-BR.wording translation_missing");
    auto w = worded("a", "b");
    w.translations.emplace_back("pt-BR", "c");
    w.translations.emplace_back("fr", "", "d");
    BOOST_TEST(codes(checked(w, languages)) == "translations.fr.wording translation_missing\n"
                                               "translations.pt-BR.description translation_missing");
    w.translations[0].description = "e";
    w.translations[1].wording = "f";
    BOOST_TEST(codes(checked(w, languages)) == "");
    auto f = named("a");
    BOOST_TEST(checked(f, {"en", "fr"}).text() ==
               "translations.fr.name: this text is needed in every language of the host, in `fr` too");
    BOOST_TEST(checked(f, {"en", "fr"}).text(language::french) ==
               "translations.fr.name: ce texte est requis dans toutes les langues de l'application, en `fr` "
               "aussi");
    f.translations.emplace_back("fr", "b");
    BOOST_TEST(checked(f, {"en", "fr"}).text() == "");
}

BOOST_AUTO_TEST_CASE(a_translation_may_say_more_than_the_default) {
    auto w = worded("a");
    w.translations.emplace_back("fr", "b", "c");
    BOOST_TEST(checked(w, {"en", "fr"}).text() == "");
}

BOOST_AUTO_TEST_CASE(an_unknown_language_is_told_the_known_ones) {
    auto w = worded("a");
    w.translations.emplace_back("fr", "b");
    w.translations.emplace_back("FR", "b");
    w.translations.emplace_back("fr-CA", "b");
    w.translations.emplace_back("", "\x01");
    auto const errors = checked(w, {"en", "fr"});
    BOOST_TEST(codes(errors) == "translations[1].language unknown_language\n"
                                "translations[2].language unknown_language\n"
                                "translations[3].language unknown_language");
    BOOST_TEST(errors.begin()->message() == "this host has no language `FR`; choose one of `en`, `fr`");
    BOOST_TEST(errors.begin()->message(language::french) ==
               "cette application n'a pas de langue `FR` ; choisissez parmi `en`, `fr`");
    auto f = named("a");
    f.translations.emplace_back("fr", "b");
    BOOST_TEST(codes(checked(f)) == "translations[0].language unknown_language");
    BOOST_TEST(codes(checked(f, {})) == "translations[0].language unknown_language");
}

BOOST_AUTO_TEST_CASE(the_default_language_has_no_translation) {
    auto w = worded("a");
    w.translations.emplace_back("en", "b");
    BOOST_TEST(checked(w).text() ==
               "translations[0].language: `en` is the default language of this host; write its texts into "
               "the fields themselves");
}

BOOST_AUTO_TEST_CASE(a_language_stands_once) {
    auto w = worded("a");
    w.translations.emplace_back("fr", "b");
    w.translations.emplace_back("fr", "c");
    BOOST_TEST(checked(w, {"en", "fr"}).text() ==
               "translations[1].language: the language `fr` stands twice; give each language once");
    auto f = named("a");
    f.translations.emplace_back("fr", "b");
    f.translations.emplace_back("fr", "b");
    BOOST_TEST(codes(checked(f, {"en", "fr"})) == "translations[1].language language_twice");
}

BOOST_AUTO_TEST_CASE(languages_of_the_host_that_stand_twice_count_once) {
    BOOST_TEST(codes(checked(worded("a"), {"en", "fr", "en", "fr"})) ==
               "translations.fr.wording translation_missing");
}

BOOST_AUTO_TEST_CASE(texts_are_bounded_in_characters) {
    for (std::string_view const character : {"x", "\xc3\xa9", "\xf0\x9f\x93\xaf"}) {
        BOOST_TEST(checked(worded(repeated(character, 200), repeated(character, 4000))).text() == "");
        BOOST_TEST(checked(named(repeated(character, 200))).text() == "");
        BOOST_TEST(codes(checked(worded(repeated(character, 201), repeated(character, 4001)))) ==
                   "wording text_too_long\ndescription text_too_long");
        BOOST_TEST(codes(checked(named(repeated(character, 201)))) == "name text_too_long");
    }
    BOOST_TEST(checked(named(repeated("x", 201))).text() == "name: at most 200 characters; there are 201");
    BOOST_TEST(checked(named(repeated("x", 201))).text(language::french) ==
               "name: 200 caractères au plus ; il y en a 201");
    auto w = worded("a", "b");
    w.translations.emplace_back("fr", repeated("x", 201), repeated("x", 4001));
    BOOST_TEST(codes(checked(w, {"en", "fr"})) ==
               "translations.fr.wording text_too_long\ntranslations.fr.description text_too_long");
    auto f = named("a");
    f.translations.emplace_back("fr", repeated("x", 201));
    BOOST_TEST(codes(checked(f, {"en", "fr"})) == "translations.fr.name text_too_long");
}

BOOST_AUTO_TEST_CASE(texts_are_utf8) {
    for (std::string_view const text : {"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
        BOOST_TEST(codes(checked(worded(std::string(text), std::string(text)))) ==
                   "wording not_utf8\ndescription not_utf8");
        BOOST_TEST(codes(checked(named(std::string(text)))) == "name not_utf8");
        auto w = worded("a");
        w.translations.emplace_back("fr", std::string(text), std::string(text));
        BOOST_TEST(codes(checked(w, {"en", "fr"})) ==
                   "translations.fr.wording not_utf8\ntranslations.fr.description not_utf8");
    }
}

BOOST_AUTO_TEST_CASE(control_characters_are_refused) {
    // All of both ranges, and those beside them.
    for (int c = 0; c != 0xa2; ++c) {
        std::string const text =
            c < 0x80 ? std::string(1, static_cast<char>(c)) : std::string("\xc2") + static_cast<char>(c);
        bool const control = c < 0x20 || (c >= 0x7f && c < 0xa0);
        bool const in_lines = c == '\n' || c == '\t';
        BOOST_TEST_CONTEXT(c) {
            BOOST_TEST(codes(checked(worded("a" + text))) == (control ? "wording control_character" : ""));
            BOOST_TEST(codes(checked(worded("a", "b" + text))) ==
                       (control && !in_lines ? "description control_character" : ""));
            BOOST_TEST(codes(checked(named(text + "a"))) == (control ? "name control_character" : ""));
        }
    }
    BOOST_TEST(checked(worded("a\x1b[0m")).text() ==
               "wording: the control character U+001B is not allowed here; leave it out");
    BOOST_TEST(checked(worded("a", "b\xc2\x85")).text(language::french) ==
               "description: le caractère de contrôle U+0085 n'est pas autorisé ici ; supprimez-le");
    BOOST_TEST(codes(checked(worded(repeated("\n", 201)))) ==
               "wording text_too_long\nwording control_character");
}

BOOST_AUTO_TEST_CASE(a_text_without_a_visible_character_is_none) {
    using posthorn::detail::has_visible_text;
    for (auto const* const text : {"",
                                   " ",
                                   "\u00a0",
                                   "\u00ad",
                                   "\u034f",
                                   "\u115f\u1160",
                                   "\u1680",
                                   "\u17b4",
                                   "\u180e",
                                   "\u2003",
                                   "\u200b",
                                   "\u200d",
                                   "\u2028",
                                   "\u202f",
                                   "\u2060",
                                   "\u2800",
                                   "\u3000",
                                   "\u3164",
                                   "\ufe0f",
                                   "\ufeff",
                                   "\uffa0",
                                   "\U000e0020",
                                   " \u00a0\u200b\ufeff\u3164 "})
        BOOST_TEST(!has_visible_text(text), text);
    for (auto const* const text : {"a", "\u200ba", "\u00e9", "\u4e2d", "\U0001f389", ".", "\xff"})
        BOOST_TEST(has_visible_text(text), text);
}

BOOST_AUTO_TEST_CASE(an_invisible_translation_is_missing) {
    tags const languages{"en", "fr"};
    BOOST_TEST(codes(checked(worded("\u200b"))) == "wording wording_missing");
    BOOST_TEST(codes(checked(named("\u200b"))) == "name filter_name_missing");
    auto w = worded("a", "\u00a0");
    w.translations.emplace_back("fr", "\u200b");
    BOOST_TEST(codes(checked(w, languages)) == "translations.fr.wording translation_missing");
    auto f = named("a");
    f.translations.emplace_back("fr", "\u3164");
    BOOST_TEST(codes(checked(f, languages)) == "translations.fr.name translation_missing");
}

BOOST_AUTO_TEST_CASE(controls_of_the_direction_are_refused) {
    for (auto const& [control, number] :
         {std::pair("\u061c", "061C"), std::pair("\u200e", "200E"), std::pair("\u200f", "200F"),
          std::pair("\u202a", "202A"), std::pair("\u202e", "202E"), std::pair("\u2066", "2066"),
          std::pair("\u2069", "2069")}) {
        auto const errors = checked(worded(std::string("a") + control + "b", std::string("c") + control));
        BOOST_TEST(codes(errors) == "wording control_character\ndescription control_character");
        BOOST_TEST(errors.begin()->message() ==
                   "the control character U+" + std::string(number) + " is not allowed here; leave it out");
        BOOST_TEST(codes(checked(named(std::string("a") + control))) == "name control_character");
    }
    // What joins letters and emoji is part of their writing.
    BOOST_TEST(codes(checked(worded("\u0645\u06cc\u200c\u0646 \U0001f468\u200d\U0001f469"))) == "");
}

BOOST_AUTO_TEST_SUITE_END()
