// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "people.hpp"

namespace monitor {

namespace {

using posthorn::admin::right;
using posthorn::admin::rights;

constexpr rights of_everybody{right::view_webhooks, right::view_orders, right::view_public_filters};

rights granted(database& in, std::string const& login) {
    rights all;
    statement rows(in, "SELECT what FROM rights WHERE login = ?");
    rows.bind_text(1, login);
    while (rows.next())
        if (auto const r = posthorn::admin::parse_right(rows.bytes(0)))
            all |= *r;
    return all;
}

std::string administrator(database& in) {
    statement first(in, "SELECT login FROM rights ORDER BY rowid LIMIT 1");
    return first.next() ? first.bytes(0) : std::string();
}

} // namespace

void prepare_rights(database& in) {
    in.run("CREATE TABLE IF NOT EXISTS rights (login TEXT NOT NULL, what TEXT NOT NULL, "
           "PRIMARY KEY (login, what))");
    if (!administrator(in).empty())
        return;
    for (unsigned i = 0; i != posthorn::admin::right_count; ++i) {
        statement grant(in, "INSERT OR IGNORE INTO rights SELECT login, ? FROM users ORDER BY id LIMIT 1");
        grant.bind_text(1, to_string(static_cast<right>(i)));
        grant.execute();
    }
}

std::optional<posthorn::admin::acting_user> acting_user(database& in, std::optional<std::string> const& login,
                                                        std::string const& language) {
    if (!login)
        return posthorn::admin::acting_user(administrator(in), rights::all(), language);
    statement row(in, "SELECT active FROM users WHERE login = ?");
    row.bind_text(1, *login);
    if (!row.next())
        return std::nullopt;
    auto const may = row.integer(0) == 0 ? rights::none() : of_everybody | granted(in, *login);
    return posthorn::admin::acting_user(*login, may, language);
}

} // namespace monitor
