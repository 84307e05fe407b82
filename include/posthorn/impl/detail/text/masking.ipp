// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/detail/text/base64.hpp>
#include <posthorn/detail/text/masking.hpp>
#include <posthorn/model/headers.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace posthorn::detail {

// A longer value is not looked for decoded; no header field's is.
inline constexpr std::size_t longest_decoded = 4096;

// The value of up to `most` hexadecimal digits at the start of a text, and how many they are.
struct hex_number {
    unsigned value = 0;
    std::size_t digits = 0;
};

[[nodiscard]] inline hex_number read_hex(std::string_view text, std::size_t most) noexcept {
    hex_number n;
    while (n.digits != std::min(most, text.size()) && is_hex_digit(text[n.digits])) {
        auto const c = to_lower(text[n.digits++]);
        n.value = n.value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return n;
}

// Size of a character reference of HTML for this byte at the start of a text; 0: there is none.
[[nodiscard]] inline std::size_t html_size(std::string_view text, unsigned char byte) noexcept {
    constexpr std::pair<unsigned char, std::string_view> named[] = {
        {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}};
    for (auto const& [of, reference] : named)
        if (of == byte && text.starts_with(reference))
            return reference.size();
    if (!text.starts_with("&#"))
        return 0;
    std::size_t end = 2;
    unsigned value = 0;
    if (text.size() > 2 && to_lower(text[2]) == 'x') {
        auto const n = read_hex(text.substr(3), 6);
        value = n.value;
        end = 3 + n.digits;
    } else {
        for (; end != std::min<std::size_t>(text.size(), 9) && is_digit(text[end]); ++end)
            value = value * 10 + static_cast<unsigned>(text[end] - '0');
    }
    return value == byte && end < text.size() && text[end] == ';' ? end + 1 : 0;
}

// Size of this byte at the start of a text that is not empty, escaped for a URL, for JSON or for HTML, or as
// it is; 0: another byte stands there.
[[nodiscard]] inline std::size_t escaped_size(std::string_view text, unsigned char byte) noexcept {
    if (text[0] == '%')
        if (auto const n = read_hex(text.substr(1), 2); n.digits == 2 && n.value == byte)
            return 3;
    if (text.starts_with("\\u"))
        if (auto const n = read_hex(text.substr(2), 4); n.digits == 4 && n.value == byte)
            return 6;
    if (text[0] == '\\' && text.size() > 1 && static_cast<unsigned char>(text[1]) == byte &&
        !is_alnum(text[1]))
        return 2;
    if (auto const size = html_size(text, byte); size != 0)
        return size;
    bool const is_blank = text[0] == '+' && byte == ' ';
    return is_blank || static_cast<unsigned char>(text[0]) == byte ? 1 : 0;
}

// How much of a piece of a secret stands at the start of a text, and how many bytes it takes there.
struct piece_match {
    std::size_t piece = 0;
    std::size_t text = 0;
};

[[nodiscard]] inline piece_match match_piece(std::string_view text, std::string_view piece,
                                             bool escaped) noexcept {
    piece_match m;
    while (m.piece != piece.size() && m.text != text.size()) {
        auto const byte = static_cast<unsigned char>(piece[m.piece]);
        auto const rest = text.substr(m.text);
        auto const size = escaped                     ? escaped_size(rest, byte)
                          : rest[0] == piece[m.piece] ? std::size_t{1}
                                                      : std::size_t{0};
        if (size == 0)
            break;
        ++m.piece;
        m.text += size;
    }
    return m;
}

// A piece of a secret that is looked for.
struct secret_piece {
    std::string_view bytes;
    // Bytes at its start that are none of the secret: a scheme.
    std::size_t open = 0;
    // Whether a short one is masked inside of words too.
    bool everywhere = false;

    // Whether it is masked where it stands whole.
    [[nodiscard]] bool may_stand(std::string_view text, std::size_t at, std::size_t size) const noexcept {
        constexpr std::size_t longest_word = 3;
        auto const end = at + size;
        return everywhere || bytes.size() > longest_word ||
               (begins_word(text, at) && (end == text.size() || !is_alnum(text[end])));
    }

    // Whether so much of it is masked at the end of a text, which may break off there.
    [[nodiscard]] bool may_break_off(std::string_view text, std::size_t at,
                                     std::size_t found) const noexcept {
        auto const least = open + std::min(shortest_run, (bytes.size() - open + 1) / 2);
        return found > 1 && found >= least &&
               (everywhere || bytes.size() >= shortest_run || begins_word(text, at));
    }

  private:
    [[nodiscard]] static bool begins_word(std::string_view text, std::size_t at) noexcept {
        return at == 0 || !is_alnum(text[at - 1]);
    }
};

inline void mask(std::string& text, secret_piece const& piece, bool escaped) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto const found = match_piece(std::string_view(text).substr(at), piece.bytes, escaped);
        bool const is_whole = found.piece == piece.bytes.size() && piece.may_stand(text, at, found.text);
        bool const breaks_off = at + found.text == text.size() && piece.may_break_off(text, at, found.piece);
        if (!is_whole && !breaks_off)
            continue;
        auto const with = secret_mask.substr(0, found.text);
        text.replace(at, found.text, with);
        at += with.size() - 1;
    }
}

