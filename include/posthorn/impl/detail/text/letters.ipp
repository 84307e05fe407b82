// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/letters.hpp>
#include <posthorn/expression/print.hpp>

#include <cstddef>
#include <cstring>

namespace posthorn::detail {

// The other case of the Latin, Greek and Cyrillic letters that keep their length in UTF-8; else itself.
[[nodiscard]] POSTHORN_DECL unsigned other_case(unsigned code, bool upper) noexcept {
    auto const between = [code](unsigned first, unsigned last) { return code >= first && code <= last; };
    if (upper) {
        if (between('a', 'z') || (between(0xe0, 0xfe) && code != 0xf7) ||
            (between(0x3b1, 0x3c9) && code != 0x3c2) || between(0x430, 0x44f))
            return code - 32;
        if (between(0x450, 0x45f))
            return code - 80;
        if (code == 0xff)
            return 0x178;
    } else {
        if (between('A', 'Z') || (between(0xc0, 0xde) && code != 0xd7) ||
            (between(0x391, 0x3a9) && code != 0x3a2) || between(0x410, 0x42f))
            return code + 32;
        if (between(0x400, 0x40f))
            return code + 80;
        if (code == 0x178)
            return 0xff;
    }
    // Latin Extended-A goes in pairs: capitals are even, from U+0139 to U+0148 and from U+0179 on odd.
    bool const odd_capitals = between(0x139, 0x148) || between(0x179, 0x17e);
    bool const even_capitals =
        (between(0x100, 0x137) && code != 0x130 && code != 0x131) || between(0x14a, 0x177);
    if (odd_capitals || even_capitals)
        if (bool const capital = (code % 2 == 1) == odd_capitals; capital != upper)
            return upper ? code - 1 : code + 1;
    return code;
}

POSTHORN_DECL void change_case(std::string_view text, bool upper, char* out) noexcept {
    for (std::size_t i = 0; i != text.size(); ++i) {
        auto const lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            out[i] = static_cast<char>(other_case(lead, upper));
        } else if (utf8_length(text.substr(i)) == 2) {
            auto const tail = static_cast<unsigned char>(text[i + 1]);
            auto const code = other_case(((lead & 0x1fU) << 6) | (tail & 0x3fU), upper);
            out[i] = static_cast<char>(0xc0U | (code >> 6));
            out[i + 1] = static_cast<char>(0x80U | (code & 0x3fU));
            ++i;
        } else {
            out[i] = text[i];
        }
    }
}

[[nodiscard]] POSTHORN_DECL bool contains_text(std::string_view text, std::string_view part) noexcept {
    // An empty text may have no address at all, and memmem wants one.
    if (part.empty() || part.size() > text.size())
        return part.empty();
#if defined(__GLIBC__)
    // Linear in the length, unlike std::string_view::find, which a text of the host's users could make crawl.
    return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
#else
    return text.find(part) != text.npos;
#endif
}

POSTHORN_DECL char32_t code_point(std::string_view sequence) noexcept {
    auto const lead = static_cast<unsigned char>(sequence.front());
    char32_t code = sequence.size() == 1 ? lead : lead & (0x7fU >> sequence.size());
    for (char const c : sequence.substr(1))
        code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
    return code;
}

} // namespace posthorn::detail
