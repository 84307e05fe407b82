// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/list_filter.hpp>

#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::admin;

namespace {

posthorn::record record_of(list_filter const& f) {
    return {{record_kind::list_filter, posthorn::to_text(f.id)}, f.revision, to_text(f)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(admin_list_filter)

BOOST_AUTO_TEST_CASE(text_is_found_whatever_its_case) {
    BOOST_TEST(contains_text("Tell the Archive", "archive"));
    BOOST_TEST(contains_text("Tell the archive", "THE"));
    BOOST_TEST(contains_text("anything", ""));
    BOOST_TEST(!contains_text("", "a"));
    BOOST_TEST(!contains_text("archiv", "archive"));
    BOOST_TEST(contains_text("\xc3\x89"
                             "tape",
                             "\xc3\xa9"
                             "TAPE"));
    BOOST_TEST(!contains_text("\xc3\x97", "\xc3\xb7"));
    // Greek and Cyrillic too.
    BOOST_TEST(contains_text("\xce\x93\xce\x94", "\xce\xb4"));
    BOOST_TEST(contains_text("\xd0\x96", "\xd0\xb6"));
    BOOST_TEST(contains_text("\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x9c\xac"));
}

BOOST_AUTO_TEST_CASE(a_filter_survives_as_a_record) {
    list_filter f;
    f.id.data[3] = 9;
    f.name = "Arch\xc3\xafve \"\\";
    f.contains = "archive\n";
    f.owner = "ada";
    f.is_public = true;
    f.revision = 3;
    BOOST_TEST((parse_list_filter(record_of(f)).value() == f));
    f.is_public = false;
    BOOST_TEST((parse_list_filter(record_of(f)).value() == f));
}

BOOST_AUTO_TEST_CASE(a_damaged_filter_is_an_error) {
    list_filter const f;
    auto s = record_of(f);
    for (auto const* const text : {"", "{", "[]", "7"}) {
        s.value = text;
        BOOST_TEST(parse_list_filter(s).error() == make_error_code(errc::bad_record));
    }
    s = record_of(f);
    for (auto const* const key : {"", "x", "0190163d-8694-739b-aea5-966c26f8ad9z"}) {
        s.key = key;
        BOOST_TEST(parse_list_filter(s).error() == make_error_code(errc::bad_record));
    }
}

BOOST_AUTO_TEST_CASE(a_choice_survives_as_text) {
    active_filter typed;
    typed.contains = "arch\"";
    BOOST_TEST((parse_active_filter(to_text(typed)).value() == typed));
    active_filter saved;
    saved.saved.emplace().data[0] = 1;
    BOOST_TEST((parse_active_filter(to_text(saved)).value() == saved));
    BOOST_TEST(parse_active_filter("{").error() == make_error_code(errc::bad_record));
}

BOOST_AUTO_TEST_CASE(a_text_is_found_whatever_the_case_and_the_encoding) {
    std::pair<char const*, char const*> const found[] = {
        {"\u0218edin\u021b\u0103 de lucru", "\u0219EDIN\u021aA\u0306"},
        {"\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2"},
        {"\u03bf\u03b4\u03bf\u03c2", "\u039f\u0394\u039f\u03a3"},
        {"\u0130stanbul", "istanbul"},
        {"\u0130stanbul", "i\u0307STANBUL"},
        {"ISPARTA", "\u0131sparta"},
        {"Caf\u00e9", "CAFE\u0301"},
        {"Cafe\u0301 noir", "caf\u00e9"},
        {"Stra\u00dfe", "STRASSE"},
        {"STRASSE", "stra\u00dfe"},
        {"\ufb01n", "FIN"},
        {"q\u0323\u0307", "Q\u0307\u0323"},
        {"\u1fb3", "\u0391\u0399"},
        {"\ud55c\uad6d", "\u1112\u1161\u11ab"},
        {"\u10a0", "\u2d00"},
        {"\U00010400", "\U00010428"},
        {"a\xff", "A\xff"},
        {"anything", ""}};
    for (auto const& [text, part] : found)
        BOOST_TEST(contains_text(text, part), text << " / " << part);
}

BOOST_AUTO_TEST_CASE(another_letter_is_not_found) {
    std::pair<char const*, char const*> const missing[] = {
        {"Caf\u00e9", "cafe"},      {"Cafe\u0301s", "cafe"},
        {"\ud55c\uad6d", "\ud558"}, {"a", "b"},
        {"\xc3", "\u00c3"},         {"", "a"}};
    for (auto const& [text, part] : missing)
        BOOST_TEST(!contains_text(text, part), text << " / " << part);
}

BOOST_AUTO_TEST_SUITE_END()
