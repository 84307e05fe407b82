// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/catalog.hpp>
#include <posthorn/model/event.hpp>

#include "random_source.hpp"
#include "sample.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A host with a field of every type, and objects with random values drawn from few, so that values that are
// drawn apart are often equal.
namespace posthorn::test {

enum class grade { low, high };
BOOST_DESCRIBE_ENUM(grade, low, high)

struct piece {
    std::string name;
    std::optional<std::int64_t> count;
    std::vector<std::string> labels;
};
BOOST_DESCRIBE_STRUCT(piece, (), (name, count, labels))

struct thing {
    bool flag = false;
    std::optional<bool> o_flag;
    std::int64_t whole = 0;
    std::int32_t small = 0;
    std::optional<std::int64_t> o_whole;
    std::uint64_t natural = 0;
    std::optional<std::uint64_t> o_natural;
    double real = 0;
    std::optional<double> o_real;
    std::string text;
    std::optional<std::string> o_text;
    grade level = grade::low;
    std::optional<grade> o_level;
    std::chrono::sys_time<std::chrono::microseconds> at;
    std::optional<std::chrono::sys_seconds> o_at;
    std::chrono::microseconds lasts{};
    std::optional<std::chrono::milliseconds> o_lasts;
    piece part;
    std::optional<piece> o_part;
    std::vector<std::string> texts;
    std::vector<std::int64_t> wholes;
    std::vector<std::optional<std::int64_t>> o_wholes;
    std::vector<std::uint64_t> naturals;
    std::vector<double> reals;
    std::optional<std::vector<std::string>> o_texts;
    std::vector<std::chrono::microseconds> spans;
    std::vector<piece> parts;
};
BOOST_DESCRIBE_STRUCT(thing, (),
                      (flag, o_flag, whole, small, o_whole, natural, o_natural, real, o_real, text, o_text,
                       level, o_level, at, o_at, lasts, o_lasts, part, o_part, texts, wholes, o_wholes,
                       naturals, reals, o_texts, spans, parts))

struct job {
    std::int64_t id = 0;
    std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(job, (), (id, label))

using rich_objects = catalog<object<thing, "thing">, object<job, "job", scoped_by<thing>>>;

namespace drawn {

inline constexpr std::int64_t wholes[] = {0,
                                          1,
                                          -1,
                                          2,
                                          3,
                                          7,
                                          1 << 30,
                                          std::int64_t{1} << 53,
                                          (std::int64_t{1} << 53) + 1,
                                          -(std::int64_t{1} << 53) - 1,
                                          std::numeric_limits<std::int64_t>::max(),
                                          std::numeric_limits<std::int64_t>::max() - 1,
                                          std::numeric_limits<std::int64_t>::min()};
inline constexpr std::uint64_t naturals[] = {0,
                                             1,
                                             2,
                                             3,
                                             7,
                                             (std::uint64_t{1} << 53) + 1,
                                             std::uint64_t{1} << 63,
                                             (std::uint64_t{1} << 63) + 1,
                                             std::numeric_limits<std::uint64_t>::max()};
// What has a literal.
inline constexpr double finite_reals[] = {0.0,
                                          -0.0,
                                          1.0,
                                          -1.0,
                                          0.5,
                                          2.0,
                                          2.5,
                                          7.0,
                                          9007199254740992.0,
                                          9007199254740994.0,
                                          9223372036854775808.0,
                                          -9223372036854775808.0,
                                          9223372036854774784.0,
                                          18446744073709551616.0,
                                          18446744073709549568.0,
                                          1e300,
                                          -1e300,
                                          std::numeric_limits<double>::max(),
                                          std::numeric_limits<double>::denorm_min()};
inline constexpr double other_reals[] = {std::numeric_limits<double>::quiet_NaN(),
                                         std::numeric_limits<double>::infinity(),
                                         -std::numeric_limits<double>::infinity()};
inline constexpr std::string_view texts[] = {
    "",         "a",        "A",        "ab",       "b",
    "low",      "high",     "\xc3\xa9", "\xc3\x89", "\xd1\x8f",
    "\xd0\xaf", "\xc3\x9f", "7",        "a\"b\\\n", "\xf0\x9f\x93\xaf"};
// As literals are written, with what they mean in microseconds.
struct moment {
    std::string_view written;
    std::int64_t micros;
};
inline constexpr moment times[] = {{"1970-01-01T00:00:00Z", 0},
                                   {"2026-01-31T12:00:00Z", 1'769'860'800'000'000},
                                   {"2026-01-31T12:00:00.000001Z", 1'769'860'800'000'001},
                                   {"2026-01-31T13:30:00+01:30", 1'769'860'800'000'000},
                                   {"0000-01-01T00:00:00Z", -62'167'219'200'000'000},
                                   {"9999-12-31T23:59:59.999999Z", 253'402'300'799'999'999}};
inline constexpr moment spans[] = {{"0s", 0},
                                   {"1s", 1'000'000},
                                   {"-1s", -1'000'000},
                                   {"1h30m", 5'400'000'000},
                                   {"1.5h", 5'400'000'000},
                                   {"90m", 5'400'000'000},
                                   {"1ms", 1000},
                                   {"1us", 1},
                                   {"-2.5s", -2'500'000},
                                   {"2555555555h", 9'199'999'998'000'000'000},
                                   {"-2555555555h", -9'199'999'998'000'000'000}};

} // namespace drawn

// Fills objects.
class object_source {
  public:
    explicit object_source(random_source& random) : random_(random) {}

    [[nodiscard]] std::int64_t whole() { return random_.pick(drawn::wholes); }
    [[nodiscard]] std::uint64_t natural() { return random_.pick(drawn::naturals); }
    [[nodiscard]] double real() {
        return random_.chance(15) ? random_.pick(drawn::other_reals) : random_.pick(drawn::finite_reals);
    }
    [[nodiscard]] std::string text() { return std::string(random_.pick(drawn::texts)); }
    [[nodiscard]] grade level() { return random_.chance(50) ? grade::low : grade::high; }
    [[nodiscard]] std::chrono::microseconds span() {
        return std::chrono::microseconds(random_.pick(drawn::spans).micros);
    }
    [[nodiscard]] std::chrono::sys_time<std::chrono::microseconds> time() {
        return std::chrono::sys_time<std::chrono::microseconds>(
            std::chrono::microseconds(random_.pick(drawn::times).micros));
    }

    [[nodiscard]] piece part() {
        return {text(), maybe([&] { return whole(); }), several([&] { return text(); })};
    }

    [[nodiscard]] thing object() {
        thing t;
        t.flag = random_.chance(50);
        t.o_flag = maybe([&] { return random_.chance(50); });
        t.whole = whole();
        t.small = static_cast<std::int32_t>(random_.below(9)) - 4;
        t.o_whole = maybe([&] { return whole(); });
        t.natural = natural();
        t.o_natural = maybe([&] { return natural(); });
        t.real = real();
        t.o_real = maybe([&] { return real(); });
        t.text = text();
        t.o_text = maybe([&] { return text(); });
        t.level = level();
        t.o_level = maybe([&] { return level(); });
        t.at = time();
        t.o_at = maybe([&] { return std::chrono::floor<std::chrono::seconds>(time()); });
        t.lasts = span();
        t.o_lasts = maybe([&] { return std::chrono::floor<std::chrono::milliseconds>(span()); });
        t.part = part();
        t.o_part = maybe([&] { return part(); });
        t.texts = several([&] { return text(); });
        t.wholes = several([&] { return whole(); });
        t.o_wholes = several([&] { return maybe([&] { return whole(); }); });
        t.naturals = several([&] { return natural(); });
        t.reals = several([&] { return real(); });
        t.o_texts = maybe([&] { return several([&] { return text(); }); });
        t.spans = several([&] { return span(); });
        t.parts = several([&] { return part(); });
        return t;
    }

    [[nodiscard]] job task() {
        return {whole(), maybe([&] { return text(); })};
    }

  private:
    template <class Make>
    [[nodiscard]] auto maybe(Make make) -> std::optional<decltype(make())> {
        if (random_.chance(30))
            return std::nullopt;
        return make();
    }

    template <class Make>
    [[nodiscard]] auto several(Make make) -> std::vector<decltype(make())> {
        std::vector<decltype(make())> all;
        for (auto n = random_.below(4); n != 0; --n)
            all.push_back(make());
        return all;
    }

    random_source& random_;
};

// One random event with the objects that it refers to, and where an expression about it may stand.
class random_event {
  public:
    explicit random_event(random_source& random) {
        object_source source(random);
        before = source.object();
        after = random.chance(10) ? before : source.object();
        task_before = source.task();
        task = source.task();
        actor = source.text();
        about_job = random.chance(30);
        what = static_cast<action>(random.below(3));
        place = {rich_objects::schema(),
                 about_job ? rich_objects::index_of<job> : rich_objects::index_of<thing>, what};
        if (random.chance(40))
            place.what.reset();
        place.is_filter = !about_job && random.chance(15);
    }
    random_event(random_event const&) = delete;
    random_event& operator=(random_event const&) = delete;

    // An empty actor is a view without a pointer, as in an event that names none.
    [[nodiscard]] detail::event_view view() const {
        auto const by = actor.empty() ? std::string_view() : std::string_view(actor);
        if (about_job)
            return view_of<rich_objects>(made(task_before, task).within(after).by(by));
        return view_of<rich_objects>(made(before, after).by(by));
    }

    thing before;
    thing after;
    job task_before;
    job task;
    std::string actor;
    bool about_job = false;
    action what = action::created;
    detail::expression_scope place;

  private:
    template <class T>
    [[nodiscard]] event<T> made(T const& old, T const& now) const {
        return what == action::created    ? created(now)
               : what == action::modified ? modified(old, now)
                                          : deleted(now);
    }
};

} // namespace posthorn::test
