// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/text/folding.hpp>
#include <posthorn/detail/text/letter_tables.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace posthorn::detail;

BOOST_AUTO_TEST_SUITE(detail_folding)

BOOST_AUTO_TEST_CASE(a_text_folds_to_letters_that_do_not_decompose) {
    std::pair<std::string_view, std::string_view> const all[] = {{"", ""},
                                                                 {"AbC 1", "abc 1"},
                                                                 {"\u00c9", "e\u0301"},
                                                                 {"\u1e9b\u0323", "s\u0323\u0307"},
                                                                 {"\u00df\u1e9e", "ssss"},
                                                                 {"\u0390", "\u03b9\u0308\u0301"},
                                                                 {"\u03a3\u03c2", "\u03c3\u03c3"},
                                                                 {"\u0130I\u0131i", "iiii"},
                                                                 {"\u1112\u1161\u11ab", "\ud55c"},
                                                                 {"\ud558\u11ab", "\ud55c"},
                                                                 {"\u1112\u11ab", "\u1112\u11ab"},
                                                                 {"\u212b", "a\u030a"},
                                                                 {"\U0002f800", "\u4e3d"}};
    for (auto const& [text, folded] : all)
        BOOST_TEST(folded_text(text) == folded, text);
}

BOOST_AUTO_TEST_CASE(what_is_no_utf8_stays_as_it_is) {
    for (auto const text :
         {std::string_view("\xff"), std::string_view("\xc3"), std::string_view("\xc3\xa9\x80", 3),
          std::string_view("\xed\xa0\x80"), std::string_view("\xf4\x90\x80\x80")}) {
        auto const folded = folded_text(text);
        BOOST_TEST(folded == (text == "\xc3\xa9\x80" ? "e\xcc\x81\x80" : text));
        BOOST_TEST(folded_text(folded) == folded);
    }
}

BOOST_AUTO_TEST_CASE(folding_again_changes_nothing) {
    for (char32_t code = 0; code != 0x30000; ++code) {
        if (code >= 0xd800 && code < 0xe000)
            continue;
        std::string text;
        if (code < 0x80)
            text = static_cast<char>(code);
        else if (code < 0x800)
            text = {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
        else if (code < 0x10000)
            text = {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
                    static_cast<char>(0x80 | (code & 0x3f))};
        else
            text = {static_cast<char>(0xf0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3f)),
                    static_cast<char>(0x80 | (code >> 6 & 0x3f)), static_cast<char>(0x80 | (code & 0x3f))};
        auto const folded = folded_text(text);
        if (folded_text(folded) != folded)
            BOOST_ERROR("U+" << std::hex << static_cast<unsigned>(code));
    }
}

BOOST_AUTO_TEST_CASE(marks_have_classes) {
    BOOST_TEST(combining_class(U'a') == 0U);
    BOOST_TEST(combining_class(0x301) == 230U);
    BOOST_TEST(combining_class(0x323) == 220U);
    BOOST_TEST(combining_class(0x94d) == 9U);
    BOOST_TEST(combining_class(0x1e94a) == 7U);
    BOOST_TEST(combining_class(0x10ffff) == 0U);
}

// A mark of Devanagari follows its letter and does not change it.
BOOST_AUTO_TEST_CASE(a_part_does_not_end_before_its_last_letters_mark) {
    BOOST_TEST(!contains_folded("e\u0301", "e"));
    BOOST_TEST(contains_folded("e\u0301e", "e"));
    BOOST_TEST(contains_folded("e\u0301", ""));
    BOOST_TEST(contains_folded("\u0928\u094d\u0926", "\u0928"));
}

BOOST_AUTO_TEST_SUITE_END()
