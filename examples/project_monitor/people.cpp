// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "people.hpp"

namespace monitor {

namespace {

using posthorn::admin::right;
using posthorn::admin::rights;

constexpr rights of_everybody{right::view_webhooks, right::view_orders, right::view_public_filters};

rights listed(database& in, char const* query, std::string const& login) {
    rights all;
    statement rows(in, query);
    rows.bind_text(1, login);
    while (rows.next())
        if (auto const r = posthorn::admin::parse_right(rows.bytes(0)))
            all |= *r;
    return all;
}

void change(database& in, char const* query, std::string const& login, right what) {
    statement row(in, query);
    row.bind_text(1, login);
    row.bind_text(2, to_string(what));
    row.execute();
}

std::string administrator(database& in) {
    statement first(in, "SELECT login FROM rights ORDER BY rowid LIMIT 1");
    return first.next() ? first.bytes(0) : std::string();
}

} // namespace

void prepare_rights(database& in) {
    in.run("CREATE TABLE IF NOT EXISTS rights (login TEXT NOT NULL, what TEXT NOT NULL, "
           "PRIMARY KEY (login, what))");
    in.run("CREATE TABLE IF NOT EXISTS revoked_rights (login TEXT NOT NULL, what TEXT NOT NULL, "
           "PRIMARY KEY (login, what))");
    if (!administrator(in).empty())
        return;
    for (unsigned i = 0; i != posthorn::admin::right_count; ++i) {
        statement grant(in, "INSERT OR IGNORE INTO rights SELECT login, ? FROM users ORDER BY id LIMIT 1");
        grant.bind_text(1, to_string(static_cast<right>(i)));
        grant.execute();
    }
}

rights rights_of(database& in, std::string const& login) {
    return (of_everybody | listed(in, "SELECT what FROM rights WHERE login = ?", login)) -
           listed(in, "SELECT what FROM revoked_rights WHERE login = ?", login);
}

void grant(database& in, std::string const& login, rights what) {
    for (unsigned i = 0; i != posthorn::admin::right_count; ++i)
        if (auto const r = static_cast<right>(i); what.has(r)) {
            change(in, "INSERT OR IGNORE INTO rights VALUES (?, ?)", login, r);
            change(in, "DELETE FROM revoked_rights WHERE login = ? AND what = ?", login, r);
        }
}

void revoke(database& in, std::string const& login, rights what) {
    for (unsigned i = 0; i != posthorn::admin::right_count; ++i)
        if (auto const r = static_cast<right>(i); what.has(r))
            change(in, "INSERT OR IGNORE INTO revoked_rights VALUES (?, ?)", login, r);
}

std::vector<person> people(database& in) {
    std::vector<person> all;
    statement rows(in, "SELECT login, active FROM users ORDER BY login");
    while (rows.next())
        all.push_back({rows.bytes(0), rows.integer(1) != 0, {}});
    for (auto& p : all)
        p.may = p.is_active ? rights_of(in, p.login) : rights::none();
    return all;
}

std::optional<posthorn::admin::acting_user> acting_user(database& in, std::optional<std::string> const& login,
                                                        std::string const& language) {
    if (!login)
        return posthorn::admin::acting_user(administrator(in), rights::all(), language);
    statement row(in, "SELECT active FROM users WHERE login = ?");
    row.bind_text(1, *login);
    if (!row.next())
        return std::nullopt;
    bool const is_active = row.integer(0) != 0;
    posthorn::admin::acting_user user(*login, is_active ? rights_of(in, *login) : rights::none(), language);
    user.is_active = is_active;
    return user;
}

} // namespace monitor
