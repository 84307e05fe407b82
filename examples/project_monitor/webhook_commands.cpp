// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_commands.hpp"
#include "choose.hpp"
#include "webhook_options.hpp"
#include "webhook_print.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

namespace monitor {

namespace {

namespace admin = posthorn::admin;
namespace json = boost::json;

int list(command const& c, admin_desk& desk) {
    admin::webhook_query q;
    q.contains = c.value("text");
    if (c.has("all"))
        q.contains = std::string();
    q.limit = c.limit_or(q.limit);
    if (auto const after = c.value("after"))
        q.after = find_webhook(desk, *after);
    auto const found = desk.accepted(desk.service().webhooks(desk.user(), q));
    show(desk.out(), found, q.contains ? std::nullopt : desk.accepted(desk.service().active(desk.user())));
    return 0;
}

admin::webhook_form stored_form(command const& c, admin_desk& desk) {
    auto const id = find_webhook(desk, c.operands.front());
    return desk.accepted(desk.service().form(desk.user(), id));
}

// Empty: there is none, or it is somebody else's.
std::string filter_name(admin_desk& desk, admin::webhook_form const& form) {
    if (form.filter)
        for (auto const& f : desk.accepted(desk.service().filters(desk.user())))
            if (f.id == *form.filter)
                return f.name;
    return {};
}

int show_one(admin_desk& desk, admin::webhook_form const& form,
             std::optional<std::string> const& new_key = std::nullopt) {
    show(desk.out(), form, filter_name(desk, form), new_key);
    return 0;
}

int create(command const& c, admin_desk& desk) {
    auto form = desk.accepted(desk.service().new_webhook(desk.user()));
    auto const new_key = fill(form, c, desk);
    auto const id = desk.accepted(desk.service().save(desk.user(), form));
    return show_one(desk, desk.accepted(desk.service().form(desk.user(), id)), new_key);
}

int edit(command const& c, admin_desk& desk) {
    auto form = stored_form(c, desk);
    auto const new_key = fill(form, c, desk);
    return show_one(desk, desk.accepted(desk.service().apply(desk.user(), form)), new_key);
}

int remove(command const& c, admin_desk& desk) {
    auto const id = find_webhook(desk, c.operands.front());
    auto const label = desk.accepted(desk.service().form(desk.user(), id)).wording;
    desk.accepted(desk.service().remove(desk.user(), id));
    if (desk.out().is_json())
        desk.out().print(json::object{{"deleted", posthorn::to_text(id)}});
    else
        desk.out().line(desk.out().say("deleted: ", "supprimé : ") + label);
    return 0;
}

// Of more than the service gives at once, page by page.
int history(command const& c, admin_desk& desk) {
    constexpr std::size_t page = 1000;
    auto const limit = c.limit_or(50);
    auto const id = find_webhook(desk, c.operands.front());
    auto before = c.number_or("before", 0);
    std::vector<posthorn::history_entry> entries;
    bool more = true;
    while (more && entries.size() <= limit) {
        auto const asked = std::min(page, limit - entries.size() + 1);
        auto found = desk.accepted(desk.service().history(desk.user(), id, before, asked));
        more = found.size() == asked;
        if (!found.empty())
            before = found.back().number;
        std::ranges::move(found, std::back_inserter(entries));
    }
    // Of a webhook that was deleted there is its history.
    if (entries.empty() && before == 0)
        refuse_id(desk.out(), c.operands.front());
    more = entries.size() > limit;
    entries.resize(std::min(entries.size(), limit));
    show(desk.out(), entries, more);
    return 0;
}

// --- tests ---

posthorn::action action_of(std::string const& typed) {
    using enum posthorn::action;
    for (auto const a : {created, modified, deleted})
        if (to_string(a) == typed)
            return a;
    throw wrong_usage("--action takes created, modified or deleted",
                      "--action attend created, modified ou deleted");
}

int show_choices(command const& c, admin_desk& desk, std::string const& object, std::string const& scope) {
    auto const limit = std::min<std::size_t>(c.limit_or(50), 999);
    // One more, which says that there are more.
    auto found = desk.accepted(desk.service().objects(desk.user(), object, scope, c.value_or("text", {}),
                                                      limit + 1, c.value_or("after", {})));
    bool const more = found.size() > limit;
    found.resize(std::min(found.size(), limit));
    if (desk.out().is_json()) {
        json::array all;
        for (auto const& o : found)
            all.push_back(json::object{{"id", o.id}, {"label", o.label}});
        desk.out().print(json::object{{"object", object},
                                      {"choices", std::move(all)},
                                      {"next", more ? json::value(found.back().id) : json::value()}});
        return 0;
    }
    desk.out().line(desk.out().say("choose one with --", "choisissez-en un avec --") + object);
    text_fields shown;
    for (auto const& o : found)
        shown.add(o.id, o.label);
    shown.print();
    if (more)
        desk.out().line(desk.out().say("more with --after ", "suite avec --after ") + found.back().id +
                        desk.out().say("; --text narrows the list", " ; --text restreint la liste"));
    return 0;
}

// The id of what people know by its code, so that it is found among what is inside it.
std::string project_id(admin_desk& desk, std::string const& typed) {
    for (auto const& p : desk.accepted(desk.service().objects(desk.user(), "project", {}, typed, 1000)))
        if (p.label.substr(0, p.label.find("  ")) == typed)
            return p.id;
    return typed;
}

int test(command const& c, admin_desk& desk) {
    auto form = c.operand() ? stored_form(c, desk) : desk.accepted(desk.service().new_webhook(desk.user()));
    auto const new_key = fill(form, c, desk);
    bool const scoped = form.object == "phase";
    if (admin::is_testable(form)) {
        if (scoped && !c.has("project"))
            return show_choices(c, desk, "project", {});
        if (!c.has(form.object))
            return show_choices(c, desk, form.object, scoped ? project_id(desk, *c.value("project")) : "");
    }
    admin::test_choice choice;
    choice.object = c.value_or(form.object, {});
    if (scoped)
        choice.scope = project_id(desk, c.value_or("project", {}));
    if (auto const typed = c.value("action"))
        choice.what = action_of(*typed);
    auto const report = desk.test(form, choice);
    show(desk.out(), report);
    return report.error ? 1 : 0;
}

} // namespace

int run_webhooks(command const& c, admin_desk& desk) {
    if (c.verb == "list")
        return list(c, desk);
    if (c.verb == "show")
        return show_one(desk, stored_form(c, desk));
    if (c.verb == "create")
        return create(c, desk);
    if (c.verb == "edit")
        return edit(c, desk);
    if (c.verb == "test")
        return test(c, desk);
    return c.verb == "delete" ? remove(c, desk) : history(c, desk);
}

} // namespace monitor
