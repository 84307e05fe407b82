// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_commands.hpp"
#include "people.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace monitor {

namespace {

namespace json = boost::json;
using posthorn::admin::right;
using posthorn::admin::rights;

std::vector<std::string> names_of(rights some) {
    std::vector<std::string> names;
    for (unsigned i = 0; i != posthorn::admin::right_count; ++i)
        if (auto const r = static_cast<right>(i); some.has(r))
            names.emplace_back(to_string(r));
    return names;
}

std::string joined(std::vector<std::string> const& names) {
    std::string all;
    for (auto const& n : names)
        all.append(all.empty() ? "" : " ").append(n);
    return all;
}

// What stands behind a login: names of rights, or `all`.
rights rights_typed(command const& c) {
    rights all;
    for (std::size_t i = 1; i != c.operands.size(); ++i) {
        auto const& typed = c.operands[i];
        auto const known = posthorn::admin::parse_right(typed);
        if (!known && typed != "all") {
            auto const names = joined(names_of(rights::all()));
            throw wrong_usage("`" + typed + "` is not a right; choose all or some of " + names,
                              "`" + typed + "` n'est pas un droit ; choisissez all ou parmi " + names);
        }
        all |= known ? rights(*known) : rights::all();
    }
    return all;
}

std::vector<person> people_typed(command const& c, admin_desk& desk) {
    auto all = people(desk.rows());
    if (auto const login = c.operand()) {
        std::erase_if(all, [&](person const& p) { return p.login != *login; });
        if (all.empty())
            throw refusal(unknown_user(desk.out(), *login));
    }
    return all;
}

int list(command const& c, admin_desk& desk) {
    auto const& out = desk.out();
    json::array all;
    text_table table(
        {out.say("User", "Utilisateur"), out.say("Active", "Actif"), out.say("Rights", "Droits")});
    table.show_last_whole();
    for (auto const& p : people_typed(c, desk)) {
        auto const names = names_of(p.may);
        all.push_back(json::object{{"user", as_utf8(p.login)},
                                   {"active", p.is_active},
                                   {"rights", json::array(names.begin(), names.end())}});
        table.add({p.login, out.yes_no(p.is_active), joined(names)});
    }
    if (out.is_json())
        out.print(json::object{{"people", std::move(all)}});
    else
        table.print();
    return 0;
}

} // namespace

int run_rights(command const& c, admin_desk& desk) {
    need_all_rights(desk);
    if (c.verb == "list")
        return list(c, desk);
    auto const what = rights_typed(c);
    (void)people_typed(c, desk);
    desk.rows().run("BEGIN IMMEDIATE");
    c.verb == "grant" ? grant(desk.rows(), c.operands.front(), what)
                      : revoke(desk.rows(), c.operands.front(), what);
    desk.rows().run("COMMIT");
    auto shown = c;
    shown.operands.resize(1);
    auto const done = list(shown, desk);
    if (c.verb == "grant" && !desk.out().is_json() && !people_typed(shown, desk).front().is_active)
        desk.out().line(
            desk.out().say("The user is inactive, and may do nothing until activated.",
                           "L'utilisateur est inactif, et ne peut rien faire avant d'être activé."));
    return done;
}

} // namespace monitor
