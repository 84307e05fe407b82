// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/observer.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

// Notices for the tests of observers.
namespace posthorn::test {

struct notice_source {
    notice_source() {
        id.data[0] = 1;
        webhook.data[0] = 2;
        event.data[0] = 3;
        request_text text;
        text.buffer() += "/secret-path?token=hidden";
        text.end_target();
        text.buffer() += "X-Hidden: hidden\r\n";
        text.end_headers();
        text.buffer() += "hidden body";
        what = delivery::make(id, webhook, event, now, verb::post, text.view());
    }

    [[nodiscard]] accepted_notice accepted(error_code ec = {}) const { return {*what, ec, now}; }

    [[nodiscard]] refused_notice refused(std::string_view message = "full") const {
        return {webhook, event, errc::queue_full, message, now};
    }

    [[nodiscard]] attempt_notice attempt(exchange const& outcome, delivery_state next) const {
        return {*what, call_mode::fire_and_forget,     endpoint, 2, outcome, std::chrono::milliseconds{5},
                next,  now + std::chrono::seconds{60}, now};
    }

    [[nodiscard]] settled_notice settled(delivery_state state, error_code ec = {}, bool lost = false) const {
        return {id, state, 3, ec, lost, now};
    }

    [[nodiscard]] problem_notice problem(std::string_view message = "disk full") const {
        return {errc::storage_failed, message, now};
    }

    uuid id{};
    uuid webhook{};
    uuid event{};
    wall_time now{std::chrono::seconds{1'700'000'000}};
    url endpoint = parse_url("https://example.com/secret-path?token=hidden").value();
    delivery_ptr what;
};

[[nodiscard]] inline exchange answered(int status, bool reused = false) {
    exchange x;
    x.response.status = status;
    x.response.excerpt = "hidden answer";
    x.response.location = "https://hidden.example";
    x.reused_connection = reused;
    if (status < 200 || status > 299)
        x.error = errc::http_status;
    return x;
}

} // namespace posthorn::test
