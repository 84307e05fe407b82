// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/field_error.hpp>

#include <boost/system/result.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace {

using posthorn::field_error;
using posthorn::field_errors;
using posthorn::language;
using posthorn::message_id;
using posthorn::text_position;

field_errors two_errors() {
    field_errors errors;
    errors.add("url", message_id::url_missing);
    errors.add("body", {message_id::unexpected, {"`x`"}});
    return errors;
}

} // namespace

// g++ 12 destroys braced aggregates beside co_await twice.
static_assert(!std::is_aggregate_v<text_position>);

BOOST_AUTO_TEST_SUITE(model_field_error)

BOOST_AUTO_TEST_CASE(errors_print_one_line_each) {
    BOOST_TEST(field_errors().empty());
    BOOST_TEST(field_errors().text() == "");
    auto const errors = two_errors();
    BOOST_TEST(!errors.empty());
    BOOST_TEST(errors.all().size() == 2U);
    BOOST_TEST(errors.text() == "url: a webhook needs a URL\nbody: unexpected `x`");
    BOOST_TEST(errors.text(language::french) == "url: un webhook doit avoir une URL\nbody: `x` inattendu");
    BOOST_TEST(errors.begin()->field() == "url");
    BOOST_TEST(errors.begin()->code() == "url_missing");
    BOOST_TEST(errors.begin()->message() == "a webhook needs a URL");
    BOOST_TEST(errors.begin()->message(language::french) == "un webhook doit avoir une URL");
    BOOST_TEST(!errors.begin()->position());
}

BOOST_AUTO_TEST_CASE(an_error_inside_a_text_says_where) {
    field_error const e("condition", {message_id::unexpected, {"`#`"}}, text_position(2, 9), "a #\n  ^");
    BOOST_TEST(e.code() == "unexpected");
    BOOST_TEST_REQUIRE(e.position().has_value());
    BOOST_TEST(e.position()->line == 2U);
    BOOST_TEST(e.position()->column == 9U);
    BOOST_TEST(e.message() == "line 2, column 9: unexpected `#`\na #\n  ^");
    BOOST_TEST(e.message(language::french) == "ligne 2, colonne 9 : `#` inattendu\na #\n  ^");
    field_errors errors;
    errors.add(e);
    BOOST_TEST(errors.text() == "condition: " + e.message());
}

BOOST_AUTO_TEST_CASE(the_value_of_a_result_with_errors_throws_them_all) {
    boost::system::result<int, field_errors> const wrong(two_errors());
    BOOST_CHECK_EXCEPTION((void)wrong.value(), std::invalid_argument, [](std::invalid_argument const& e) {
        return std::string_view(e.what()) == "url: a webhook needs a URL\nbody: unexpected `x`";
    });
}

BOOST_AUTO_TEST_SUITE_END()
