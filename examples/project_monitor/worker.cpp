// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "worker.hpp"

#include "changes.hpp"
#include "setup.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace monitor {

namespace {

// What a killed process held comes back while its successors live.
constexpr std::chrono::seconds lease(2);
constexpr std::chrono::seconds drain_patience(60);
constexpr std::size_t most_pending = 64;

// One write per line, so that a line is there or not, whenever the kill comes.
void say(std::string line) {
    line += '\n';
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        std::_Exit(1);
}

void end_with_input() {
    std::thread([] {
        char ignored;
        while (::read(STDIN_FILENO, &ignored, 1) > 0) {
        }
        std::_Exit(1);
    }).detach();
}

std::string outcome(host_totals const& before, host_totals const& after) {
    if (after.withdrawn != before.withdrawn)
        return "withdrawn";
    return after.made != before.made ? "made" : "refused";
}

// A process that stands still for longer than its lease lasts sends again what it had in flight.
void tell_of_late_ones(std::string_view log_line) {
    if (log_line.find("lease_lost") != log_line.npos)
        say("late");
}

void play(host& server, journal& watched, change_player& people, arguments const& with) {
    constexpr auto forever = std::chrono::steady_clock::time_point::max();
    std::mt19937_64 random(with.seed);
    // What earlier runs have left waits for the end of their leases, and does not hold up new changes.
    auto const left = watched.totals().accepted;
    for (std::size_t i = 0; i != with.changes; ++i) {
        say("change");
        if (random() % 10 == 0)
            server.withdraw_next();
        auto const before = server.totals();
        people.play_one(server);
        say(outcome(before, server.totals()));
        watched.wait_until(forever, [left](journal_totals const& t) {
            return t.accepted - t.settled < most_pending + left;
        });
    }
}

bool is_well(host const& server) {
    for (auto const& surprise : server.surprises())
        std::fprintf(stderr, "the server: %s\n", surprise.c_str());
    return server.surprises().empty();
}

} // namespace

bool work(arguments const& with) {
    end_with_input();
    auto storage = open_storage(with.data, with.key_file);
    store rows(with.data, MONITOR_DATA);
    change_player people(rows.load(), with.seed);
    journal watched;
    host server(rows, storage, with.work, lease, watched, posthorn::json_log(&tell_of_late_ones));
    set_up(server, with.work, signing_key(storage));
    watched.expect(rows.left_deliveries());
    server.start();
    say("ready");
    play(server, watched, people, with);
    say("drain");
    if (auto const drained = server.finish(drain_patience, [] { say("drain"); })) {
        std::fprintf(stderr, "the server: the drain ended early: %s\n", drained.message().c_str());
        return false;
    }
    return is_well(server);
}

} // namespace monitor
