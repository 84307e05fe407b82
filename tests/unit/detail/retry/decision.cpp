// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/retry/decision.hpp>
#include <posthorn/retry/exponential.hpp>
#include <posthorn/retry/no_retry.hpp>
#include <posthorn/retry/standard_schedule.hpp>

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace std::chrono_literals;
using posthorn::delivery_state;
using posthorn::duration;
using posthorn::errc;
using posthorn::error_code;
using posthorn::exchange;
using posthorn::wall_time;
using posthorn::detail::decide;
using enum posthorn::delivery_state;

constexpr wall_time now{1'700'000'000s};

struct fixed {
    duration wait;
    unsigned most = 10;
    [[nodiscard]] std::optional<duration> delay(unsigned made, std::uint64_t) const noexcept {
        return made < most ? std::optional(wait) : std::nullopt;
    }
};

exchange answer(int status, std::string retry_after = {}) {
    exchange x;
    x.response.status = status;
    x.response.retry_after = std::move(retry_after);
    if (status < 200 || status > 299)
        x.error = errc::http_status;
    return x;
}

posthorn::detail::decision decided(exchange const& x, duration policy_wait = 5s, duration cap = 24h,
                                   unsigned made = 1) {
    return decide(x, made, now, 0, fixed{policy_wait}, cap);
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_decision)

BOOST_AUTO_TEST_CASE(every_status_has_its_verdict) {
    for (int status = 200; status != 600; ++status) {
        auto const d = decided(answer(status));
        auto const expected = status < 300 ? delivered : status == 410 || status == 413 ? failed : pending;
        BOOST_TEST_CONTEXT("status " << status) {
            BOOST_TEST((d.state == expected));
            BOOST_TEST(d.gone == (status == 410));
            BOOST_TEST((d.not_before == (expected == pending ? now + 5s : wall_time())));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_would_be_tried_too_late_has_failed) {
    using posthorn::detail::in_time;
    using posthorn::detail::latest_attempt;
    BOOST_TEST((latest_attempt(now, 1h) == now + 1h));
    BOOST_TEST((latest_attempt(now, 0h) == wall_time::max()));
    BOOST_TEST((latest_attempt(now, -1h) == wall_time::max()));
    BOOST_TEST((latest_attempt(wall_time::max() - 1s, 1h) == wall_time::max()));
    auto const d = decided(answer(500));
    BOOST_TEST((in_time(d, now + 5s).state == pending));
    BOOST_TEST((in_time(d, now + 4s).state == failed));
    BOOST_TEST((in_time(decided(answer(200)), now - 1h).state == delivered));
}

BOOST_AUTO_TEST_CASE(every_error_has_its_verdict) {
    std::set<errc> const final_ones{errc::body_too_large,  errc::url_too_long,    errc::bad_header_value,
                                    errc::blocked_address, errc::unknown_webhook, errc::verification_failed,
                                    errc::bad_key,         errc::unknown_filter,  errc::bad_url_path,
                                    errc::delivery_expired};
    for (int value = 1; value <= static_cast<int>(errc::bad_key); ++value) {
        auto const e = static_cast<errc>(value);
        auto const d = decided(exchange(e));
        BOOST_TEST_CONTEXT(error_code(e).message()) {
            BOOST_TEST((d.state == (final_ones.contains(e) ? failed : pending)));
            BOOST_TEST(!d.gone);
        }
    }
}

BOOST_AUTO_TEST_CASE(errors_of_others_are_retried) {
    BOOST_TEST((decided(exchange(boost::asio::error::eof)).state == pending));
    BOOST_TEST(
        (decided(exchange(boost::system::errc::make_error_code(boost::system::errc::timed_out))).state ==
         pending));
}

BOOST_AUTO_TEST_CASE(the_policy_gives_up) {
    BOOST_TEST((decided(answer(500), 5s, 24h, 9).state == pending));
    BOOST_TEST((decided(answer(500), 5s, 24h, 10).state == failed));
    BOOST_TEST((decide(answer(503), 1, now, 0, posthorn::no_retry(), 24h).state == failed));
    // A Retry-After does not revive what was given up.
    BOOST_TEST((decide(answer(503, "1"), 1, now, 0, posthorn::no_retry(), 24h).state == failed));
}

BOOST_AUTO_TEST_CASE(retry_after_is_a_floor_with_a_cap) {
    struct row {
        std::string_view retry_after;
        duration policy;
        duration cap;
        duration expected;
    };
    for (auto const& row : {
             row{"", 5s, 1h, 5s},
             row{"60", 5s, 1h, 60s},
             row{"1", 5s, 1h, 5s},
             row{"0", 5s, 1h, 5s},
             row{"7200", 5s, 1h, 1h},
             row{"7200", 2h, 1h, 2h},
             row{"7200", 3h, 1h, 3h},
             row{"99999999999999999999999999", 5s, 1h, 1h},
             row{"soon", 5s, 1h, 5s},
             row{"-60", 5s, 1h, 5s},
             row{"60", 5s, 0s, 5s},
             // 2023-11-14T22:13:20Z is now.
             row{"Tue, 14 Nov 2023 22:14:20 GMT", 5s, 1h, 60s},
             row{"Tue, 14 Nov 2023 22:12:20 GMT", 5s, 1h, 5s},
             row{"Fri, 14 Nov 2099 22:12:20 GMT", 5s, 1h, 5s},
             row{"Sat, 14 Nov 2099 22:12:20 GMT", 5s, 1h, 1h},
         }) {
        BOOST_TEST_CONTEXT(row.retry_after) {
            for (int const status : {429, 503, 500, 301}) {
                auto const d = decided(answer(status, std::string(row.retry_after)), row.policy, row.cap);
                BOOST_TEST((d.state == pending));
                BOOST_TEST((d.not_before - now).count() == row.expected.count());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(retry_after_changes_no_end) {
    BOOST_TEST((decided(answer(200, "60")).state == delivered));
    BOOST_TEST((decided(answer(410, "60")).state == failed));
    BOOST_TEST((decided(answer(413, "60")).state == failed));
}

BOOST_AUTO_TEST_CASE(jitter_is_never_earlier_than_the_schedule) {
    posthorn::standard_schedule const schedule;
    posthorn::exponential const growing;
    duration const waits[] = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
    for (auto const word : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x123456789abcdef},
                            std::numeric_limits<std::uint64_t>::max()}) {
        for (unsigned made = 1; made <= 9; ++made) {
            auto const d = decide(answer(500), made, now, word, schedule, 24h);
            auto const wait = d.not_before - now;
            BOOST_TEST(wait.count() >= waits[made - 1].count());
            BOOST_TEST(wait.count() <= (waits[made - 1] + waits[made - 1] / 10).count());
        }
        BOOST_TEST((decide(answer(500), 10, now, word, schedule, 24h).state == failed));
        BOOST_TEST((decide(answer(500), 1, now, word, growing, 24h).not_before >= now + 5s));
        // Nor than what the receiver asked for.
        BOOST_TEST((decide(answer(503, "3600"), 1, now, word, schedule, 24h).not_before == now + 1h));
    }
}

BOOST_AUTO_TEST_CASE(a_wait_beyond_the_end_of_time_saturates) {
    auto const d = decided(answer(500), duration::max());
    BOOST_TEST((d.state == pending));
    BOOST_TEST((d.not_before == wall_time::max()));
    BOOST_TEST((decide(answer(500), 1, wall_time(-1s), 0, fixed{duration::max()}, 24h).not_before ==
                wall_time(duration::max() - 1s)));
}

BOOST_AUTO_TEST_CASE(what_has_ended_is_overruled_by_nothing) {
    posthorn::detail::meanwhile all;
    all.removed = true;
    all.active = false;
    all.once = true;
    all.asked = cancelled;
    for (auto const end : {delivered, failed, cancelled})
        BOOST_TEST((posthorn::detail::overruled({end}, all).state == end));
}

BOOST_AUTO_TEST_CASE(a_further_attempt_is_overruled_in_order) {
    posthorn::detail::decision const retry{pending, now + 1h};
    posthorn::detail::meanwhile m;
    BOOST_TEST((posthorn::detail::overruled(retry, m).state == pending));
    BOOST_TEST((posthorn::detail::overruled(retry, m).not_before == now + 1h));
    m.active = false;
    BOOST_TEST((posthorn::detail::overruled(retry, m).state == paused));
    BOOST_TEST((posthorn::detail::overruled(retry, m).not_before == now + 1h));
    m.once = true;
    BOOST_TEST((posthorn::detail::overruled(retry, m).state == failed));
    m.asked = paused;
    BOOST_TEST((posthorn::detail::overruled(retry, m).state == failed));
    m.once = false;
    BOOST_TEST((posthorn::detail::overruled(retry, m).state == paused));
    m.once = true;
    m.asked = cancelled;
    BOOST_TEST((posthorn::detail::overruled(retry, m).state == cancelled));
    m.asked = paused;
    m.removed = true;
    BOOST_TEST((posthorn::detail::overruled(retry, m).state == cancelled));
}

BOOST_AUTO_TEST_CASE(the_longest_of_several_retry_after_fields_counts) {
    BOOST_TEST((decided(answer(503, "60\n7200")).not_before == now + 2h));
    BOOST_TEST((decided(answer(503, "7200\n60")).not_before == now + 2h));
    BOOST_TEST((decided(answer(503, "7200\n")).not_before == now + 2h));
    BOOST_TEST((decided(answer(503, "\n\nrubbish\n7200")).not_before == now + 2h));
    BOOST_TEST((decided(answer(503, "rubbish\n-1\n")).not_before == now + 5s));
    BOOST_TEST((decided(answer(503, "60\n999999999999")).not_before == now + 24h));
    BOOST_TEST((decided(answer(503, "\n")).not_before == now + 5s));
}

BOOST_AUTO_TEST_SUITE_END()
