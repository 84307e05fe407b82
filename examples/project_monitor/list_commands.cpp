// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_commands.hpp"
#include "choose.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace monitor {

namespace {

namespace admin = posthorn::admin;
namespace json = boost::json;

int list(admin_desk& desk) {
    auto const& out = desk.out();
    auto const active = desk.accepted(desk.service().active(desk.user()));
    auto const by_default = desk.accepted(desk.service().default_list_filter(desk.user()));
    json::array all;
    text_table table({"Id", out.say("Name", "Nom"), out.say("Contains", "Contient"),
                      out.say("Owner", "Propriétaire"), out.say("Visibility", "Visibilité"),
                      out.say("Active", "Actif"), out.say("Default", "Par défaut")});
    for (auto const& f : desk.accepted(desk.service().list_filters(desk.user()))) {
        bool const is_active = active && active->saved == f.id;
        bool const is_default = by_default == f.id;
        all.push_back(json::object{{"id", posthorn::to_text(f.id)},
                                   {"name", f.name},
                                   {"contains", f.contains},
                                   {"owner", f.owner},
                                   {"public", f.is_public},
                                   {"active", is_active},
                                   {"default", is_default}});
        table.add({short_id(f.id), f.name, f.contains, f.owner,
                   f.is_public ? "public" : out.say("private", "privé"), out.yes_no(is_active),
                   out.yes_no(is_default)});
    }
    if (out.is_json()) {
        out.print(json::object{{"lists", std::move(all)},
                               {"contains", active ? json::value(active->contains) : json::value()}});
        return 0;
    }
    table.print();
    if (active && !active->saved)
        out.line(out.say("active: what contains \"", "actif : ce qui contient « ") + active->contains +
                 out.say("\"", " »"));
    return 0;
}

int save(command const& c, admin_desk& desk) {
    admin::list_filter f;
    if (c.operand()) {
        f.id = find_list_filter(desk, *c.operand());
        for (auto const& known : desk.accepted(desk.service().list_filters(desk.user())))
            if (known.id == f.id)
                f = known;
    }
    f.name = c.value_or("name", f.name);
    f.contains = c.value_or("contains", f.contains);
    f.is_public = c.has("public") || (f.is_public && !c.has("private"));
    auto const id = desk.accepted(desk.service().save(desk.user(), f));
    if (desk.out().is_json())
        desk.out().print(json::object{{"id", posthorn::to_text(id)}});
    else
        desk.out().line(desk.out().say("saved: ", "enregistré : ") + short_id(id) + "  " + f.name);
    return 0;
}

// What the list is narrowed to from now on.
int show_active(admin_desk& desk) {
    auto const active = desk.accepted(desk.service().active(desk.user()));
    auto const& out = desk.out();
    if (out.is_json())
        out.print(json::object{{"contains", active ? json::value(active->contains) : json::value()}});
    else if (active)
        out.line(out.say("the list shows what contains \"", "la liste montre ce qui contient « ") +
                 active->contains + out.say("\"", " »"));
    else
        out.line(out.say("the list shows all webhooks", "la liste montre tous les webhooks"));
    return 0;
}

int select(command const& c, admin_desk& desk) {
    desk.accepted(desk.service().select(desk.user(), find_list_filter(desk, c.operands.front())));
    return show_active(desk);
}

int remove(command const& c, admin_desk& desk) {
    desk.accepted(desk.service().remove_list_filter(desk.user(), find_list_filter(desk, c.operands.front())));
    return list(desk);
}

int set_default(command const& c, admin_desk& desk) {
    std::optional<posthorn::uuid> id;
    if (c.operands.front() != "none")
        id = find_list_filter(desk, c.operands.front());
    desk.accepted(desk.service().set_default_list_filter(desk.user(), id));
    return list(desk);
}

} // namespace

int run_lists(command const& c, admin_desk& desk) {
    if (c.verb == "list")
        return list(desk);
    if (c.verb == "create" || c.verb == "edit")
        return save(c, desk);
    if (c.verb == "delete")
        return remove(c, desk);
    if (c.verb == "select")
        return select(c, desk);
    if (c.verb == "default")
        return set_default(c, desk);
    if (c.verb == "text")
        desk.accepted(desk.service().select_text(desk.user(), c.operands.front()));
    else if (c.verb == "deselect")
        desk.accepted(desk.service().deselect(desk.user()));
    else
        desk.accepted(desk.service().begin_session(desk.user()));
    return show_active(desk);
}

} // namespace monitor
