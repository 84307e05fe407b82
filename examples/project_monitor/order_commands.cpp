// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_commands.hpp"
#include "choose.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <utility>

namespace monitor {

namespace {

namespace admin = posthorn::admin;
namespace json = boost::json;

std::string progress(admin::order const& o) {
    return std::to_string(o.progress) + " %";
}

json::object to_json(admin::order const& o) {
    return {{"id", posthorn::to_text(o.id)},
            {"webhook", posthorn::to_text(o.webhook)},
            {"label", o.label},
            {"event", o.event},
            {"user", as_utf8(o.user)},
            {"status", to_string(o.status)},
            {"progress", o.progress},
            {"accepted", time_for_programs(o.accepted)},
            {"started", time_for_programs(o.started)},
            {"ended", time_for_programs(o.ended)},
            {"attempts", o.attempts},
            {"next_attempt", time_for_programs(o.next_attempt)},
            {"error", as_utf8(o.error)}};
}

std::optional<admin::order_status> status_asked(command const& c) {
    auto const typed = c.value("status");
    if (!typed)
        return std::nullopt;
    auto const status = admin::parse_order_status(*typed);
    if (!status)
        throw wrong_usage("--status takes queued, in_progress, success, failure, cancelled or paused",
                          "--status attend queued, in_progress, success, failure, cancelled ou paused");
    return status;
}

void print_page(screen const& out, admin::order_page const& page, bool shows_completed) {
    text_table table({out.say("Label", "Libellé"), out.say("Id", "Identifiant"),
                      out.say("User", "Utilisateur"), out.say("Status", "Statut"),
                      out.say("Progress", "Progression"), out.say("Start (UTC)", "Début (UTC)"),
                      out.say("End (UTC)", "Fin (UTC)")});
    for (auto const& o : page.found)
        table.add({o.label, short_id(o.id), o.user, std::string(text_of(o.status, out.in())), progress(o),
                   time_for_people(o.started), time_for_people(o.ended)});
    table.print();
    auto const count = (page.completed >= admin::order_page::completed_counted ? ">= " : "") +
                       std::to_string(page.completed);
    out.line(count + out.say(" completed", " terminées") +
             (shows_completed ? "" : out.say("; --completed shows them", " ; --completed les montre")));
    if (page.next != 0)
        out.line(out.say("more with", "suite avec") + " --before " + std::to_string(page.next));
}

int list(command const& c, admin_desk& desk) {
    admin::order_query q;
    q.text = c.value_or("text", {});
    q.status = status_asked(c);
    q.show_completed = c.has("completed");
    q.before = c.number_or("before", 0);
    q.limit = c.limit_or(q.limit);
    auto const page = desk.accepted(desk.service().orders(desk.user(), q));
    if (!desk.out().is_json()) {
        print_page(desk.out(), page, q.show_completed);
        return 0;
    }
    json::array all;
    for (auto const& o : page.found)
        all.push_back(to_json(o));
    desk.out().print(json::object{{"orders", std::move(all)},
                                  {"completed", page.completed},
                                  {"next", page.next == 0 ? json::value() : json::value(page.next)}});
    return 0;
}

void add_order(text_fields& fields, screen const& out, admin::order const& o) {
    fields.add(out.say("Label", "Libellé"), o.label);
    fields.add(out.say("Id", "Identifiant"), posthorn::to_text(o.id));
    fields.add(out.say("Event", "Événement"), o.event);
    fields.add(out.say("User", "Utilisateur"), o.user);
    fields.add(out.say("Status", "Statut"), std::string(text_of(o.status, out.in())));
    fields.add(out.say("Progress", "Progression"), progress(o));
    fields.add(out.say("Accepted (UTC)", "Acceptée (UTC)"), time_for_people(o.accepted));
    fields.add_some(out.say("Start (UTC)", "Début (UTC)"), time_for_people(o.started));
    fields.add_some(out.say("End (UTC)", "Fin (UTC)"), time_for_people(o.ended));
    fields.add_some(out.say("Next attempt (UTC)", "Prochaine tentative (UTC)"),
                    time_for_people(o.next_attempt));
    fields.add(out.say("Attempts", "Tentatives"), std::to_string(o.attempts));
    fields.add_some(out.say("Error", "Erreur"), o.error);
}

void print_detail(screen const& out, admin::order_detail const& o) {
    text_fields fields;
    add_order(fields, out, o);
    fields.add(out.say("Request", "Requête"), o.method + " " + o.url);
    std::string headers;
    for (auto const& h : o.headers)
        headers.append(headers.empty() ? "" : "\n").append(h);
    fields.add_some(out.say("Headers", "En-têtes"), headers);
    fields.add_some(out.say("Body", "Corps"), o.body);
    fields.print();
    if (o.made.empty())
        return;
    out.line("");
    text_table table({out.say("Attempt", "Tentative"), out.say("Start (UTC)", "Début (UTC)"),
                      out.say("End (UTC)", "Fin (UTC)"), out.say("Status code", "Code de statut"),
                      out.say("Error", "Erreur"), out.say("Answer", "Réponse")});
    for (auto const& a : o.made)
        table.add({std::to_string(a.number), time_for_people(a.started), time_for_people(a.ended),
                   a.status == 0 ? "" : std::to_string(a.status), a.error, a.answer});
    table.print();
}

json::value to_json(admin::order_detail const& o) {
    auto all = to_json(static_cast<admin::order const&>(o));
    all["verb"] = o.method;
    all["url"] = as_utf8(o.url);
    json::array headers;
    for (auto const& h : o.headers)
        headers.push_back(json::string(as_utf8(h)));
    all["headers"] = std::move(headers);
    all["body"] = as_utf8(o.body);
    json::array made;
    for (auto const& a : o.made)
        made.push_back(json::object{{"number", a.number},
                                    {"started", time_for_programs(a.started)},
                                    {"ended", time_for_programs(a.ended)},
                                    {"status", a.status},
                                    {"error", as_utf8(a.error)},
                                    {"answer", as_utf8(a.answer)}});
    all["made"] = std::move(made);
    return all;
}

int show_one(admin_desk& desk, posthorn::uuid const& id) {
    auto const o = desk.accepted(desk.service().order(desk.user(), id));
    if (desk.out().is_json())
        desk.out().print(to_json(o));
    else
        print_detail(desk.out(), o);
    return 0;
}

int show_changed(admin_desk& desk, admin::order const& o) {
    if (desk.out().is_json()) {
        desk.out().print(to_json(o));
        return 0;
    }
    text_fields fields;
    add_order(fields, desk.out(), o);
    fields.print();
    return 0;
}

// Delivers it in this process; whatever else is due meanwhile goes out too, as by any server.
int deliver_now(admin_desk& desk, posthorn::uuid const& id) {
    constexpr std::chrono::seconds patience(90);
    std::optional<admin::order_status> status;
    bool const ended = desk.deliver(patience, [&] {
        status = desk.accepted(desk.service().order(desk.user(), id)).status;
        return status != admin::order_status::queued && status != admin::order_status::in_progress;
    });
    (void)show_one(desk, id);
    return ended && status == admin::order_status::success ? 0 : 1;
}

int redeliver(command const& c, admin_desk& desk, posthorn::uuid const& id) {
    auto const changed =
        desk.accepted(desk.service().change(desk.user(), id, posthorn::delivery_change::redeliver));
    if (c.has("now"))
        return deliver_now(desk, id);
    (void)show_changed(desk, changed);
    if (!desk.out().is_json())
        desk.out().line(
            desk.out().say("The server that runs on this database sends it; --now sends it here.",
                           "Le serveur qui tourne sur cette base l'envoie ; --now l'envoie ici."));
    return 0;
}

} // namespace

int run_orders(command const& c, admin_desk& desk) {
    using posthorn::delivery_change;
    if (c.verb == "list")
        return list(c, desk);
    auto const id = find_order(desk, c.operands.front());
    if (c.verb == "show")
        return show_one(desk, id);
    if (c.verb == "redeliver")
        return redeliver(c, desk, id);
    auto const what = c.verb == "cancel"  ? delivery_change::cancel
                      : c.verb == "pause" ? delivery_change::pause
                                          : delivery_change::resume;
    return show_changed(desk, desk.accepted(desk.service().change(desk.user(), id, what)));
}

} // namespace monitor
