// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/language.hpp>

#include <boost/test/unit_test.hpp>

using posthorn::is_language_tag;
using posthorn::language;
using posthorn::language_of;

BOOST_AUTO_TEST_SUITE(model_language)

BOOST_AUTO_TEST_CASE(tags_are_parts_of_letters_and_digits) {
    for (auto const* const good : {"en", "fr-CA", "zh-Hant-TW", "de-1996", "abcdefgh", "en-a-b-c"})
        BOOST_TEST(is_language_tag(good), good);
    for (auto const* const bad :
         {"", "e", "en-", "-en", "en--US", "en_US", "e1", "1en", "abcdefghi", "en-abcdefghi", "en,fr",
          "english language", "\xff\xff", "en-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q"})
        BOOST_TEST(!is_language_tag(bad), bad);
}

BOOST_AUTO_TEST_CASE(french_is_told_in_french) {
    BOOST_TEST((language_of("fr") == language::french && language_of("fr-CA") == language::french));
    BOOST_TEST((language_of("en") == language::english && language_of("frr") == language::english));
}

BOOST_AUTO_TEST_SUITE_END()