inline void mask(std::string& text, secret_piece const& piece) {
    if (piece.bytes.empty())
        return;
    mask(text, piece, false);
    mask(text, piece, true);
}

// Each run of the bytes that `belongs` takes.
template <class Belongs, class Use>
void for_each_run(std::string_view value, Belongs belongs, Use use) {
    while (!value.empty()) {
        auto const begin = std::find_if(value.begin(), value.end(), belongs);
        auto const end = std::find_if_not(begin, value.end(), belongs);
        auto const size = static_cast<std::size_t>(end - begin);
        auto const offset = static_cast<std::size_t>(begin - value.begin());
        if (size != 0)
            use(value.substr(offset, size));
        value.remove_prefix(offset + size);
    }
}

inline void mask_runs(std::string& text, std::string_view value) {
    for_each_run(value, is_alnum, [&](std::string_view run) {
        if (run.size() >= shortest_run)
            mask(text, {run});
    });
}

// Size of the scheme that credentials begin with, "Bearer"; 0: there is none.
[[nodiscard]] inline std::size_t scheme_size(header_view const& field) noexcept {
    auto const end = field.value.find(' ');
    if (end == field.value.npos)
        return 0;
    auto const word = field.value.substr(0, end);
    bool const has_one = iends_with(field.name, "authorization") || iequals(word, "Basic") ||
                         iequals(word, "Bearer") || iequals(word, "Token");
    return has_one ? end : 0;
}

// Calls `use` with a value, and with what it is once percent-decoded if that is something else.
template <class Use>
void with_percent_decoded(std::string_view value, Use use) {
    use(value);
    std::array<char, longest_decoded> buffer;
    if (value.find('%') == value.npos || value.size() > buffer.size())
        return;
    std::size_t size = 0;
    for (std::size_t at = 0; at != value.size(); ++size) {
        auto const n = value[at] == '%' ? read_hex(value.substr(at + 1), 2) : hex_number();
        buffer[size] = n.digits == 2 ? static_cast<char>(n.value) : value[at];
        at += n.digits == 2 ? 3 : 1;
    }
    use(std::string_view(buffer.data(), size));
}

// The values among the items of a field: what is named by something, or stands by itself.
inline void mask_items(std::string& text, std::string_view value) {
    for_each_run(
        value, [](char c) { return std::string_view(" ;,\"").find(c) == std::string_view::npos; },
        [&](std::string_view item) {
            // A name is no secret, and a '=' at the end is none of a name, but fills up base64.
            item = item.substr(0, item.find_last_not_of('=') + 1);
            auto const equals = item.find('=');
            auto const bare = equals == item.npos ? item : item.substr(equals + 1);
            with_percent_decoded(bare, [&](std::string_view piece) { mask(text, {piece}); });
        });
}

// Size of what base64 encodes, with or without padding, in either alphabet; nothing is written behind another
// digit.
[[nodiscard]] inline std::size_t decode_credentials(std::string_view encoded, char* out) noexcept {
    std::size_t size = 0;
    std::uint32_t bits = 0;
    int held = 0;
    for (char const c : encoded) {
        auto const digit = c == '-' ? '+' : c == '_' ? '/' : c;
        auto const value = base64_values[static_cast<unsigned char>(digit)];
        if (value == base64_no_digit)
            break;
        bits = (bits << 6 | value) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[size++] = static_cast<char>(static_cast<unsigned char>(bits >> held & 0xff));
        }
    }
    return size;
}

// Of user and password: both, and the password; the user of those who have no password.
inline void mask_basic(std::string& text, std::string_view encoded) {
    std::array<char, longest_decoded> buffer;
    if (encoded.size() > buffer.size())
        return;
    std::string_view const both(buffer.data(), decode_credentials(encoded, buffer.data()));
    with_percent_decoded(both, [&](std::string_view credentials) {
        auto const colon = std::min(credentials.find(':'), credentials.size());
        auto const password = credentials.substr(std::min(colon + 1, credentials.size()));
        auto const secret = password.empty() ? credentials.substr(0, colon) : password;
        mask(text, {credentials, password.empty() ? 0 : colon + 1, true});
        mask(text, {secret});
        mask_runs(text, secret);
    });
}

// The larger pieces first, so that nothing is left of them between masked smaller ones.
inline void mask_value(std::string& text, header_view const& field) {
    auto const scheme = scheme_size(field);
    with_percent_decoded(field.value, [&](std::string_view value) {
        mask(text, {value, scheme == 0 ? 0 : scheme + 1, true});
    });
    constexpr std::string_view basic = "Basic ";
    auto const secret = field.value.substr(scheme);
    if (istarts_with(field.value, basic))
        mask_basic(text, secret.substr(std::min(secret.find_first_not_of(' '), secret.size())));
    mask_items(text, secret);
    mask_runs(text, secret);
}

POSTHORN_DECL void mask_secrets(exchange& outcome, std::string_view secret_headers) noexcept {
    for (auto* const text : {&outcome.response.excerpt, &outcome.response.location,
                             &outcome.response.retry_after, &outcome.detail, &outcome.log_detail})
        if (!text->empty())
            for (auto const field : header_range(secret_headers))
                mask_value(*text, field);
}

} // namespace posthorn::detail
