// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/engine/option_rules.hpp>
#include <posthorn/detail/util/bounded_time.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <ostream>
#include <stdexcept>
#include <string>

using namespace posthorn;
using namespace std::chrono_literals;
using detail::checked;

namespace {

struct wrong {
    char const* name;
    std::function<void(options&)> set;

    friend std::ostream& operator<<(std::ostream& out, wrong const& w) { return out << w.name; }
};

wrong const wrong_ones[] = {
    {"in_flight_per_webhook", [](options& o) { o.in_flight_per_webhook = 0; }},
    {"in_flight_at_start", [](options& o) { o.in_flight_at_start = 0; }},
    {"in_flight_per_shard", [](options& o) { o.in_flight_per_shard = 0; }},
    {"queued_per_webhook", [](options& o) { o.queued_per_webhook = 0; }},
    {"queued", [](options& o) { o.queued = 0; }},
    {"body_bytes", [](options& o) { o.body_bytes = 0; }},
    {"claim_batch", [](options& o) { o.claim_batch = 0; }},
    {"resolver_threads", [](options& o) { o.resolver_threads = 0; }},
    {"resolver_queue", [](options& o) { o.resolver_queue = 0; }},
    {"languages", [](options& o) { o.languages.clear(); }},
    {"languages", [](options& o) { o.languages = {"en", "fr", "en"}; }},
    {"languages", [](options& o) { o.languages = {"en", "english language"}; }},
    {"breaker_wait", [](options& o) { o.breaker_wait = 0ms; }},
    {"longest_breaker_wait", [](options& o) { o.longest_breaker_wait = -1ms; }},
    {"lease", [](options& o) { o.lease = 0ms; }},
    {"longest_retry_after", [](options& o) { o.longest_retry_after = -1ms; }},
    {"delivery_deadline", [](options& o) { o.delivery_deadline = -1ms; }},
    {"disable_after", [](options& o) { o.disable_after = -1ms; }},
    {"disable_notice", [](options& o) { o.disable_notice = -1ms; }},
    {"registry_poll", [](options& o) { o.registry_poll = 0ms; }},
    {"exchange.resolve", [](options& o) { o.exchange.resolve = 0ms; }},
    {"exchange.connect", [](options& o) { o.exchange.connect = 0ms; }},
    {"exchange.tls", [](options& o) { o.exchange.tls = 0ms; }},
    {"exchange.response", [](options& o) { o.exchange.response = 0ms; }},
    {"exchange.total", [](options& o) { o.exchange.total = 0ms; }},
    {"exchange.body", [](options& o) { o.exchange.body = 0ms; }},
    {"exchange.tick", [](options& o) { o.exchange.tick = 0ms; }},
    {"exchange.idle", [](options& o) { o.exchange.idle = -1ms; }},
    {"exchange.lifetime", [](options& o) { o.exchange.lifetime = -1ms; }},
    {"exchange.header_bytes", [](options& o) { o.exchange.header_bytes = 0; }},
    {"exchange.header_fields", [](options& o) { o.exchange.header_fields = 0; }},
    {"exchange.addresses", [](options& o) { o.exchange.addresses = 0; }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(detail_option_rules)

BOOST_DATA_TEST_CASE(what_cannot_work_is_named, boost::unit_test::data::make(wrong_ones)) {
    options o;
    sample.set(o);
    BOOST_CHECK_EXCEPTION((void)checked(o), std::invalid_argument, [&](std::invalid_argument const& e) {
        auto const text = std::string(e.what());
        return text.starts_with("posthorn: options::" + std::string(sample.name) + " is ") &&
               text.find("it must be ") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(the_defaults_are_kept_as_they_are) {
    options const given;
    auto const used = checked(given);
    BOOST_TEST((used.lease == given.lease && used.call_deadline == given.call_deadline &&
                used.exchange.total == given.exchange.total && used.disable_after == given.disable_after));
}

BOOST_AUTO_TEST_CASE(endless_times_can_be_added_to_any_time) {
    options o;
    o.lease = o.longest_retry_after = o.delivery_deadline = o.disable_after = o.longest_breaker_wait =
        o.breaker_wait = o.registry_poll = o.exchange.idle = o.exchange.total =
            std::chrono::milliseconds::max();
    auto const used = checked(o);
    auto const now = std::chrono::sys_days(std::chrono::year(2126) / 1 / 1);
    for (auto const time : {used.lease, used.longest_retry_after, used.delivery_deadline, used.disable_after,
                            used.longest_breaker_wait, used.registry_poll, used.exchange.idle}) {
        BOOST_TEST((wall_time(now) + time > wall_time(now)));
        BOOST_TEST((time > std::chrono::years(90)));
    }
}

BOOST_AUTO_TEST_CASE(calls_are_never_endless) {
    options o;
    o.call_deadline = std::chrono::milliseconds::max();
    o.calls_deadline = 0ms;
    auto const used = checked(o);
    BOOST_TEST((used.call_deadline == 1h && used.calls_deadline == 1ms));
}

BOOST_AUTO_TEST_SUITE_END()
