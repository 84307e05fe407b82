// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "settings.hpp"

#include <posthorn/model/language.hpp>

#include "table.hpp"

#include <algorithm>
#include <charconv>
#include <exception>

namespace monitor {

namespace {

std::vector<std::string> read(database& in, char const* name) {
    statement row(in, "SELECT value FROM settings WHERE name = ?");
    row.bind_text(1, name);
    if (!row.next())
        return {};
    try {
        return from_json(row.bytes(0));
    } catch (std::exception const&) {
        throw damaged_setting(name);
    }
}

void write(database& in, char const* name, std::vector<std::string> const& values) {
    statement row(in, "INSERT OR REPLACE INTO settings VALUES (?, ?)");
    row.bind_text(1, name);
    row.bind_text(2, to_json(values));
    row.execute();
}

} // namespace

void prepare_settings(database& in) {
    in.run("CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
}

std::vector<std::string> languages(database& in) {
    auto tags = read(in, "languages");
    if (!std::ranges::all_of(tags, posthorn::is_language_tag))
        throw damaged_setting("languages");
    return tags.empty() ? std::vector<std::string>{"en"} : tags;
}

void set_languages(database& in, std::vector<std::string> const& tags) {
    write(in, "languages", tags);
}

std::vector<std::uint16_t> open_ports(database& in) {
    std::vector<std::uint16_t> ports;
    for (auto const& p : read(in, "ports")) {
        std::uint16_t port = 0;
        auto const done = std::from_chars(p.data(), p.data() + p.size(), port);
        if (done.ec != std::errc() || done.ptr != p.data() + p.size() || port == 0)
            throw damaged_setting("ports");
        ports.push_back(port);
    }
    return ports;
}

void set_open_ports(database& in, std::vector<std::uint16_t> const& ports) {
    std::vector<std::string> texts;
    for (auto const p : ports)
        texts.push_back(std::to_string(p));
    write(in, "ports", texts);
}

} // namespace monitor
