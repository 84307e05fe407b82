// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/history_text.hpp>

#include <boost/test/unit_test.hpp>

#include <string_view>

using posthorn::language;
using posthorn::admin::value_text;

namespace {

struct row {
    std::string_view field;
    std::string_view value;
    std::string_view french;
};

} // namespace

BOOST_AUTO_TEST_SUITE(admin_history_text)

BOOST_AUTO_TEST_CASE(words_of_the_library_are_shown_in_the_users_language) {
    for (auto const& [field, value, french] :
         {row{"active", "yes", "oui"}, row{"active", "no", "non"}, row{"in_order", "yes", "oui"},
          row{"body", "(default body)", "(corps par défaut)"},
          row{"mode", "in_transaction", "dans la transaction"}, row{"mode", "after_commit", "synchrone"},
          row{"mode", "fire_and_forget", "asynchrone"}, row{"rate", "100 per 60000 ms", "100 par 60000 ms"},
          row{"signing[0]", "*** 12345678, until 2026-01-01T00:00:00Z",
              "*** 12345678, jusqu'au 2026-01-01T00:00:00Z"}}) {
        BOOST_TEST(value_text(field, value, language::french) == french);
        BOOST_TEST(value_text(field, value, language::english) == value);
    }
}

BOOST_AUTO_TEST_CASE(what_people_wrote_stays_as_it_is) {
    for (auto const& [field, value] :
         {std::pair("wording", "yes"), std::pair("description", "no"),
          std::pair("url", "http://a/?x=10 per 5 ms"), std::pair("body", "no"),
          std::pair("headers.X-Mode", "after_commit"), std::pair("signing[0]", "*** 1"),
          std::pair("rate", ""), std::pair("active", "")})
        for (auto const in : {language::english, language::french})
            BOOST_TEST(value_text(field, value, in) == value);
}

BOOST_AUTO_TEST_SUITE_END()
