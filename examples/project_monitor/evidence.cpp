// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "evidence.hpp"

#include "table.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace monitor {

namespace {

namespace json = boost::json;

std::string copy(std::string const& file) {
    auto const to = file + ".copy";
    // What is in its log is not in the file yet; the index of the log is made anew.
    for (auto const* const part : {"", "-wal", "-shm"})
        std::filesystem::remove(to + part);
    for (auto const* const part : {"", "-wal"})
        if (std::filesystem::exists(file + part))
            std::filesystem::copy_file(file + part, to + part);
    return to;
}

std::int64_t number(database& in, char const* sql) {
    statement one(in, sql);
    return one.next() ? one.integer(0) : 0;
}

void check(database& in) {
    statement question(in, "PRAGMA integrity_check");
    if (!question.next() || question.bytes(0) != "ok")
        throw std::runtime_error("the database is damaged: " + question.bytes(0));
}

std::string text_or_nothing(json::object const& of, char const* name) {
    auto const* const field = of.if_contains(name);
    return field == nullptr || !field->is_string() ? std::string() : std::string(field->get_string());
}

} // namespace

file_evidence read_copy_of(std::string const& file) {
    file_evidence found;
    database in(copy(file));
    check(in);
    statement changes(in, "SELECT event, told FROM change_log ORDER BY id");
    while (changes.next())
        found.changes.push_back({changes.bytes(0), from_json(changes.bytes(1))});
    statement unsettled(
        in, "SELECT lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4) || '-' || "
            "substr(h, 17, 4) || '-' || substr(h, 21)) FROM "
            "(SELECT hex(id) AS h FROM posthorn_delivery WHERE state <> 2)");
    while (unsettled.next())
        found.unsettled.insert(unsettled.bytes(0));
    found.rows = number(in, "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM projects) + "
                            "(SELECT count(*) FROM phases) + "
                            "(SELECT total((action = 'deleted') - (action = 'created')) FROM change_log)");
    return found;
}

std::vector<arrival> read_arrivals(std::string_view ledger) {
    std::vector<arrival> all;
    while (!ledger.empty()) {
        auto const line = ledger.substr(0, ledger.find('\n'));
        ledger.remove_prefix(std::min(line.size() + 1, ledger.size()));
        auto const parsed = json::parse(json::string_view(line.data(), line.size()));
        auto const& request = parsed.as_object();
        auto const& headers = request.at("headers").as_object();
        all.push_back({text_or_nothing(request, "id"), text_or_nothing(headers, "x-event-id"),
                       text_or_nothing(headers, "x-webhook"), request.at("status").as_int64(),
                       request.at("verified").as_bool()});
    }
    return all;
}

} // namespace monitor
