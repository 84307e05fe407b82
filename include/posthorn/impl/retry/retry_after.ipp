// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/retry/retry_after.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace posthorn {

namespace detail {

inline constexpr std::array<std::string_view, 7> short_weekdays{"Sun", "Mon", "Tue", "Wed",
                                                                "Thu", "Fri", "Sat"};

inline constexpr std::array<std::string_view, 7> long_weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                               "Thursday", "Friday", "Saturday"};

inline constexpr std::array<std::string_view, 12> short_months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes a text apart from the front. A piece that does not match makes all that follows fail too, so that
/// one question at the end is enough.
class date_reader {
  public:
    explicit date_reader(std::string_view text) noexcept : rest_(text) {}

    void literal(std::string_view text) noexcept {
        ok_ = ok_ && rest_.starts_with(text);
        rest_.remove_prefix(ok_ ? text.size() : 0);
    }

    /// Exactly `digits` digits; the first may be a blank where `padded`.
    [[nodiscard]] unsigned number(std::size_t digits, bool padded = false) noexcept {
        unsigned value = 0;
        ok_ = ok_ && rest_.size() >= digits;
        for (std::size_t i = 0; ok_ && i != digits; ++i) {
            bool const blank = padded && i == 0 && rest_[i] == ' ';
            ok_ = blank || is_digit(rest_[i]);
            value = blank ? 0 : value * 10 + static_cast<unsigned>(rest_[i] - '0');
        }
        rest_.remove_prefix(ok_ ? digits : 0);
        return value;
    }

    /// The index of the one of `names` that comes next.
    [[nodiscard]] unsigned one_of(std::span<std::string_view const> names) noexcept {
        auto const found = std::find_if(names.begin(), names.end(),
                                        [this](std::string_view name) { return rest_.starts_with(name); });
        ok_ = ok_ && found != names.end();
        if (!ok_)
            return 0;
        rest_.remove_prefix(found->size());
        return static_cast<unsigned>(found - names.begin());
    }

    /// A clock time; a leap second (60) is taken as the first second of the next minute.
    [[nodiscard]] std::chrono::seconds time() noexcept {
        auto const hour = number(2);
        literal(":");
        auto const minute = number(2);
        literal(":");
        auto const second = number(2);
        ok_ = ok_ && hour <= 23 && minute <= 59 && second <= 60;
        return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
    }

    [[nodiscard]] bool done() const noexcept { return ok_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

/// The instant, if the date exists and falls on that weekday. `month` counts from 0.
[[nodiscard]] POSTHORN_DECL std::optional<std::chrono::sys_seconds>
instant_of(unsigned weekday, int year, unsigned month, unsigned day, std::chrono::seconds time) noexcept {
    std::chrono::year_month_day const date{std::chrono::year(year), std::chrono::month(month + 1),
                                           std::chrono::day(day)};
    if (!date.ok() || std::chrono::weekday(std::chrono::sys_days(date)) != std::chrono::weekday(weekday))
        return std::nullopt;
    return std::chrono::sys_days(date) + time;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
[[nodiscard]] POSTHORN_DECL std::optional<std::chrono::sys_seconds>
parse_imf_fixdate(std::string_view text) noexcept {
    date_reader in(text);
    auto const weekday = in.one_of(short_weekdays);
    in.literal(", ");
    auto const day = in.number(2);
    in.literal(" ");
    auto const month = in.one_of(short_months);
    in.literal(" ");
    auto const year = in.number(4);
    in.literal(" ");
    auto const time = in.time();
    in.literal(" GMT");
    return in.done() ? instant_of(weekday, static_cast<int>(year), month, day, time) : std::nullopt;
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
[[nodiscard]] POSTHORN_DECL std::optional<std::chrono::sys_seconds>
parse_rfc850_date(std::string_view text, wall_time now) noexcept {
    date_reader in(text);
    auto const weekday = in.one_of(long_weekdays);
    in.literal(", ");
    auto const day = in.number(2);
    in.literal("-");
    auto const month = in.one_of(short_months);
    in.literal("-");
    auto const short_year = static_cast<int>(in.number(2));
    in.literal(" ");
    auto const time = in.time();
    in.literal(" GMT");
    std::chrono::year_month_day const today(std::chrono::floor<std::chrono::days>(now));
    auto const last = static_cast<int>(today.year()) + 50;
    auto const year = last - (last - short_year) % 100;
    return in.done() ? instant_of(weekday, year, month, day, time) : std::nullopt;
}

/// `Sun Nov  6 08:49:37 1994`
[[nodiscard]] POSTHORN_DECL std::optional<std::chrono::sys_seconds>
parse_asctime_date(std::string_view text) noexcept {
    date_reader in(text);
    auto const weekday = in.one_of(short_weekdays);
    in.literal(" ");
    auto const month = in.one_of(short_months);
    in.literal(" ");
    auto const day = in.number(2, true);
    in.literal(" ");
    auto const time = in.time();
    in.literal(" ");
    auto const year = in.number(4);
    return in.done() ? instant_of(weekday, static_cast<int>(year), month, day, time) : std::nullopt;
}

[[nodiscard]] POSTHORN_DECL std::optional<duration> parse_delta_seconds(std::string_view text) noexcept {
    constexpr auto most = std::chrono::floor<std::chrono::seconds>(max_retry_after);
    if (text.empty() || text.size() > 64 || !std::all_of(text.begin(), text.end(), is_digit))
        return std::nullopt;
    std::chrono::seconds wait{0};
    for (char const c : text)
        wait = std::min(wait * 10 + std::chrono::seconds(c - '0'), most);
    return wait;
}

} // namespace detail

POSTHORN_DECL std::optional<duration> parse_retry_after(std::string_view value, wall_time now) noexcept {
    if (auto const wait = detail::parse_delta_seconds(value))
        return wait;
    auto date = detail::parse_imf_fixdate(value);
    if (!date)
        date = detail::parse_rfc850_date(value, now);
    if (!date)
        date = detail::parse_asctime_date(value);
    if (!date)
        return std::nullopt;
    // Compared in whole seconds: dates go beyond what a duration in nanoseconds can hold.
    auto const second = std::chrono::floor<std::chrono::seconds>(now);
    auto const wait = *date - second;
    if (wait <= std::chrono::seconds::zero())
        return duration::zero();
    if (wait > std::chrono::floor<std::chrono::seconds>(max_retry_after))
        return max_retry_after;
    return duration(wait) - (now - second);
}

} // namespace posthorn
