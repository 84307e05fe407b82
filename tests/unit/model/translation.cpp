// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/filter.hpp>
#include <posthorn/model/translation.hpp>
#include <posthorn/model/webhook.hpp>

#include <boost/test/unit_test.hpp>

#include <string_view>
#include <type_traits>

namespace {

posthorn::webhook translated() {
    posthorn::webhook w;
    w.wording = "Tell the archive";
    w.description = "All projects";
    w.translations.emplace_back("fr", "Prévenir les archives", "Tous les projets");
    w.translations.emplace_back("fr-CA", "Aviser les archives");
    w.translations.emplace_back("de", "", "Alle Projekte");
    return w;
}

} // namespace

// g++ 12 destroys braced aggregates beside co_await twice.
static_assert(!std::is_aggregate_v<posthorn::translation>);
static_assert(!std::is_aggregate_v<posthorn::filter_translation>);

BOOST_AUTO_TEST_SUITE(model_translation)

BOOST_AUTO_TEST_CASE(a_webhook_is_shown_in_the_language_of_the_user) {
    auto const w = translated();
    BOOST_TEST(w.wording_in("fr") == "Prévenir les archives");
    BOOST_TEST(w.description_in("fr") == "Tous les projets");
    BOOST_TEST(w.wording_in("fr-CA") == "Aviser les archives");
}

BOOST_AUTO_TEST_CASE(a_language_that_has_no_text_falls_back) {
    auto const w = translated();
    // To the shorter tag, then to the default.
    BOOST_TEST(w.wording_in("fr-BE") == "Prévenir les archives");
    BOOST_TEST(w.wording_in("fr-Latn-BE") == "Prévenir les archives");
    BOOST_TEST(w.description_in("fr-CA") == "Tous les projets");
    BOOST_TEST(w.wording_in("de") == "Tell the archive");
    BOOST_TEST(w.description_in("de-AT") == "Alle Projekte");
    for (std::string_view const tag : {"en", "en-GB", "es", "f", "frx", "fr_CA", "FR", "", "-", "fr-"})
        BOOST_TEST(w.wording_in(tag) == (tag == "fr-" ? "Prévenir les archives" : "Tell the archive"), tag);
    BOOST_TEST(posthorn::webhook().wording_in("fr") == "");
}

BOOST_AUTO_TEST_CASE(a_filter_is_named_in_the_language_of_the_user) {
    posthorn::filter f;
    f.name = "Large projects";
    f.translations.emplace_back("fr", "Grands projets");
    BOOST_TEST(f.name_in("fr") == "Grands projets");
    BOOST_TEST(f.name_in("fr-CH") == "Grands projets");
    BOOST_TEST(f.name_in("de") == "Large projects");
    BOOST_TEST(f.name_in("") == "Large projects");
}

BOOST_AUTO_TEST_SUITE_END()
