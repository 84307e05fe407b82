// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/testing/seeded_random.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace posthorn::test {

// Draws from one seed.
class random_source {
  public:
    explicit random_source(std::uint64_t seed) : words_(seed) {}

    [[nodiscard]] std::uint64_t word() { return words_(); }
    // Below `bound`, which is not 0.
    [[nodiscard]] std::size_t below(std::size_t bound) { return words_() % bound; }
    [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }

    // One element of a container or an array.
    template <class Range>
    [[nodiscard]] auto const& pick(Range const& from) {
        return from[below(std::size(from))];
    }

  private:
    testing::seeded_random words_;
};

// Texts that break things: quotes, backslashes, control characters, braces, characters of 2 to 4 bytes.
inline constexpr std::string_view hostile_pieces[] = {"",
                                                      "a",
                                                      "B",
                                                      "0",
                                                      " ",
                                                      "\"",
                                                      "'",
                                                      "\\",
                                                      "\\u0041",
                                                      "\n",
                                                      "\r",
                                                      "\t",
                                                      "\x01",
                                                      "\x1f",
                                                      "\x7f",
                                                      "{{",
                                                      "}}",
                                                      "{",
                                                      "%41",
                                                      "&",
                                                      "&amp;",
                                                      "<",
                                                      "</",
                                                      "=",
                                                      "+",
                                                      "/",
                                                      "?",
                                                      "#",
                                                      "\b",
                                                      "//",
                                                      "``",
                                                      "\xc3\xa9",
                                                      "\xd0\xaf",
                                                      "\xe2\x82\xac",
                                                      ",",
                                                      ":",
                                                      "null",
                                                      "]",
                                                      "\",\"x\":",
                                                      "e9",
                                                      "\xc2\x85",
                                                      "\xe2\x80\xa8",
                                                      "\xf0\x9f\x93\xaf"};

[[nodiscard]] inline std::string hostile_text(random_source& random) {
    std::string text;
    for (auto n = random.below(8); n != 0; --n) {
        text += random.pick(hostile_pieces);
        if (random.chance(4))
            text += '\0';
    }
    return text;
}

} // namespace posthorn::test
