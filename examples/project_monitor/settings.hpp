// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "refusal.hpp"
#include "sqlite.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace monitor {

// What the administrator has set for the whole server, in a table of its own. Makes the table of a database
// that has none yet.
void prepare_settings(database& in);

// A setting that cannot be read: it keeps nobody from what does not need it.
class damaged_setting : public failure {
  public:
    explicit damaged_setting(std::string const& name)
        : failure("the setting `" + name + "` is damaged and not used; set it again",
                  "le réglage `" + name + "` est endommagé et n'est pas utilisé ; réglez-le de nouveau") {}
};

// The languages of the server's users, the default one first. "en" until it is set. Throws damaged_setting.
[[nodiscard]] std::vector<std::string> languages(database& in);
void set_languages(database& in, std::vector<std::string> const& tags);

// The ports of this machine that webhooks may call, beside those of the server's own receiver. Throws
// damaged_setting.
[[nodiscard]] std::vector<std::uint16_t> open_ports(database& in);
void set_open_ports(database& in, std::vector<std::uint16_t> const& ports);

// A setting, or what it is until it is set if it is damaged; a line on the standard error says so.
template <class T>
[[nodiscard]] T usable(T (*setting)(database&), database& in, T otherwise) {
    try {
        return setting(in);
    } catch (damaged_setting const& e) {
        std::fprintf(stderr, "project_monitor: %s\n", e.what());
        return otherwise;
    }
}

} // namespace monitor
