// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "crash.hpp"

#include "report.hpp"
#include "setup.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <thread>
#include <unordered_set>
#include <utility>

namespace monitor {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// The server says something at least this often.
constexpr auto patience = 30s;
constexpr std::size_t no_end = std::numeric_limits<std::size_t>::max();

} // namespace

crash_test::crash_test(arguments const& with, receiver_process& receiver, posthorn::secret const& key)
    : with_(with),
      receiver_(receiver),
      file_(folder_.file("monitor.db")),
      key_file_(folder_.file("key")),
      random_(with.seed),
      books_(prepare(key)),
      found_(read_copy_of(file_)),
      rows_(found_.rows) {}

// The first start, which nobody kills: fills the file.
bookkeeper crash_test::prepare(posthorn::secret const& key) const {
    auto const storage = open_storage(file_, key_file_);
    store rows(file_, MONITOR_DATA);
    host server(rows, storage, receiver_.hook_port(), patience, journal(),
                posthorn::json_log([](std::string_view) {}));
    set_up(server, receiver_.hook_port(), key);
    std::unordered_set<std::string> background;
    std::unordered_set<std::string> before_commit;
    for (auto const& w : server.webhooks()) {
        if (w.mode == posthorn::call_mode::fire_and_forget)
            background.insert(w.wording);
        if (w.mode == posthorn::call_mode::in_transaction)
            before_commit.insert(w.wording);
    }
    return {std::move(background), std::move(before_commit)};
}

bool crash_test::run() {
    std::printf("%zu kills of a server that works on one file, seed %llu\n", with_.kills,
                static_cast<unsigned long long>(with_.seed));
    std::printf("\n  %3s  %8s  %7s  %9s  %7s   %s\n", "run", "made", "refused", "withdrawn", "arrived",
                "end");
    for (std::size_t i = 0; i != with_.kills; ++i)
        kill_one();
    let_one_finish();
    auto const b = books_.close(found_, arrivals());
    wrong_.insert(wrong_.end(), books_.discrepancies().begin(), books_.discrepancies().end());
    print_balance(b);
    print_wrong(wrong_);
    if (wrong_.empty())
        std::printf("Nothing was lost, and nothing arrived that was not committed.\n");
    return wrong_.empty();
}

child_process crash_test::start(std::size_t changes) {
    ++runs_;
    return child_process({"/proc/self/exe", "--work", std::to_string(receiver_.hook_port()), "--data", file_,
                          "--key-file", key_file_, "--seed", std::to_string(with_.seed + runs_), "--changes",
                          std::to_string(changes)},
                         {});
}

void crash_test::listen(child_process& to, told& heard, std::size_t changes, child_process::deadline until) {
    while (heard.changes != changes) {
        auto const line = to.read_line(std::min(until, steady_clock::now() + patience));
        if (!line)
            return;
        heard.ready = heard.ready || *line == "ready";
        heard.changes += *line == "change" ? 1U : 0U;
        heard.made += *line == "made" ? 1U : 0U;
        heard.refused += *line == "refused" ? 1U : 0U;
        heard.withdrawn += *line == "withdrawn" ? 1U : 0U;
        heard.late += *line == "late" ? 1U : 0U;
    }
}

// After a random change, and then at a random moment: at once, or while it goes on. Now and then while it
// starts.
void crash_test::kill_one() {
    auto child = start(no_end);
    told heard;
    if (random_() % 6 == 0) {
        listen(child, heard, no_end, steady_clock::now() + std::chrono::milliseconds(random_() % 40));
    } else {
        auto const changes = 1 + random_() % (2 * share());
        listen(child, heard, changes, steady_clock::time_point::max());
        listen(child, heard, no_end, steady_clock::now() + std::chrono::microseconds(random_() % 10'000));
        if (heard.changes < changes)
            throw std::runtime_error("the server ended, or says no more");
    }
    child.kill();
    listen(child, heard, no_end, steady_clock::time_point::max());
    if (auto const end = child.wait(); end != "signal 9")
        throw std::runtime_error("the server ended by itself: " + end);
    end_run(heard, true);
}

void crash_test::let_one_finish() {
    auto child = start(std::max(share(), with_.changes - std::min(with_.changes, changes_)));
    told heard;
    listen(child, heard, no_end, steady_clock::time_point::max());
    if (!child.is_silent())
        throw std::runtime_error("the server says no more, after change " + std::to_string(heard.changes));
    if (auto const end = child.wait(); end != "0")
        throw std::runtime_error("the server ended with " + end);
    end_run(heard, false);
}

void crash_test::end_run(told const& heard, bool killed) {
    auto const before = found_.changes.size();
    auto const sent = arrivals();
    found_ = read_copy_of(file_);
    auto const committed = found_.changes.size() - before;
    auto const arrived = books_.count(sent);
    if (killed)
        books_.note(found_, sent);
    std::printf("  %3zu  %8zu  %7zu  %9zu  %7zu   %s\n", runs_, committed, heard.refused, heard.withdrawn,
                arrived - arrived_, ending(heard, killed, committed).c_str());
    std::fflush(stdout);
    arrived_ = arrived;
    changes_ += heard.changes;
    books_.note_late(heard.late);
    auto const run = "run " + std::to_string(runs_);
    if (committed != heard.made && !(killed && heard.in_change() && committed == heard.made + 1))
        wrong_.push_back(run + " made " + std::to_string(heard.made) + " changes, and the log has " +
                         std::to_string(committed));
    if (found_.rows != rows_)
        wrong_.push_back("after " + run + " the log of changes is not what happened to the rows");
}

std::vector<arrival> crash_test::arrivals() {
    auto last = receiver_.counts();
    for (int unchanged = 0; unchanged != 5; ++unchanged) {
        std::this_thread::sleep_for(10ms);
        auto now = receiver_.counts();
        if (now != last)
            unchanged = -1;
        last = std::move(now);
    }
    return read_arrivals(receiver_.ledger());
}

std::string crash_test::ending(told const& heard, bool killed, std::size_t committed) {
    if (!killed)
        return "delivered what was left";
    if (!heard.ready)
        return "killed while it started";
    if (!heard.in_change())
        return "killed between two changes";
    return committed == heard.made ? "killed in a change, which is undone"
                                   : "killed in a change, which is committed";
}

} // namespace monitor
