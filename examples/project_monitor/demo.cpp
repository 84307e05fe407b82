// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "demo.hpp"

#include "verdict.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

namespace monitor {

namespace {

// As many deliveries as may wait before the next change is made, so that latencies are not those of a queue.
constexpr std::size_t most_pending = 64;

constexpr std::chrono::seconds drain_patience(60);

} // namespace

demo::demo(change_player& people, store& rows, host& server, receiver_process& receiver, journal watched)
    : people_(people),
      rows_(rows),
      server_(server),
      receiver_(receiver),
      watched_(std::move(watched)),
      progress_(watched_),
      first_(people.data()) {}

void demo::play(std::size_t changes) {
    auto const outage = changes / 8;
    play_while_well((changes - 2 * outage) / 2);
    play_through_outage("status 503", outage);
    play_through_outage("refuse", outage);
    set_mode("ok");
    play_while_well(changes - server_.totals().changes);
}

void demo::play_while_well(std::size_t changes) {
    // What an outage has left waits for its time, and does not hold up new changes.
    auto const before = watched_.totals();
    auto const left = before.accepted - before.settled;
    for (std::size_t i = 0; i != changes; ++i) {
        play_one();
        wait([left](journal_totals const& t) { return t.accepted - t.settled < most_pending + left; });
    }
}

void demo::play_through_outage(std::string_view mode, std::size_t changes) {
    auto const failed_before = watched_.totals().failed_attempts;
    auto const accepted_before = watched_.totals().accepted;
    set_mode(mode);
    for (std::size_t i = 0; i != changes; ++i)
        play_one();
    // Long enough that everything new was tried in vain three times, or something older in its place.
    auto const in_vain = failed_before + 3 * (watched_.totals().accepted - accepted_before);
    wait([in_vain](journal_totals const& t) { return t.failed_attempts >= in_vain; });
}

void demo::set_mode(std::string_view mode) {
    mode_ = mode;
    receiver_.set_mode(mode);
    server_.expect_answers(mode == "ok");
}

void demo::wait(std::function<bool(journal_totals const&)> const& until) {
    while (!watched_.wait_until(progress_.next(), until))
        progress_.tell(server_.totals().changes, mode_);
}

void demo::serve() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    std::printf("A change a second; Ctrl-C ends it.\n");
    timespec const second{1, 0};
    do {
        play_one();
        print_settled();
    } while (sigtimedwait(&ends, nullptr, &second) < 0);
    std::printf("\n");
}

void demo::print_settled() {
    for (auto const& d : watched_.take_settled())
        std::printf("%-9s %-15s %-6s %s  attempts %u\n", to_string(*d.end).data(), to_string(d.mode).data(),
                    d.method.data(), d.target.c_str(), d.attempts);
    std::fflush(stdout);
}

// Until all of the demo's own has ended. If only others' is left then, it waits no longer for receivers that
// it does not know.
std::chrono::seconds demo::patience() {
    auto const end = std::chrono::steady_clock::now() + drain_patience;
    auto const all_ended = [](journal_totals const& t) { return t.accepted == t.settled; };
    while (!watched_.wait_until(std::min(progress_.next(), end), all_ended) &&
           std::chrono::steady_clock::now() < end)
        progress_.tell(server_.totals().changes, mode_);
    auto left = rows_.left_deliveries();
    bool const only_others = !left.empty() && server_.own(std::move(left)).empty();
    return only_others ? std::chrono::seconds(1) : drain_patience;
}

bool demo::close() {
    auto const drained =
        server_.finish(patience(), [this] { progress_.tell(server_.totals().changes, mode_); });
    auto v = judge(server_, watched_, receiver_.ledger(), receiver_.counts());
    compare_database(v, people_.data(), rows_.load());
    compare_budgets(v, first_, people_.data());
    if (rows_.logged() != server_.totals().made)
        v.discrepancies.push_back("the log has other changes than were made");
    bool const has_left = !server_.own(rows_.left_deliveries()).empty();
    if (has_left)
        v.discrepancies.push_back("the database has deliveries left");
    // What others have left to the next run is their own affair.
    if (drained && (has_left || drained != posthorn::errc::drain_incomplete))
        v.discrepancies.push_back("the drain ended early: " + drained.message());
    print_report(v, watched_, server_);
    print_outcome(v);
    return v.discrepancies.empty();
}

} // namespace monitor
