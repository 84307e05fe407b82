// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/syntax.hpp>

#include "rich_sample.hpp"

#include <boost/test/unit_test.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// The rules of the language once more, slowly and apart from the library: a walk over the tree, with values
// that own what they hold. Nothing here reads schemas, code or accessors.
namespace posthorn::test::reference {

struct stamp {
    std::int64_t micros;
};
struct span {
    std::int64_t micros;
};
struct model;
using models = std::vector<model>;
struct fields {
    std::vector<std::pair<std::string, model>> all;
};
struct model {
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, stamp, span, models,
                 fields>
        v;

    [[nodiscard]] bool is_null() const { return v.index() == 0; }
    template <class T>
    [[nodiscard]] bool is() const {
        return std::holds_alternative<T>(v);
    }
    template <class T>
    [[nodiscard]] T const& as() const {
        return std::get<T>(v);
    }
    [[nodiscard]] bool is_number() const { return is<std::int64_t>() || is<std::uint64_t>() || is<double>(); }
};

// --- objects ---

inline model of(bool x) {
    return {x};
}
inline model of(std::int64_t x) {
    return {x};
}
inline model of(std::int32_t x) {
    return {std::int64_t{x}};
}
inline model of(std::uint64_t x) {
    return {x};
}
inline model of(double x) {
    return {x};
}
inline model of(std::string const& x) {
    return {x};
}
inline model of(grade x) {
    return {std::string(x == grade::low ? "low" : "high")};
}
inline model of(std::chrono::microseconds x) {
    return {span{x.count()}};
}
inline model of(std::chrono::milliseconds x) {
    return {span{x.count() * 1000}};
}
inline model of(std::chrono::sys_time<std::chrono::microseconds> x) {
    return {stamp{x.time_since_epoch().count()}};
}
inline model of(std::chrono::sys_seconds x) {
    return {stamp{x.time_since_epoch().count() * 1'000'000}};
}
inline model of(piece const& x);
template <class T>
model of(std::vector<T> const& x);
template <class T>
model of(std::optional<T> const& x) {
    return x ? of(*x) : model{};
}
template <class T>
model of(std::vector<T> const& x) {
    models all;
    for (auto const& e : x)
        all.push_back(of(e));
    return {all};
}
inline model of(piece const& x) {
    return {fields{{{"name", of(x.name)}, {"count", of(x.count)}, {"labels", of(x.labels)}}}};
}
inline model of(thing const& x) {
    return {fields{{{"flag", of(x.flag)},           {"o_flag", of(x.o_flag)},
                    {"whole", of(x.whole)},         {"small", of(x.small)},
                    {"o_whole", of(x.o_whole)},     {"natural", of(x.natural)},
                    {"o_natural", of(x.o_natural)}, {"real", of(x.real)},
                    {"o_real", of(x.o_real)},       {"text", of(x.text)},
                    {"o_text", of(x.o_text)},       {"level", of(x.level)},
                    {"o_level", of(x.o_level)},     {"at", of(x.at)},
                    {"o_at", of(x.o_at)},           {"lasts", of(x.lasts)},
                    {"o_lasts", of(x.o_lasts)},     {"part", of(x.part)},
                    {"o_part", of(x.o_part)},       {"texts", of(x.texts)},
                    {"wholes", of(x.wholes)},       {"o_wholes", of(x.o_wholes)},
                    {"naturals", of(x.naturals)},   {"reals", of(x.reals)},
                    {"o_texts", of(x.o_texts)},     {"spans", of(x.spans)},
                    {"parts", of(x.parts)}}}};
}
inline model of(job const& x) {
    return {fields{{{"id", of(x.id)}, {"label", of(x.label)}}}};
}

// What an expression sees: its names and what they stand for.
inline fields names_of(random_event const& e) {
    static constexpr char const* actions[] = {"created", "modified", "deleted"};
    fields names;
    auto const previous = [&](auto const& before, auto const& now) {
        return e.what == action::created ? model{} : of(e.what == action::modified ? before : now);
    };
    names.all.emplace_back("thing", of(e.after));
    if (e.about_job)
        names.all.emplace_back("job", of(e.task));
    names.all.emplace_back("previous",
                           e.about_job ? previous(e.task_before, e.task) : previous(e.before, e.after));
    // The id and the time that view_of gives.
    names.all.emplace_back("event",
                           model{fields{{{"id", {std::string("01000000-0000-0000-0000-0000000000ab")}},
                                         {"action", {std::string(actions[static_cast<int>(e.what)])}},
                                         {"object", {std::string(e.about_job ? "job" : "thing")}},
                                         {"time", {stamp{1'700'000'000'000'000}}},
                                         {"actor", {e.actor}}}}});
    return names;
}

// --- operators ---

// Less than 0, 0, more than 0; nothing if one is no number.
inline std::optional<int> order(model const& a, model const& b) {
    auto const sign = [](auto const& x, auto const& y) { return x < y ? -1 : x > y ? 1 : 0; };
    if (a.is_number()) {
        // 64 bits of mantissa hold each of the three kinds exactly.
        static_assert(std::numeric_limits<long double>::digits >= 64);
        auto const wide = [](model const& m) -> long double {
            return m.is<std::int64_t>()    ? static_cast<long double>(m.as<std::int64_t>())
                   : m.is<std::uint64_t>() ? static_cast<long double>(m.as<std::uint64_t>())
                                           : static_cast<long double>(m.as<double>());
        };
        auto const x = wide(a);
        auto const y = wide(b);
        if (std::isnan(x) || std::isnan(y))
            return std::nullopt;
        return sign(x, y);
    }
    if (a.is<std::string>()) {
        auto const bytes = [](std::string const& s) {
            return std::vector<unsigned char>(s.begin(), s.end());
        };
        return sign(bytes(a.as<std::string>()), bytes(b.as<std::string>()));
    }
    if (a.is<stamp>())
        return sign(a.as<stamp>().micros, b.as<stamp>().micros);
    if (a.is<span>())
        return sign(a.as<span>().micros, b.as<span>().micros);
    return sign(a.as<bool>(), b.as<bool>());
}

inline bool holds(detail::symbol s, model const& a, model const& b) {
    using enum detail::symbol;
    if (a.is_null() || b.is_null())
        return false;
    auto const o = order(a, b);
    if (!o)
        return s == not_equal;
    return s == equal        ? *o == 0
           : s == not_equal  ? *o != 0
           : s == less       ? *o < 0
           : s == less_equal ? *o <= 0
           : s == greater    ? *o > 0
                             : *o >= 0;
}

__extension__ typedef __int128 wide_int;

// Null where there is no value; `wide` is exact for all that two 64-bit numbers give.
template <class Integer>
model whole_arithmetic(detail::symbol s, wide_int a, wide_int b) {
    using enum detail::symbol;
    if ((s == divide || s == remainder) && b == 0)
        return {};
    constexpr wide_int least = std::numeric_limits<Integer>::min();
    constexpr wide_int most = std::numeric_limits<Integer>::max();
    // CEL calls also the remainder of this division an overflow.
    if (s == remainder && a == least && b == -1)
        return {};
    // A product of two large uints does not fit 128 bits with a sign.
    constexpr wide_int beyond = wide_int{1} << 64;
    auto const size = [](wide_int x) { return x < 0 ? -x : x; };
    if (s == multiply && b != 0 && size(a) > beyond / size(b))
        return {};
    wide_int const r = s == add        ? a + b
                       : s == subtract ? a - b
                       : s == multiply ? a * b
                       : s == divide   ? a / b
                                       : a % b;
    if (r < least || r > most)
        return {};
    return {static_cast<Integer>(r)};
}

inline model moment(wide_int micros) {
    if (micros < -62'167'219'200'000'000 || micros > 253'402'300'799'999'999)
        return {};
    return {stamp{static_cast<std::int64_t>(micros)}};
}

inline model arithmetic(detail::symbol s, model const& a, model const& b) {
    using enum detail::symbol;
    if (a.is_null() || b.is_null())
        return {};
    if (a.is<std::int64_t>())
        return whole_arithmetic<std::int64_t>(s, a.as<std::int64_t>(), b.as<std::int64_t>());
    if (a.is<std::uint64_t>())
        return whole_arithmetic<std::uint64_t>(s, a.as<std::uint64_t>(), b.as<std::uint64_t>());
    if (a.is<double>()) {
        double const x = a.as<double>();
        double const y = b.as<double>();
        return {s == add ? x + y : s == subtract ? x - y : s == multiply ? x * y : x / y};
    }
    if (a.is<std::string>())
        return {a.as<std::string>() + b.as<std::string>()};
    wide_int const x = a.is<stamp>() ? a.as<stamp>().micros : a.as<span>().micros;
    wide_int const y = b.is<stamp>() ? b.as<stamp>().micros : b.as<span>().micros;
    wide_int const r = s == add ? x + y : x - y;
    if (a.is<stamp>() != b.is<stamp>())
        return moment(r);
    if (r < std::numeric_limits<std::int64_t>::min() || r > std::numeric_limits<std::int64_t>::max())
        return {};
    return {span{static_cast<std::int64_t>(r)}};
}

// --- functions ---

inline std::string other_case(std::string text, bool upper) {
    static constexpr std::string_view pairs[][2] = {{"\xc3\xa9", "\xc3\x89"}, {"\xd1\x8f", "\xd0\xaf"}};
    for (auto const& pair : pairs) {
        auto const from = pair[upper ? 0 : 1];
        for (auto at = text.find(from); at != text.npos; at = text.find(from, at))
            text.replace(at, from.size(), pair[upper ? 1 : 0]);
    }
    for (char& c : text)
        if (upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z')
            c = static_cast<char>(c ^ 0x20);
    return text;
}

inline std::string without_end_zeros(std::string digits) {
    return digits.substr(0, digits.find_last_not_of('0') + 1);
}

inline std::string six_digits(std::int64_t n) {
    auto const digits = std::to_string(n);
    return std::string(6 - digits.size(), '0') + digits;
}

inline std::string printed(stamp t) {
    auto micros = t.micros % 1'000'000;
    std::time_t seconds = t.micros / 1'000'000;
    if (micros < 0) {
        micros += 1'000'000;
        --seconds;
    }
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    auto const n = std::strftime(text, sizeof text, "-%m-%dT%H:%M:%S", &parts);
    auto year = std::to_string(parts.tm_year + 1900);
    auto fraction = micros == 0 ? "" : "." + six_digits(micros);
    if (micros % 1000 == 0)
        fraction = fraction.substr(0, 4);
    return std::string(4 - year.size(), '0') + year + std::string(text, n) + fraction + "Z";
}

inline std::string printed(span d) {
    wide_int const magnitude = d.micros < 0 ? -wide_int{d.micros} : wide_int{d.micros};
    auto const part = static_cast<std::int64_t>(magnitude % 1'000'000);
    return (d.micros < 0 ? "-" : "") + std::to_string(static_cast<std::int64_t>(magnitude / 1'000'000)) +
           (part == 0 ? "" : "." + without_end_zeros(six_digits(part))) + "s";
}

inline std::string printed(double d) {
    if (!std::isfinite(d))
        return {};
    char text[64];
    // Written out where people write it out.
    if (d == 0 || (std::abs(d) >= 1e-5 && std::abs(d) <= 1e15))
        return std::string(text, std::to_chars(text, text + sizeof text, d, std::chars_format::fixed).ptr);
    return std::string(text, std::to_chars(text, text + sizeof text, d).ptr);
}

inline std::string printed(model const& m) {
    return m.is<bool>()            ? m.as<bool>() ? "true" : "false"
           : m.is<std::int64_t>()  ? std::to_string(m.as<std::int64_t>())
           : m.is<std::uint64_t>() ? std::to_string(m.as<std::uint64_t>())
           : m.is<double>()        ? printed(m.as<double>())
           : m.is<std::string>()   ? m.as<std::string>()
           : m.is<stamp>()         ? printed(m.as<stamp>())
           : m.is<span>()          ? printed(m.as<span>())
                                   : "";
}

inline model to_whole(model const& m) {
    if (m.is<std::int64_t>())
        return m;
    if (m.is<std::uint64_t>())
        return m.as<std::uint64_t>() >> 63 != 0 ? model{}
                                                : model{static_cast<std::int64_t>(m.as<std::uint64_t>())};
    auto const d = std::trunc(m.as<double>());
    // Of doubles, 2^63 is the first that does not fit.
    return d >= -0x1p63 && d < 0x1p63 ? model{static_cast<std::int64_t>(d)} : model{};
}

inline model to_real(model const& m) {
    return {m.is<double>()         ? m.as<double>()
            : m.is<std::int64_t>() ? static_cast<double>(m.as<std::int64_t>())
                                   : static_cast<double>(m.as<std::uint64_t>())};
}

inline std::int64_t size_of(model const& m) {
    if (m.is<models>())
        return static_cast<std::int64_t>(m.as<models>().size());
    std::int64_t n = 0;
    for (char const c : m.as<std::string>())
        n += (c & 0xc0) == 0x80 ? 0 : 1;
    return n;
}

// --- the walk ---

class evaluator {
  public:
    explicit evaluator(fields names) : names_(std::move(names)) {}

    [[nodiscard]] model run(detail::syntax_node const& e) const {
        using enum detail::syntax_kind;
        switch (e.kind) {
        case null_literal:
            return {};
        case boolean_literal:
            return {e.boolean};
        case integer_literal:
            return {e.integer};
        case unsigned_literal:
            return {e.unsigned_integer};
        case real_literal:
            return {e.real};
        case text_literal:
            return {e.text};
        case path:
            return read(e);
        case negation:
            return negated(run(e.operands[0]));
        case inversion: {
            auto const v = run(e.operands[0]);
            return v.is_null() ? v : model{!v.as<bool>()};
        }
        case any:
        case all:
            return logical(e);
        case relation:
            return {related(e)};
        case sum:
        case product: {
            auto v = run(e.operands[0]);
            for (std::size_t i = 1; i != e.operands.size(); ++i)
                v = arithmetic(e.operators[i - 1], v, run(e.operands[i]));
            return v;
        }
        case conditional: {
            auto const v = run(e.operands[0]);
            return v.is_null() ? v : run(e.operands[v.as<bool>() ? 1 : 2]);
        }
        case call:
            return called(e);
        default:
            BOOST_FAIL("a list stands alone");
            return {};
        }
    }

  private:
    [[nodiscard]] static model const& member(fields const& in, std::string const& name) {
        static model const nothing;
        for (auto const& [known, v] : in.all)
            if (known == name)
                return v;
        BOOST_FAIL("no field " << name);
        return nothing;
    }

    [[nodiscard]] model read(detail::syntax_node const& e) const {
        auto const* v = &member(names_, e.names[0]);
        for (std::size_t i = 1; i != e.names.size() && !v->is_null(); ++i)
            v = &member(v->as<fields>(), e.names[i]);
        return *v;
    }

    [[nodiscard]] static model negated(model const& v) {
        if (v.is<double>())
            return {-v.as<double>()};
        return v.is_null()
                   ? v
                   : whole_arithmetic<std::int64_t>(detail::symbol::subtract, 0, v.as<std::int64_t>());
    }

    // What decides does; otherwise one null makes null.
    [[nodiscard]] model logical(detail::syntax_node const& e) const {
        bool const decisive = e.kind == detail::syntax_kind::any;
        bool null_seen = false;
        bool decided = false;
        for (auto const& o : e.operands) {
            auto const v = run(o);
            null_seen = null_seen || v.is_null();
            decided = decided || (!v.is_null() && v.as<bool>() == decisive);
        }
        return decided ? model{decisive} : null_seen ? model{} : model{!decisive};
    }

    [[nodiscard]] bool related(detail::syntax_node const& e) const {
        auto const s = e.operators[0];
        auto const& right = e.operands[1];
        auto const a = run(e.operands[0]);
        if (s == detail::symbol::in) {
            models elements;
            if (right.kind == detail::syntax_kind::list)
                for (auto const& o : right.operands)
                    elements.push_back(run(o));
            else if (auto const list = run(right); !list.is_null())
                elements = list.as<models>();
            for (auto const& m : elements)
                if (!a.is_null() && holds(detail::symbol::equal, a, m))
                    return true;
            return false;
        }
        bool const with_null = e.operands[0].kind == detail::syntax_kind::null_literal ||
                               right.kind == detail::syntax_kind::null_literal;
        auto const b = run(right);
        if (with_null && s == detail::symbol::not_equal)
            return !(a.is_null() && b.is_null());
        // Lists and objects are compared with null alone.
        return with_null ? a.is_null() && b.is_null() : holds(s, a, b);
    }

    [[nodiscard]] model called(detail::syntax_node const& e) const {
        using enum detail::function;
        // Constants of the language, whose text the generator draws from a table.
        for (auto const& t : drawn::times)
            if (e.called == timestamp && e.operands[0].text == t.written)
                return {stamp{t.micros}};
        for (auto const& t : drawn::spans)
            if (e.called == duration && e.operands[0].text == t.written)
                return {span{t.micros}};
        auto const v = run(e.operands[0]);
        if (e.called == has)
            return {!v.is_null()};
        if (v.is_null())
            return v;
        switch (e.called) {
        case size:
            return {size_of(v)};
        case lower:
        case upper:
            return {other_case(v.as<std::string>(), e.called == upper)};
        case to_integer:
            return to_whole(v);
        case detail::function::to_real:
            return reference::to_real(v);
        case to_text:
            return {printed(v)};
        default:
            return tested(e.called, v.as<std::string>(), run(e.operands[1]));
        }
    }

    [[nodiscard]] static model tested(detail::function f, std::string const& text, model const& part) {
        if (part.is_null())
            return part;
        auto const& p = part.as<std::string>();
        if (f == detail::function::contains)
            return {text.find(p) != text.npos};
        bool const fits = p.size() <= text.size();
        return {fits &&
                text.substr(f == detail::function::starts_with ? 0 : text.size() - p.size(), p.size()) == p};
    }

    fields names_;
};

// Whether the library's value is this one; not for lists and objects.
inline bool same(value const& v, model const& m) {
    switch (v.kind()) {
    case value_kind::null:
        return m.is_null();
    case value_kind::boolean:
        return m.is<bool>() && m.as<bool>() == v.as_boolean();
    case value_kind::integer:
        return m.is<std::int64_t>() && m.as<std::int64_t>() == v.as_integer();
    case value_kind::unsigned_integer:
        return m.is<std::uint64_t>() && m.as<std::uint64_t>() == v.as_unsigned();
    case value_kind::real:
        return m.is<double>() &&
               (std::isnan(v.as_real()) ? std::isnan(m.as<double>())
                                        : m.as<double>() == v.as_real() &&
                                              std::signbit(m.as<double>()) == std::signbit(v.as_real()));
    case value_kind::text:
        return m.is<std::string>() && m.as<std::string>() == v.as_text();
    case value_kind::timestamp:
        return m.is<stamp>() && m.as<stamp>().micros == v.as_timestamp().time_since_epoch().count();
    case value_kind::duration:
        return m.is<span>() && m.as<span>().micros == v.as_duration().count();
    default:
        return false;
    }
}

} // namespace posthorn::test::reference
