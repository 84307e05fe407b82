// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "print.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iterator>

namespace monitor {

namespace {

namespace json = boost::json;

constexpr std::size_t widest_cell = 48;

// The first character of a text, which is not empty.
struct decoded {
    char32_t character = 0;
    // Bytes; 0: the first byte begins no character of UTF-8.
    std::size_t size = 0;
};

decoded decode(std::string_view text) {
    auto const first = static_cast<unsigned char>(text[0]);
    if (first < 0x80)
        return {first, 1};
    std::size_t const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size)
        return {};
    char32_t c = first & (0x7fU >> size);
    for (std::size_t i = 1; i != size; ++i) {
        auto const next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80)
            return {};
        c = (c << 6) | (next & 0x3fU);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool const surrogate = c >= 0xd800 && c <= 0xdfff;
    return c < least[size] || c > 0x10ffff || surrogate ? decoded() : decoded{c, size};
}

struct character_range {
    char32_t first;
    char32_t last;
};

template <std::size_t N>
bool is_in(character_range const (&ranges)[N], char32_t c) {
    return std::any_of(std::begin(ranges), std::end(ranges),
                       [c](character_range const& r) { return c >= r.first && c <= r.last; });
}

// Those that move the cursor, or the text around them.
bool is_harmful(char32_t c) {
    constexpr character_range ranges[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},
                                          {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
                                          {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
    return is_in(ranges, c);
}

std::size_t columns_of(char32_t c) {
    constexpr character_range combining[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                                             {0x64b, 0x65f},   {0x6d6, 0x6dc},   {0x900, 0x902},
                                             {0xe31, 0xe31},   {0xe34, 0xe3a},   {0x1ab0, 0x1aff},
                                             {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};
    constexpr character_range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0xa4cf},
                                        {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
                                        {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                                        {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    return is_in(combining, c) ? 0 : is_in(wide, c) ? 2 : 1;
}

std::string hex(char const* before, char32_t number, int digits) {
    std::array<char, 16> text{};
    (void)std::snprintf(text.data(), text.size(), "%s%0*x", before, digits, static_cast<unsigned>(number));
    return text.data();
}

std::string escaped(char32_t c) {
    if (c == '\n')
        return "\\n";
    if (c == '\r')
        return "\\r";
    if (c == '\t')
        return "\\t";
    return c < 0x80 ? hex("\\x", c, 2) : hex("\\u", c, 4);
}

// Calls `known` with each character and its bytes, `unknown` with each byte that is none.
template <class Known, class Unknown>
void each_character(std::string_view text, Known known, Unknown unknown) {
    while (!text.empty()) {
        auto const next = decode(text);
        if (next.size == 0)
            unknown(static_cast<unsigned char>(text[0]));
        else
            known(next.character, text.substr(0, next.size));
        text.remove_prefix(std::max<std::size_t>(next.size, 1));
    }
}

std::string padded(std::string const& text, std::size_t width) {
    return text + std::string(width - std::min(width, width_of(text)), ' ');
}

void put(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
    (void)std::fwrite(text.data(), 1, text.size(), stdout);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    for (;;) {
        auto const end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return lines;
        text.remove_prefix(end + 1);
    }
}

std::string time_text(posthorn::wall_time t, char between, bool exact) {
    using namespace std::chrono;
    auto const day = floor<days>(t);
    year_month_day const date(day);
    auto const ms = duration_cast<milliseconds>(t - day);
    hh_mm_ss const clock(ms);
    std::array<char, 64> text{};
    (void)std::snprintf(text.data(), text.size(), "%04d-%02u-%02u%c%02d:%02d:%02d", int(date.year()),
                        unsigned(date.month()), unsigned(date.day()), between, int(clock.hours().count()),
                        int(clock.minutes().count()), int(clock.seconds().count()));
    std::string all = text.data();
    if (!exact)
        return all;
    (void)std::snprintf(text.data(), text.size(), ".%03dZ", int(clock.subseconds().count()));
    return all + text.data();
}

json::object to_json(complaint const& c) {
    json::object o{{"field", c.field},
                   {"code", c.code},
                   {"message", as_utf8(c.message.substr(0, c.message.find('\n')))},
                   {"line", nullptr},
                   {"column", nullptr}};
    if (c.where) {
        o["line"] = c.where->line;
        o["column"] = c.where->column;
    }
    return o;
}

} // namespace

std::string harmless(std::string_view text) {
    std::string out;
    each_character(
        text,
        [&](char32_t c, std::string_view bytes) {
            if (is_harmful(c))
                out += escaped(c);
            else
                out += bytes;
        },
        [&](unsigned char byte) { out += hex("\\x", byte, 2); });
    return out;
}

std::string as_utf8(std::string_view text) {
    std::string out;
    each_character(
        text, [&](char32_t, std::string_view bytes) { out += bytes; },
        [&](unsigned char) { out += "\xef\xbf\xbd"; });
    return out;
}

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    each_character(
        text, [&](char32_t c, std::string_view) { width += columns_of(c); }, [&](unsigned char) { ++width; });
    return width;
}

std::string cut(std::string_view text, std::size_t most) {
    if (width_of(text) <= most)
        return std::string(text);
    std::size_t width = 1;
    std::string out;
    for (auto rest = text; !rest.empty();) {
        auto const next = decode(rest);
        width += columns_of(next.character);
        if (width > most)
            break;
        auto const size = std::max<std::size_t>(next.size, 1);
        out += rest.substr(0, size);
        rest.remove_prefix(size);
    }
    return out + "…";
}

std::string time_for_people(posthorn::wall_time t) {
    return time_text(t, ' ', false);
}

std::string time_for_programs(posthorn::wall_time t) {
    return time_text(t, 'T', true);
}

std::string time_for_people(std::optional<posthorn::wall_time> const& t) {
    return t ? time_for_people(*t) : std::string();
}

json::value time_for_programs(std::optional<posthorn::wall_time> const& t) {
    return t ? json::value(time_for_programs(*t)) : json::value(nullptr);
}

void text_table::print() const {
    std::vector<std::size_t> widths(rows_.front().size());
    std::vector<std::vector<std::string>> shown;
    for (auto const& row : rows_) {
        auto& cells = shown.emplace_back();
        for (std::size_t i = 0; i != row.size(); ++i) {
            bool const whole = whole_last_ && i + 1 == row.size();
            cells.push_back(whole ? harmless(row[i]) : cut(harmless(row[i]), widest_cell));
            widths[i] = std::max(widths[i], width_of(cells[i]));
        }
    }
    for (auto const& cells : shown) {
        std::string line;
        for (std::size_t i = 0; i != cells.size(); ++i)
            line += padded(cells[i], widths[i] + 2);
        put(std::move(line));
    }
}

void text_fields::print() const {
    std::size_t width = 0;
    for (auto const& f : all_)
        width = std::max(width, width_of(f.first));
    for (auto const& [name, value] : all_) {
        auto before = name;
        for (auto const part : lines_of(value)) {
            put(padded(before, width + 2) + harmless(part));
            before.clear();
        }
    }
}

void screen::line(std::string_view text) const {
    put(harmless(text));
}

void screen::print(json::value const& document) const {
    put(json::serialize(document));
}

void screen::print(refusal const& r) const {
    if (json_) {
        json::array errors;
        for (auto const& c : r.all())
            errors.push_back(to_json(c));
        return print(json::object{{"errors", std::move(errors)}});
    }
    for (auto const& c : r.all()) {
        auto before = c.field + ": ";
        for (auto const part : lines_of(c.message)) {
            (void)std::fprintf(stderr, "%s%s\n", before.c_str(), harmless(part).c_str());
            before = "  ";
        }
    }
}

complaint unknown_user(screen const& out, std::string const& login) {
    return {"user", "user_unknown",
            out.say("the database has no user `", "la base n'a pas d'utilisateur `") + login +
                out.say("`; give a login of it", "` ; indiquez un identifiant")};
}

} // namespace monitor
