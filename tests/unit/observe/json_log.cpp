// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/observe/json_log.hpp>

#include "../../support/notices.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace posthorn::test;
using posthorn::delivery_state;
using posthorn::errc;
using posthorn::json_log;
using level = json_log::detail_level;

class lines {
  public:
    [[nodiscard]] json_log log(level l) {
        return json_log([text = text_](std::string_view line) { text->emplace_back(line); }, l);
    }

    [[nodiscard]] std::vector<std::string> const& raw() const { return *text_; }

    // The only line, parsed.
    [[nodiscard]] boost::json::object only() const {
        BOOST_TEST_REQUIRE(text_->size() == 1U);
        BOOST_TEST(text_->front().ends_with("}\n"));
        // One line whatever it holds.
        BOOST_TEST(text_->front().find('\n') == text_->front().size() - 1);
        return boost::json::parse(text_->front()).as_object();
    }

  private:
    std::shared_ptr<std::vector<std::string>> text_ = std::make_shared<std::vector<std::string>>();
};

std::string shown(boost::json::object const& line, std::string_view key) {
    return line.contains(key) ? boost::json::serialize(line.at(key)) : "-";
}

} // namespace

static_assert(posthorn::check_observer<json_log>());
static_assert(posthorn::Observer<json_log>);

BOOST_AUTO_TEST_SUITE(observe_json_log)

BOOST_AUTO_TEST_CASE(tells_an_attempt_that_failed) {
    notice_source const from;
    lines out;
    auto x = answered(503);
    x.detail = "busy";
    x.log_detail = "hooks.example.com has the address 10.0.0.1";
    out.log(level::problems).on_attempt(from.attempt(x, delivery_state::pending));
    auto const line = out.only();
    BOOST_TEST(shown(line, "time") == R"("2023-11-14T22:13:20Z")");
    BOOST_TEST(shown(line, "level") == R"("warning")");
    BOOST_TEST(shown(line, "event") == R"("attempt")");
    BOOST_TEST(shown(line, "delivery") == R"("01000000-0000-0000-0000-000000000000")");
    BOOST_TEST(shown(line, "webhook") == R"("02000000-0000-0000-0000-000000000000")");
    BOOST_TEST(shown(line, "host") == R"("example.com")");
    BOOST_TEST(shown(line, "attempt") == "2");
    BOOST_TEST(shown(line, "status") == "503");
    BOOST_TEST(shown(line, "error") == R"("the receiver answered with a status that is not 2xx")");
    BOOST_TEST(shown(line, "detail") == R"("busy")");
    BOOST_TEST(shown(line, "log_detail") == R"("hooks.example.com has the address 10.0.0.1")");
    BOOST_TEST(shown(line, "took_us") == "5000");
    BOOST_TEST(shown(line, "next_attempt") == R"("2023-11-14T22:14:20Z")");
}

BOOST_AUTO_TEST_CASE(leaves_out_what_does_not_apply) {
    notice_source const from;
    lines out;
    out.log(level::problems)
        .on_attempt(from.attempt(posthorn::exchange(errc::connect_refused), delivery_state::failed));
    auto const line = out.only();
    for (auto const key : {"status", "detail", "log_detail", "next_attempt"})
        BOOST_TEST(shown(line, key) == "-", key);
}

BOOST_AUTO_TEST_CASE(problems_only_or_everything) {
    notice_source const from;
    auto const good = answered(200);
    auto const bad = answered(500);
    for (auto const l : {level::problems, level::everything}) {
        lines out;
        auto log = out.log(l);
        log.on_accepted(from.accepted());
        log.on_attempt(from.attempt(good, delivery_state::delivered));
        log.on_settled(from.settled(delivery_state::delivered));
        BOOST_TEST(out.raw().size() == (l == level::everything ? 3U : 0U));
        log.on_accepted(from.accepted(errc::body_too_large));
        log.on_refused(from.refused());
        log.on_attempt(from.attempt(bad, delivery_state::failed));
        log.on_settled(from.settled(delivery_state::failed, errc::http_status));
        log.on_settled(from.settled(delivery_state::cancelled));
        log.on_settled(from.settled(delivery_state::delivered, {}, true));
        log.on_problem(from.problem());
        BOOST_TEST(out.raw().size() == (l == level::everything ? 10U : 7U));
    }
}

