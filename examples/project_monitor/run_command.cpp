// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_commands.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace monitor {

namespace {

using area = int (*)(command const&, admin_desk&);

constexpr std::pair<std::string_view, area> areas[] = {
    {"webhooks", &run_webhooks}, {"filters", &run_filters}, {"lists", &run_lists},
    {"orders", &run_orders},     {"history", &run_history}, {"languages", &run_languages},
    {"ports", &run_ports},       {"rights", &run_rights}};

int run(command const& c) {
    admin_desk desk(c);
    for (auto const& [name, work] : areas)
        if (name == c.area)
            return work(c, desk);
    return 2;
}

// Also where the command line itself cannot be read.
bool wants_json(int argc, char const* const* argv) {
    for (int i = 1; i < argc; ++i)
        if (std::string_view(argv[i]) == "--json")
            return true;
    return false;
}

void print_failure(bool json, char const* code, std::string const& what) {
    if (json)
        screen(true, "en").print(refusal(complaint{"", code, what}));
    else
        std::fprintf(stderr, "project_monitor: %s\n", harmless(what).c_str());
}

} // namespace

int run_command(int argc, char const* const* argv) {
    command c;
    bool const json = wants_json(argc, argv);
    try {
        c = read_command(argc, argv);
        if (c.help) {
            std::fputs(command_usage(), stdout);
            return 0;
        }
        return run(c);
    } catch (refusal const& r) {
        screen(c.json, c.language).print(r);
        return 1;
    } catch (wrong_usage const& e) {
        print_failure(json, "wrong_usage", e.text(posthorn::language_of(language_asked(argc, argv))));
        return 2;
    } catch (failure const& e) {
        print_failure(json, "failed", e.text(posthorn::language_of(language_asked(argc, argv))));
        return 1;
    } catch (std::exception const& e) {
        print_failure(json, "failed", e.what());
        return 1;
    }
}

} // namespace monitor
