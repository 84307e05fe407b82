// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace monitor {

namespace {

using seconds = std::chrono::duration<double>;
using milliseconds = std::chrono::duration<double, std::milli>;

double percentile(std::vector<double> const& sorted, std::size_t percent) {
    return sorted[(sorted.size() - 1) * percent / 100];
}

void print_latencies(char const* name, std::vector<double>& all) {
    if (all.empty())
        return;
    std::sort(all.begin(), all.end());
    std::printf("  %-22s p50 %9.2f ms   p99 %9.2f ms   (%zu)\n", name, percentile(all, 50),
                percentile(all, 99), all.size());
}

// From the commit of a change to the end of its delivery; of a call, how long somebody waited.
void print_times(journal::records const& deliveries) {
    std::vector<double> calls;
    std::vector<double> at_once;
    std::vector<double> retried;
    auto first = std::chrono::steady_clock::time_point::max();
    auto last = std::chrono::steady_clock::time_point::min();
    for (auto const& [id, r] : deliveries) {
        if (is_synchronous(r.mode))
            calls.push_back(milliseconds(r.settled_at - r.accepted_at).count());
        if (!r.end || !r.accepted)
            continue;
        first = std::min(first, r.accepted_at);
        last = std::max(last, r.settled_at);
        (r.attempts == 1 ? at_once : retried).push_back(milliseconds(r.settled_at - r.accepted_at).count());
    }
    auto const settled = at_once.size() + retried.size();
    auto const took = settled == 0 ? 0 : seconds(last - first).count();
    std::printf("  %-22s %.0f, over the %.1f s of everything above\n", "deliveries per second",
                took > 0 ? static_cast<double>(settled) / took : 0, took);
    print_latencies("latency, first attempt", at_once);
    print_latencies("latency, retried", retried);
    print_latencies("calls, waited for", calls);
}

void print_totals(verdict const& v, journal_totals const& t, host_totals const& h) {
    std::printf("\n  %-22s %zu, of them %zu refused\n", "changes", h.changes, h.refused);
    std::printf("  %-22s %zu, of them %zu failed, %zu after the commit\n", "calls", t.calls, t.failed_calls,
                h.reported);
    std::printf("  %-22s %zu in the background\n", "deliveries", t.settled);
    std::printf("  %-22s %zu, of them %zu retries\n", "attempts", t.attempts, t.retries);
    std::printf("  %-22s %zu of %zu requests\n", "verified signatures", v.verified, v.requests);
}

void print_webhooks(std::vector<webhook_result> const& webhooks) {
    std::printf("\n  %-48s %-15s %-6s %9s %9s %9s\n", "webhook", "mode", "verb", "expected", "delivered",
                "attempts");
    for (auto const& w : webhooks)
        std::printf("  %-48s %-15s %-6s %9zu %9zu %9zu\n", w.what.wording.c_str(),
                    to_string(w.what.mode).data(), to_string(w.what.method).data(), w.expected, w.delivered,
                    w.attempts);
}

void print_refusals(host const& server) {
    auto const& t = server.totals();
    std::printf(
        "\n  %zu changes were refused and not made: %zu by a receiver that said no, %zu for want of an "
        "answer.\n",
        t.refused, t.vetoed, t.refused - t.vetoed);
    if (!server.refusal().empty())
        std::printf("  What the first user saw:\n");
    for (auto const& line : server.refusal())
        std::printf("    %s\n", line.c_str());
}

} // namespace

progress::progress(journal const& watched)
    : watched_(watched), begin_(std::chrono::steady_clock::now()), next_(begin_ + std::chrono::seconds(1)) {}

void progress::tell(std::size_t events, std::string_view receiver) {
    auto const now = std::chrono::steady_clock::now();
    if (now < next_)
        return;
    next_ = now + std::chrono::seconds(1);
    auto const t = watched_.totals();
    std::printf("%5.1f s  events %-6zu settled %-6zu pending %-6zu retries %-6zu receiver %.*s\n",
                seconds(now - begin_).count(), events, t.settled,
                t.accepted - std::min(t.settled, t.accepted), t.retries, static_cast<int>(receiver.size()),
                receiver.data());
    std::fflush(stdout);
}

void print_report(verdict const& v, journal const& watched, host const& server) {
    print_totals(v, watched.totals(), server.totals());
    print_times(watched.deliveries());
    print_webhooks(v.webhooks);
    print_refusals(server);
    std::printf("\n");
}

void print_outcome(verdict const& v) {
    if (v.discrepancies.empty())
        std::printf(
            "Every delivery arrived exactly once, unchanged, with a good signature; nothing else did.\n"
            "Every call was made once, and the database has what was made, and not what was refused.\n");
    print_wrong(v.discrepancies);
}

void print_balance(balance const& b) {
    std::printf("\n  %-28s %7zu\n", "changes committed", b.changes);
    std::printf("  %-28s %7zu\n", "deliveries they asked for", b.expected);
    std::printf("  %-28s %7zu\n", "deliveries that arrived", b.arrived);
    std::printf("  %-28s %7zu   may be: %zu were answered, and a kill came before that was noted\n",
                "  of them twice", b.twice, b.in_flight);
    if (b.late != 0)
        std::printf("  %-28s %7s   and %zu when a server that stood still had lost its lease\n", "", "",
                    b.late);
    std::printf("  %-28s %7zu\n", "lost", b.lost);
    std::printf("  %-28s %7zu   of changes that were never committed\n\n", "phantom", b.phantom);
    std::printf(
        "  Not counted: calls before the commit. %zu of them told of a change that a kill then undid; such "
        "a call is\n  made there so that its receiver can say no, and promises nothing.\n\n",
        b.told_in_vain);
}

void print_wrong(std::vector<std::string> const& discrepancies) {
    constexpr std::size_t most = 10;
    for (std::size_t i = 0; i != std::min(most, discrepancies.size()); ++i)
        std::printf("  wrong: %s\n", discrepancies[i].c_str());
    if (!discrepancies.empty())
        std::printf("%zu discrepancies.\n", discrepancies.size());
}

} // namespace monitor