BOOST_AUTO_TEST_CASE(each_notice_has_its_level_and_name) {
    notice_source const from;
    auto const good = answered(200);
    struct row {
        std::function<void(json_log&)> tell;
        std::string_view level;
        std::string_view event;
    };
    for (auto const& row : {
             row{[&](json_log& l) { l.on_accepted(from.accepted()); }, "info", "accepted"},
             row{[&](json_log& l) { l.on_accepted(from.accepted(errc::body_too_large)); }, "error",
                 "accepted"},
             row{[&](json_log& l) { l.on_refused(from.refused()); }, "error", "refused"},
             row{[&](json_log& l) { l.on_attempt(from.attempt(good, delivery_state::delivered)); }, "info",
                 "attempt"},
             row{[&](json_log& l) { l.on_settled(from.settled(delivery_state::delivered)); }, "info",
                 "delivered"},
             row{[&](json_log& l) { l.on_settled(from.settled(delivery_state::failed)); }, "error", "failed"},
             row{[&](json_log& l) { l.on_settled(from.settled(delivery_state::cancelled)); }, "error",
                 "cancelled"},
             row{[&](json_log& l) { l.on_settled(from.settled(delivery_state::delivered, {}, true)); },
                 "error", "lease_lost"},
             row{[&](json_log& l) { l.on_problem(from.problem()); }, "error", "problem"},
         }) {
        lines out;
        auto log = out.log(level::everything);
        row.tell(log);
        auto const line = out.only();
        BOOST_TEST(line.at("level").as_string() == row.level);
        BOOST_TEST(line.at("event").as_string() == row.event);
    }
}

BOOST_AUTO_TEST_CASE(nothing_that_was_sent_or_answered_is_told) {
    notice_source const from;
    lines out;
    auto log = out.log(level::everything);
    auto const bad = answered(500);
    log.on_accepted(from.accepted());
    log.on_refused(from.refused());
    log.on_attempt(from.attempt(bad, delivery_state::pending));
    log.on_settled(from.settled(delivery_state::failed, errc::http_status));
    for (auto const& line : out.raw())
        for (auto const gone : {"hidden", "secret-path", "token"})
            BOOST_TEST(line.find(gone) == std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(hostile_text_stays_inside_its_string) {
    notice_source const from;
    for (std::string_view const text :
         {"a\",\"level\":\"info", "a\nb", "\\", "\xff\xfe", "\x1b[31m", "</script>"}) {
        lines out;
        out.log(level::problems).on_problem(from.problem(text));
        auto const line = out.only();
        BOOST_TEST(line.size() == 5U);
        BOOST_TEST(line.at("level").as_string() == "error");
        BOOST_TEST(out.raw().front().find('\x1b') == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_are_whole) {
    notice_source const from;
    lines out;
    auto log = out.log(level::problems);
    std::vector<std::thread> threads;
    for (int t = 0; t != 3; ++t)
        threads.emplace_back([&, mine = log]() mutable {
            for (int i = 0; i != 200; ++i)
                mine.on_problem(from.problem());
        });
    for (auto& t : threads)
        t.join();
    BOOST_TEST(out.raw().size() == 600U);
    for (auto const& line : out.raw())
        if (line != out.raw().front())
            BOOST_FAIL(line);
}

BOOST_AUTO_TEST_CASE(writes_lines_to_a_file_at_once) {
    notice_source const from;
    auto* const file = std::tmpfile();
    BOOST_TEST_REQUIRE(file != nullptr);
    json_log log(file);
    log.on_problem(from.problem("one"));
    log.on_problem(from.problem("two"));
    std::rewind(file);
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    auto const end = text.find('\n');
    BOOST_TEST_REQUIRE(end != std::string::npos);
    BOOST_TEST(boost::json::parse(text.substr(0, end)).at("message").as_string() == "one");
    BOOST_TEST(boost::json::parse(text.substr(end + 1)).at("message").as_string() == "two");
}

BOOST_AUTO_TEST_SUITE_END()
