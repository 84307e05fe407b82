// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/print.hpp>
#include <posthorn/observe/json_log.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace posthorn {

namespace detail {

// Builds one line; every value goes through the JSON printer, so nothing hostile can break out of its string.
class json_line {
  public:
    json_line(wall_time time, std::string_view level, std::string_view event) {
        text_ = "{\"time\":";
        append_json(text_, value(std::chrono::floor<utc_time::duration>(time)));
        add("level", level);
        add("event", event);
    }

    void add(std::string_view name, std::string_view text) { append(name, value(text)); }
    void add(std::string_view name, std::int64_t number) { append(name, value(number)); }
    void add(std::string_view name, uuid const& id) { append(name, value(uuid_text(id).view())); }
    void add(std::string_view name, wall_time t) {
        append(name, value(std::chrono::floor<utc_time::duration>(t)));
    }

    void add(error_code const& ec) {
        if (ec)
            add("error", std::string_view(ec.message()));
    }

    [[nodiscard]] std::string_view end() {
        text_ += "}\n";
        return text_;
    }

  private:
    void append(std::string_view name, value const& v) {
        text_.append(",\"").append(name).append("\":");
        append_json(text_, v);
    }

    std::string text_;
};

} // namespace detail

class json_log::state {
  public:
    explicit state(std::function<void(std::string_view)> sink) : sink_(std::move(sink)) {}

    void write(detail::json_line& line) {
        auto const text = line.end();
        std::scoped_lock const lock(mutex_);
        sink_(text);
    }

  private:
    std::mutex mutex_;
    std::function<void(std::string_view)> sink_;
};

POSTHORN_DECL json_log::json_log(std::FILE* file, detail_level level)
    : json_log(
          [file](std::string_view line) {
              std::fwrite(line.data(), 1, line.size(), file);
              std::fflush(file);
          },
          level) {}

POSTHORN_DECL json_log::json_log(std::function<void(std::string_view)> sink, detail_level level)
    : state_(std::make_shared<state>(std::move(sink))), level_(level) {}

POSTHORN_DECL void json_log::on_accepted(accepted_notice const& n) {
    if (level_ == detail_level::problems && !n.error)
        return;
    detail::json_line line(n.time, n.error ? "error" : "info", "accepted");
    line.add("delivery", n.what.id());
    line.add("webhook", n.what.webhook());
    line.add("source_event", n.what.event());
    line.add(n.error);
    state_->write(line);
}

POSTHORN_DECL void json_log::on_refused(refused_notice const& n) {
    detail::json_line line(n.time, "error", "refused");
    line.add("webhook", n.webhook);
    line.add("source_event", n.event);
    line.add(n.error);
    line.add("message", n.message);
    state_->write(line);
}

POSTHORN_DECL void json_log::on_attempt(attempt_notice const& n) {
    if (level_ == detail_level::problems && !n.outcome.error)
        return;
    detail::json_line line(n.time, n.outcome.error ? "warning" : "info", "attempt");
    line.add("delivery", n.what.id());
    line.add("webhook", n.what.webhook());
    line.add("mode", to_string(n.mode));
    line.add("host", n.endpoint.host());
    line.add("attempt", static_cast<std::int64_t>(n.number));
    if (n.outcome.response.status != 0)
        line.add("status", static_cast<std::int64_t>(n.outcome.response.status));
    line.add(n.outcome.error);
    if (!n.outcome.detail.empty())
        line.add("detail", n.outcome.detail);
    if (!n.outcome.log_detail.empty())
        line.add("log_detail", n.outcome.log_detail);
    line.add("took_us", static_cast<std::int64_t>(
                            std::chrono::duration_cast<std::chrono::microseconds>(n.took).count()));
    if (n.next == delivery_state::pending)
        line.add("next_attempt", n.next_at);
    state_->write(line);
}

POSTHORN_DECL void json_log::on_settled(settled_notice const& n) {
    bool const good = n.state == delivery_state::delivered && !n.lost;
    if (level_ == detail_level::problems && good)
        return;
    detail::json_line line(n.time, good ? "info" : "error", n.lost ? "lease_lost" : to_string(n.state));
    line.add("delivery", n.delivery);
    line.add("attempts", static_cast<std::int64_t>(n.attempts));
    line.add(n.error);
    state_->write(line);
}

POSTHORN_DECL void json_log::on_failing(failing_notice const& n) {
    detail::json_line line(n.time, "warning", "failing");
    line.add("webhook", n.webhook);
    line.add("since", n.since);
    line.add("disabled_at", n.disabled_at);
    line.add(n.error);
    state_->write(line);
}

POSTHORN_DECL void json_log::on_problem(problem_notice const& n) {
    detail::json_line line(n.time, "error", "problem");
    line.add(n.error);
    line.add("message", n.message);
    state_->write(line);
}

} // namespace posthorn
