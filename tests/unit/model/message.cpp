// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/message.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace {

using posthorn::errc;
using posthorn::error_code;
using posthorn::language;
using posthorn::message;
using posthorn::message_argument;
using posthorn::message_id;
using posthorn::detail::code_of;
using posthorn::detail::pattern_of;

constexpr int first_id = static_cast<int>(message_id::none) + 1;
constexpr int end_of_ids = static_cast<int>(message_id::count);

// "{0}{1}": the places of a text, each once, in order.
std::string places_of(std::string_view pattern) {
    std::set<std::string> places;
    for (auto at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1))
        if (at + 2 < pattern.size() && pattern[at + 1] >= '0' && pattern[at + 1] <= '9' &&
            pattern[at + 2] == '}')
            places.emplace(pattern.substr(at, 3));
    std::string all;
    for (auto const& p : places)
        all += p;
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_message)

BOOST_AUTO_TEST_CASE(every_message_has_a_code_and_a_text_in_each_language) {
    std::set<std::string_view> codes;
    std::set<std::string_view> english_texts;
    std::set<std::string_view> french_texts;
    for (int i = first_id; i != end_of_ids; ++i) {
        auto const id = static_cast<message_id>(i);
        auto const english = pattern_of(id, language::english);
        auto const french = pattern_of(id, language::french);
        BOOST_TEST_CONTEXT(code_of(id)) {
            BOOST_TEST(!english.empty());
            BOOST_TEST(!french.empty());
            BOOST_TEST(english != french);
            BOOST_TEST(places_of(english) == places_of(french));
            BOOST_TEST(!code_of(id).empty());
            BOOST_TEST(std::all_of(code_of(id).begin(), code_of(id).end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
            }));
        }
        codes.insert(code_of(id));
        english_texts.insert(english);
        french_texts.insert(french);
    }
    constexpr std::size_t count = end_of_ids - first_id;
    BOOST_TEST(count > 100U);
    BOOST_TEST(codes.size() == count);
    BOOST_TEST(english_texts.size() == count);
    BOOST_TEST(french_texts.size() == count);
}

BOOST_AUTO_TEST_CASE(french_keeps_the_code_of_the_english_text) {
    // What stands in backticks is to be typed, whatever the language.
    auto const typed = [](std::string_view text) {
        std::multiset<std::string> all;
        for (auto open = text.find('`'); open != text.npos; open = text.find('`', open)) {
            auto const close = text.find('`', open + 1);
            all.emplace(text.substr(open, close - open));
            open = close + 1;
        }
        return all;
    };
    for (int i = first_id; i != end_of_ids; ++i) {
        auto const id = static_cast<message_id>(i);
        BOOST_TEST_CONTEXT(code_of(id))
        BOOST_TEST((typed(pattern_of(id, language::english)) == typed(pattern_of(id, language::french))));
    }
}

BOOST_AUTO_TEST_CASE(no_message_says_nothing) {
    BOOST_TEST(message().code() == "");
    BOOST_TEST(message().text() == "");
    BOOST_TEST(message().text(language::french) == "");
    for (auto const id : {message_id::none, message_id::count, static_cast<message_id>(60'000)}) {
        BOOST_TEST(message(id).code() == "");
        BOOST_TEST(message(id).text() == "");
    }
}

BOOST_AUTO_TEST_CASE(a_message_is_told_in_each_language) {
    message const missing(message_id::url_missing);
    BOOST_TEST(missing.code() == "url_missing");
    BOOST_TEST(missing.text() == "a webhook needs a URL");
    BOOST_TEST(missing.text(language::english) == "a webhook needs a URL");
    BOOST_TEST(missing.text(language::french) == "un webhook doit avoir une URL");
}

BOOST_AUTO_TEST_CASE(arguments_stand_in_their_places) {
    message const conflict(message_id::revision_conflict, {2U, 1U});
    BOOST_TEST(conflict.text().find("(revision 2, yours is 1)") != std::string::npos);
    BOOST_TEST(conflict.text(language::french).find("(révision 2, la vôtre est 1)") != std::string::npos);
    // An argument is no pattern, and other braces are text.
    BOOST_TEST(message(message_id::unexpected, {"{0}{1}"}).text() == "unexpected {0}{1}");
    BOOST_TEST(message(message_id::braces_not_closed).text() == "`{{` without `}}`; close the expression");
    // One that is missing leaves its place.
    BOOST_TEST(message(message_id::unexpected).text() == "unexpected {0}");
}

BOOST_AUTO_TEST_CASE(an_argument_may_be_a_message) {
    message const wrong(message_id::unknown_name,
                        {"`projct`", message(message_id::did_you_mean, {"project"})});
    BOOST_TEST(wrong.code() == "unknown_name");
    BOOST_TEST(wrong.text() == "unknown name `projct` (did you mean `project`?)");
    BOOST_TEST(wrong.text(language::french) == "nom `projct` inconnu (vouliez-vous dire `project` ?)");
    message const plain(message_id::unknown_name, {"`projct`", message()});
    BOOST_TEST(plain.text(language::french) == "nom `projct` inconnu");
}

BOOST_AUTO_TEST_CASE(an_argument_may_be_an_error) {
    message const refused(message_id::webhook_not_stored, {error_code(errc::storage_failed)});
    BOOST_TEST(refused.text() == "the webhook could not be stored: the storage failed");
    BOOST_TEST(refused.text(language::french) ==
               "le webhook n'a pas pu être enregistré : le stockage a échoué");
    auto const foreign = make_error_code(boost::system::errc::no_space_on_device);
    message const full(message_id::webhook_not_stored, {foreign});
    BOOST_TEST(full.text(language::french) == "le webhook n'a pas pu être enregistré : " + foreign.message());
}

BOOST_AUTO_TEST_CASE(an_argument_is_bounded) {
    constexpr auto most = message_argument::max_size;
    BOOST_TEST(message_argument(std::string(most, 'x')).text(language::english) == std::string(most, 'x'));
    BOOST_TEST(message_argument(std::string(most + 1, 'x')).text(language::english) ==
               std::string(most, 'x') + "...");
    // Not in the middle of a letter.
    BOOST_TEST(message_argument(std::string(most - 1, 'x') + "\xc3\xa9").text(language::english) ==
               std::string(most - 1, 'x') + "...");
    BOOST_TEST(message_argument(std::string(2 * most, '\x80')).text(language::english) == "...");
}

BOOST_AUTO_TEST_CASE(a_copy_says_the_same) {
    message const original(message_id::unknown_name,
                           {"`x`", message(message_id::did_you_mean, {std::string("y")})});
    auto copy = original;
    BOOST_TEST(copy.text() == original.text());
    message const moved = std::move(copy);
    BOOST_TEST(moved.text() == "unknown name `x` (did you mean `y`?)");
}

BOOST_AUTO_TEST_SUITE_END()
