// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The example host: a project-management server in small. What it shows, and its options, are in --help.

#include "admin_commands.hpp"
#include "arguments.hpp"
#include "crash.hpp"
#include "demo.hpp"
#include "setup.hpp"
#include "temporary_folder.hpp"
#include "worker.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace monitor;

// The one in JavaScript, which verifies with code that is not ours; where it cannot be had, the one in C++.
std::unique_ptr<receiver_process> start_receiver(std::string const& modules, posthorn::secret const& key) {
    auto const packages = modules + "/node_modules";
    try {
        if (!modules.empty() && !std::filesystem::exists(packages + "/standardwebhooks"))
            throw std::runtime_error("receiver: there is no package standardwebhooks in " + packages);
        if (!modules.empty())
            return std::make_unique<receiver_process>(std::vector<std::string>{"node", MONITOR_JS_RECEIVER},
                                                      std::vector<std::string>{"NODE_PATH=" + packages}, key);
    } catch (std::runtime_error const& e) {
        std::printf("%s; the receiver in C++ is used instead\n", e.what());
    }
    return std::make_unique<receiver_process>(std::vector<std::string>{MONITOR_RECEIVER},
                                              std::vector<std::string>{}, key);
}

posthorn::json_log open_log(std::FILE* file) {
    if (file == nullptr)
        return posthorn::json_log([](std::string_view) {});
    return posthorn::json_log(file, posthorn::json_log::detail_level::everything);
}

using log_file = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

log_file open_log_file(std::string const& name) {
    log_file file(name.empty() ? nullptr : std::fopen(name.c_str(), "w"), &std::fclose);
    if (!name.empty() && !file)
        throw std::runtime_error("cannot write " + name);
    return file;
}

std::vector<posthorn::uuid> own_webhooks(host const& server) {
    std::vector<posthorn::uuid> ids;
    for (auto const& x : server.expectations())
        ids.push_back(x.of.what.id);
    return ids;
}

// Of a process that was killed, how long its deliveries wait for the next one.
constexpr std::chrono::seconds lease(10);

bool run(arguments const& with) {
    temporary_folder const temporary;
    auto const file = with.data.empty() ? temporary.file("monitor.db") : with.data;
    auto storage = open_storage(file, with.data.empty() ? temporary.file("key") : with.key_file);
    store rows(file, MONITOR_DATA);
    auto data = rows.load();
    std::printf("%s database %s: %zu users, %zu projects, %zu phases\n", rows.is_new() ? "new" : "known",
                file.c_str(), data.users.size(), data.projects.size(), data.phases.size());
    change_player people(std::move(data), with.seed);

    auto const key = signing_key(storage);
    auto const receiver = start_receiver(with.receiver_modules, key);
    std::printf("receiver on port %u, signatures verified by %s\n", unsigned(receiver->hook_port()),
                receiver->verifier().c_str());

    move_receiver(storage, receiver->hook_port());
    auto const log = open_log_file(with.log);
    journal watched;
    host server(rows, storage, receiver->hook_port(), lease, watched, open_log(log.get()));
    set_up(server, receiver->hook_port(), key);
    watched.watch_only(own_webhooks(server));
    auto const left = server.own(rows.left_deliveries());
    watched.expect(left);
    server.start();
    std::printf("%zu webhooks, %zu saved filters, %zu deliveries left by earlier runs\n",
                server.webhooks().size(), server.filters().size(), left.size());
    std::fflush(stdout);

    demo d(people, rows, server, *receiver, watched);
    with.serve ? d.serve() : d.play(with.changes);
    return d.close();
}

bool run_crash(arguments const& with) {
    auto const key = new_signing_key();
    auto const receiver = start_receiver(with.receiver_modules, key);
    std::printf("receiver on port %u, signatures verified by %s\n", unsigned(receiver->hook_port()),
                receiver->verifier().c_str());
    return crash_test(with, *receiver, key).run();
}

// Before any thread exists, so that none of them is interrupted.
void block_ends() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
}

} // namespace

int main(int argc, char** argv) {
    if (is_command(argc, argv))
        return run_command(argc, argv);
    try {
        auto const with = read_arguments(argc, argv);
        if (with.help) {
            std::fputs(usage(), stdout);
            return 0;
        }
        if (with.serve)
            block_ends();
        if (with.work != 0)
            return work(with) ? 0 : 1;
        return (with.crash ? run_crash(with) : run(with)) ? 0 : 1;
    } catch (std::invalid_argument const& e) {
        std::fprintf(stderr, "project_monitor: %s\n", e.what());
        return 2;
    } catch (std::exception const& e) {
        std::fprintf(stderr, "project_monitor: %s\n", e.what());
        return 1;
    }
}
