// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The example host: a project-management server in small. What it shows, and its options, are in --help.

#include "arguments.hpp"
#include "demo.hpp"
#include "webhooks.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace monitor;

posthorn::secret new_key() {
    std::array<unsigned char, 32> bytes;
    std::array<unsigned char, 64> text{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
    auto const size = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
    return posthorn::secret("whsec_" + std::string(text.data(), text.data() + size));
}

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

bool run(arguments const& with) {
    auto data = load(MONITOR_DATA);
    std::printf("%zu users, %zu projects, %zu phases\n", data.users.size(), data.projects.size(),
                data.phases.size());
    change_player people(std::move(data), with.seed);

    auto const key = new_key();
    auto const receiver = start_receiver(with.receiver_modules, key);
    std::printf("receiver on port %u, signatures verified by %s\n", unsigned(receiver->hook_port()),
                receiver->verifier().c_str());

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> const log(
        with.log.empty() ? nullptr : std::fopen(with.log.c_str(), "w"), &std::fclose);
    if (!with.log.empty() && !log)
        throw std::runtime_error("cannot write " + with.log);

    journal const watched;
    host server(receiver->hook_port(), watched, open_log(log.get()));
    std::map<std::string, posthorn::uuid> filters;
    for (auto const& f : all_filters())
        filters[f.name] = server.save(f);
    auto const base = "http://127.0.0.1:" + std::to_string(receiver->hook_port());
    for (auto& s : all_subscriptions(base, key, new_key(), filters))
        server.save(std::move(s));
    std::printf("%zu webhooks, %zu saved filters\n", server.expectations().size(), filters.size());
    std::fflush(stdout);

    demo d(people, server, *receiver, watched);
    with.serve ? d.serve() : d.play(with.changes);
    return d.close();
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
    try {
        auto const with = read_arguments(argc, argv);
        if (with.help) {
            std::fputs(usage(), stdout);
            return 0;
        }
        if (with.serve)
            block_ends();
        return run(with) ? 0 : 1;
    } catch (std::invalid_argument const& e) {
        std::fprintf(stderr, "project_monitor: %s\n", e.what());
        return 2;
    } catch (std::exception const& e) {
        std::fprintf(stderr, "project_monitor: %s\n", e.what());
        return 1;
    }
}
