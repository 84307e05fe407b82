// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/detail/text/folding.hpp>
#include <posthorn/detail/text/letter_tables.hpp>
#include <posthorn/detail/text/letters.hpp>
#include <posthorn/expression/print.hpp>

#include <algorithm>
#include <utility>

namespace posthorn::detail {

// Folds one text. Of well-formed UTF-8 its letters; any other byte by its number behind the last of them.
class text_folder {
  public:
    [[nodiscard]] std::string run(std::string_view text) {
        while (!text.empty()) {
            auto const size = utf8_length(text);
            add_decomposed(size == 0 ? last_code + 1 + static_cast<unsigned char>(text[0])
                                     : code_point(text.substr(0, size)));
            text.remove_prefix(size == 0 ? 1 : size);
        }
        auto const letters = std::exchange(letters_, {});
        for (auto const code : letters)
            for (auto const one : folding_of(code).letters)
                if (one != 0)
                    add_decomposed(one == dotless_i ? U'i' : one);
        std::string out;
        for (auto const code : letters_)
            append_to(out, code);
        return out;
    }

  private:
    static constexpr char32_t last_code = 0x10ffff;
    static constexpr char32_t dotless_i = 0x131;
    static constexpr char32_t dot_above = 0x307;

    void add_decomposed(char32_t code) {
        auto const parts = decomposition_of(code);
        if (parts.second == 0 && parts.first == code)
            return add(code);
        add_decomposed(parts.first);
        if (parts.second != 0)
            add_decomposed(parts.second);
    }

    // Marks stand in the order of their classes. The i of Turkish has a dot or none; in a search it is an i.
    void add(char32_t code) {
        if (code == dot_above && !letters_.empty() && (letters_.back() == U'i' || letters_.back() == U'I'))
            return;
        if (compose_hangul(code))
            return;
        auto at = letters_.end();
        if (auto const own = combining_class(code); own != 0)
            while (at != letters_.begin() && combining_class(at[-1]) > own)
                --at;
        letters_.insert(at, code);
    }

    // Two conjoining letters are the syllable that has a number of its own (Unicode 3.12).
    [[nodiscard]] bool compose_hangul(char32_t code) noexcept {
        constexpr char32_t syllables = 0xac00;
        constexpr char32_t leads = 0x1100;
        constexpr char32_t vowels = 0x1161;
        constexpr char32_t trails = 0x11a7;
        constexpr char32_t vowel_count = 21;
        constexpr char32_t trail_count = 28;
        constexpr char32_t syllable_count = 11172;
        if (letters_.empty())
            return false;
        auto& before = letters_.back();
        if (before - leads < syllable_count / vowel_count / trail_count && code - vowels < vowel_count) {
            before = syllables + ((before - leads) * vowel_count + (code - vowels)) * trail_count;
            return true;
        }
        bool const takes_trail =
            before - syllables < syllable_count && (before - syllables) % trail_count == 0;
        if (!takes_trail || code - trails - 1 >= trail_count - 1)
            return false;
        before += code - trails;
        return true;
    }

    static void append_to(std::string& out, char32_t code) {
        auto const tail = [code](unsigned shift) {
            return static_cast<char>(0x80U | (code >> shift & 0x3fU));
        };
        if (code < 0x80)
            out += static_cast<char>(code);
        else if (code < 0x800)
            out.append({static_cast<char>(0xc0U | code >> 6), tail(0)});
        else if (code < 0x10000)
            out.append({static_cast<char>(0xe0U | code >> 12), tail(6), tail(0)});
        else if (code <= last_code)
            out.append({static_cast<char>(0xf0U | code >> 18), tail(12), tail(6), tail(0)});
        else
            out += static_cast<char>(static_cast<unsigned char>(code - last_code - 1));
    }

    std::u32string letters_;
};

POSTHORN_DECL std::string folded_text(std::string_view text) {
    bool const is_ascii =
        std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!is_ascii)
        return text_folder().run(text);
    std::string out(text);
    std::ranges::transform(out, out.begin(), to_lower);
    return out;
}

POSTHORN_DECL bool contains_folded(std::string_view text, std::string_view part) noexcept {
    // Marks that are written over or under a letter make it another one; those of other scripts follow it.
    constexpr unsigned first_attached = 200;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) {
        auto const rest = text.substr(at + part.size());
        auto const size = utf8_length(rest);
        if (part.empty() || size < 2 || combining_class(code_point(rest.substr(0, size))) < first_attached)
            return true;
    }
    return false;
}

} // namespace posthorn::detail
