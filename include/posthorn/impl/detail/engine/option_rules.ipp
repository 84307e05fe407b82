// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/engine/option_rules.hpp>
#include <posthorn/detail/util/bounded_time.hpp>
#include <posthorn/model/language.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace posthorn::detail {

[[noreturn]] inline void refuse_option(char const* name, std::string const& value, char const* rule) {
    throw std::invalid_argument(std::string("posthorn: options::") + name + " is " + value + "; it must be " +
                                rule);
}

inline void check_positive(char const* name, std::size_t value) {
    if (value == 0)
        refuse_option(name, "0", "at least 1");
}

inline void check_time(char const* name, std::chrono::milliseconds& value, bool may_be_zero) {
    using std::chrono::milliseconds;
    if (value < milliseconds(0) || (value == milliseconds(0) && !may_be_zero))
        refuse_option(name, std::to_string(value.count()) + " ms",
                      may_be_zero ? "0 or more" : "1 ms or more");
    value = bounded(value);
}

inline void check_counts(options const& o) {
    check_positive("in_flight_per_webhook", o.in_flight_per_webhook);
    check_positive("in_flight_at_start", o.in_flight_at_start);
    check_positive("in_flight_per_shard", o.in_flight_per_shard);
    check_positive("queued_per_webhook", o.queued_per_webhook);
    check_positive("queued", o.queued);
    check_positive("body_bytes", o.body_bytes);
    check_positive("claim_batch", o.claim_batch);
    check_positive("resolver_threads", o.resolver_threads);
    check_positive("resolver_queue", o.resolver_queue);
    check_positive("exchange.header_bytes", o.exchange.header_bytes);
    check_positive("exchange.header_fields", o.exchange.header_fields);
    check_positive("exchange.addresses", o.exchange.addresses);
    if (o.languages.empty())
        refuse_option("languages", "empty", "at least one tag, such as \"en\"");
    for (auto it = o.languages.begin(); it != o.languages.end(); ++it)
        if (!is_language_tag(*it) || std::find(o.languages.begin(), it, *it) != it)
            refuse_option("languages", "a list with '" + *it + "'",
                          "a list of different tags, such as \"en\" and \"fr-CA\"");
}

inline void check_times(options& o) {
    check_time("breaker_wait", o.breaker_wait, false);
    check_time("longest_breaker_wait", o.longest_breaker_wait, false);
    check_time("lease", o.lease, false);
    check_time("longest_retry_after", o.longest_retry_after, true);
    check_time("delivery_deadline", o.delivery_deadline, true);
    check_time("disable_after", o.disable_after, true);
    check_time("disable_notice", o.disable_notice, true);
    check_time("registry_poll", o.registry_poll, false);
}

inline void check_times(exchange_limits& l) {
    check_time("exchange.resolve", l.resolve, false);
    check_time("exchange.connect", l.connect, false);
    check_time("exchange.tls", l.tls, false);
    check_time("exchange.response", l.response, false);
    check_time("exchange.total", l.total, false);
    check_time("exchange.body", l.body, false);
    check_time("exchange.tick", l.tick, false);
    check_time("exchange.idle", l.idle, true);
    check_time("exchange.lifetime", l.lifetime, true);
}

POSTHORN_DECL options checked(options given) {
    using std::chrono::hours;
    using std::chrono::milliseconds;
    check_counts(given);
    check_times(given);
    check_times(given.exchange);
    for (auto* const limit : {&given.call_deadline, &given.calls_deadline})
        *limit = std::clamp<milliseconds>(*limit, milliseconds(1), hours(1));
    return given;
}

} // namespace posthorn::detail
