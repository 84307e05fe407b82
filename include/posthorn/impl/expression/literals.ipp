// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/literals.hpp>
#include <posthorn/expression/schema_of.hpp>

#include <charconv>
#include <limits>
#include <string_view>

namespace posthorn::detail {

// Takes pieces of fixed form off the front of a text; once one does not fit, none does.
class text_reader {
  public:
    explicit text_reader(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool take(char c) noexcept {
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char c) noexcept { fits_ = take(c) && fits_; }

    // Exactly so many digits, of a number between the two.
    [[nodiscard]] int number(std::size_t digits, int least, int most) noexcept {
        int n = 0;
        auto const text = rest_.substr(0, digits);
        auto const done = std::from_chars(text.data(), text.data() + text.size(), n);
        bool const whole = text.size() == digits && text[0] != '-' && done.ec == std::errc() &&
                           done.ptr == text.data() + text.size();
        fits_ = fits_ && whole && n >= least && n <= most;
        rest_.remove_prefix(text.size());
        return fits_ ? n : least;
    }

    // Digits behind a decimal point, as millionths; those behind the sixth must be zeros.
    [[nodiscard]] std::int64_t millionths() noexcept {
        std::int64_t n = 0;
        std::int64_t unit = 100'000;
        std::size_t count = 0;
        for (; count != rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count, unit /= 10) {
            fits_ = fits_ && (unit != 0 || rest_[count] == '0');
            n += (rest_[count] - '0') * unit;
        }
        fits_ = fits_ && count != 0;
        rest_.remove_prefix(count);
        return n;
    }

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] bool fits() const noexcept { return fits_; }
    [[nodiscard]] std::string_view& rest() noexcept { return rest_; }
    void refuse() noexcept { fits_ = false; }

  private:
    std::string_view rest_;
    bool fits_ = true;
};

POSTHORN_DECL std::optional<utc_time> parse_timestamp(std::string_view text) noexcept {
    using std::chrono::day;
    using std::chrono::hours;
    using std::chrono::microseconds;
    using std::chrono::minutes;
    using std::chrono::month;
    using std::chrono::seconds;
    using std::chrono::year;
    text_reader in(text);
    year const y(in.number(4, 0, 9999));
    in.expect('-');
    month const m(static_cast<unsigned>(in.number(2, 1, 12)));
    in.expect('-');
    day const d(static_cast<unsigned>(in.number(2, 1, 31)));
    in.expect('T');
    auto time = hours(in.number(2, 0, 23)) + minutes(0) + microseconds(0);
    in.expect(':');
    time += minutes(in.number(2, 0, 59));
    in.expect(':');
    time += seconds(in.number(2, 0, 59));
    if (in.take('.'))
        time += microseconds(in.millionths());
    if (!in.take('Z')) {
        bool const west = in.take('-');
        if (!west)
            in.expect('+');
        auto offset = hours(in.number(2, 0, 23)) + minutes(0);
        in.expect(':');
        offset += minutes(in.number(2, 0, 59));
        time += west ? offset : -offset;
    }
    std::chrono::year_month_day const date(y, m, d);
    if (!in.fits() || !in.at_end() || !date.ok())
        return std::nullopt;
    utc_time const t = std::chrono::sys_days(date) + time;
    // An offset may lead out of the years that can be printed.
    return is_printable(t) ? std::optional(t) : std::nullopt;
}

namespace literals {

struct unit {
    std::string_view name;
    std::int64_t micros;
};

// The longer names first, since "m" begins "ms".
inline constexpr unit units[] = {
    {"ms", 1000}, {"us", 1}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}};

// The unit at the front of the text, or nothing.
[[nodiscard]] POSTHORN_DECL std::optional<std::int64_t> take_unit(text_reader& in) noexcept {
    for (auto const& u : units)
        if (in.rest().starts_with(u.name)) {
            in.rest().remove_prefix(u.name.size());
            return u.micros;
        }
    return std::nullopt;
}

// One piece such as 1h or 2.5s, in microseconds.
[[nodiscard]] POSTHORN_DECL std::optional<std::int64_t> take_piece(text_reader& in) noexcept {
    std::int64_t whole = 0;
    auto const text = in.rest();
    auto const done = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (done.ec != std::errc() || text[0] == '-')
        return std::nullopt;
    in.rest().remove_prefix(static_cast<std::size_t>(done.ptr - text.data()));
    std::int64_t const part = in.take('.') ? in.millionths() : 0;
    auto const unit = take_unit(in);
    std::int64_t micros = 0;
    if (!unit || !in.fits() || __builtin_mul_overflow(whole, *unit, &micros) ||
        part * *unit % 1'000'000 != 0 || __builtin_add_overflow(micros, part * *unit / 1'000'000, &micros))
        return std::nullopt;
    return micros;
}

} // namespace literals

POSTHORN_DECL std::optional<time_span> parse_duration(std::string_view text) noexcept {
    text_reader in(text);
    bool const negative = in.take('-');
    std::int64_t total = 0;
    do {
        auto const piece = literals::take_piece(in);
        if (!piece || __builtin_add_overflow(total, *piece, &total))
            return std::nullopt;
    } while (!in.at_end());
    return time_span(negative ? -total : total);
}

} // namespace posthorn::detail
