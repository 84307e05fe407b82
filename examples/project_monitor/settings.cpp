// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "settings.hpp"

#include "table.hpp"

namespace monitor {

namespace {

std::vector<std::string> read(database& in, char const* name) {
    statement row(in, "SELECT value FROM settings WHERE name = ?");
    row.bind_text(1, name);
    return row.next() ? from_json(row.bytes(0)) : std::vector<std::string>();
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
    return tags.empty() ? std::vector<std::string>{"en"} : tags;
}

void set_languages(database& in, std::vector<std::string> const& tags) {
    write(in, "languages", tags);
}

std::vector<std::uint16_t> open_ports(database& in) {
    std::vector<std::uint16_t> ports;
    for (auto const& p : read(in, "ports"))
        ports.push_back(static_cast<std::uint16_t>(std::stoul(p)));
    return ports;
}

void set_open_ports(database& in, std::vector<std::uint16_t> const& ports) {
    std::vector<std::string> texts;
    for (auto const p : ports)
        texts.push_back(std::to_string(p));
    write(in, "ports", texts);
}

} // namespace monitor
