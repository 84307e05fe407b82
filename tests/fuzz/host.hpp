// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/expression_error.hpp>
#include <posthorn/expression/print.hpp>

#include "../support/rich_sample.hpp"
#include "require.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

// What the fuzz targets speak of.
namespace posthorn::fuzz {

// Two states of a host whose lists are equally long, and whose optional parts are there in both; one holds
// texts that break things.
struct host {
    host() {
        test::random_source random(7);
        test::object_source objects(random);
        plain = objects.object();
        plain.o_flag = true;
        plain.o_whole = 4;
        plain.o_natural = 5;
        plain.o_real = 2.5;
        plain.o_text = "text";
        plain.o_at.reset();
        plain.o_lasts = std::chrono::milliseconds(1500);
        plain.o_part = test::piece{"part", std::nullopt, {"a", "b"}};
        plain.texts = {"a", "b", "c"};
        plain.o_wholes = {1, std::nullopt};
        hostile = plain;
        hostile.text = "\"}],\\\n{{\x01<&'\xff\xc3";
        hostile.o_text = "\\u0022\"";
        hostile.part.name = "</x>\xf0\x9f\x93\xaf";
        hostile.texts[1] = "\",\"b\":1";
        hostile.whole = std::numeric_limits<std::int64_t>::min();
        hostile.natural = std::numeric_limits<std::uint64_t>::max();
        hostile.real = std::numeric_limits<double>::quiet_NaN();
    }

    // Where a text stands, by the first byte of the input.
    [[nodiscard]] static detail::expression_scope place(std::uint8_t choice) {
        detail::expression_scope where{test::rich_objects::schema(), choice & 1U, std::nullopt};
        if ((choice & 6U) != 0)
            where.what = static_cast<action>((choice >> 1 & 3U) - 1);
        where.is_filter = (choice & 1U) == 0 && (choice & 8U) != 0;
        return where;
    }

    // An event of that place about one of the two states.
    [[nodiscard]] detail::event_view event(detail::expression_scope const& where,
                                           test::thing const& now) const {
        auto const view = [&](auto const& about, auto const& before) {
            return where.what == action::created   ? created(about)
                   : where.what == action::deleted ? deleted(about)
                                                   : modified(before, about);
        };
        if (where.object == test::rich_objects::index_of<test::job>)
            return test::view_of<test::rich_objects>(view(task, task).within(now));
        return test::view_of<test::rich_objects>(view(now, plain).by("ada"));
    }

    test::thing plain;
    test::thing hostile;
    test::job task{3, "job"};
};

inline bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        auto const n = detail::utf8_length(text);
        if (n == 0)
            return false;
        text.remove_prefix(n);
    }
    return true;
}

// What every error keeps to.
inline void check_error(std::string_view text, expression_error const& e) {
    require(e.offset() <= text.size(), "an error points behind the text");
    require(!e.code().empty(), "an error has no code");
    for (auto const in : {language::english, language::french}) {
        auto const sentence = e.message(in);
        require(!sentence.empty() && sentence.size() <= 400, "a message is empty or long");
        require(std::none_of(sentence.begin(), sentence.end(),
                             [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }),
                "a message has a control character");
        require(!is_utf8(text) || is_utf8(sentence), "a message cuts a character");
    }
    require(!is_utf8(text) || is_utf8(e.excerpt()), "an excerpt cuts a character");
    require(e.excerpt().size() < 1000 && std::count(e.excerpt().begin(), e.excerpt().end(), '\n') == 1,
            "an excerpt is not two short lines");
}

} // namespace posthorn::fuzz
