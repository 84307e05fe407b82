// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "webhook_print.hpp"

#include <posthorn/admin/history_text.hpp>

#include "choose.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>

namespace monitor {

namespace {

namespace admin = posthorn::admin;
namespace json = boost::json;

std::string mode_for_people(screen const& out, posthorn::call_mode m) {
    switch (m) {
    case posthorn::call_mode::in_transaction:
        return out.say("in the transaction", "dans la transaction");
    case posthorn::call_mode::after_commit:
        return out.say("synchronous", "synchrone");
    default:
        return out.say("asynchronous", "asynchrone");
    }
}

json::value to_json(admin::webhook_list const& list, std::optional<admin::active_filter> const& narrowed) {
    json::array rows;
    for (auto const& w : list.found)
        rows.push_back(json::object{{"id", posthorn::to_text(w.id)},
                                    {"wording", w.wording},
                                    {"active", w.active},
                                    {"event", w.event},
                                    {"verb", w.verb},
                                    {"url", as_utf8(w.url)},
                                    {"mode", to_string(w.mode)},
                                    {"filter", w.filter}});
    json::object all{{"webhooks", std::move(rows)},
                     {"matching", list.matching},
                     {"all", list.all},
                     {"next", nullptr},
                     {"active_filter", nullptr}};
    if (!list.next.is_nil())
        all["next"] = posthorn::to_text(list.next);
    if (narrowed)
        all["active_filter"] = json::object{
            {"saved", narrowed->saved ? json::value(posthorn::to_text(*narrowed->saved)) : json::value()},
            {"contains", narrowed->contains}};
    return all;
}

json::value to_json(admin::webhook_form const& f, std::string const& filter) {
    json::array translations;
    for (auto const& t : f.translations)
        translations.push_back(
            json::object{{"language", t.language}, {"wording", t.wording}, {"description", t.description}});
    json::array headers;
    for (auto const& h : f.headers)
        headers.push_back(
            json::object{{"name", h.name}, {"value", as_utf8(h.value)}, {"secret", h.is_secret}});
    json::array signing;
    for (auto const& k : f.signing)
        signing.push_back(json::object{{"value", k.value}, {"not_after", time_for_programs(k.not_after)}});
    auto const& c = f.connection;
    json::object connection{{"ca", as_utf8(c.ca)},
                            {"client_certificate", as_utf8(c.client_certificate)},
                            {"client_key", c.client_key.value},
                            {"proxy", as_utf8(c.proxy)},
                            {"proxy_credentials", c.proxy_credentials.value}};
    json::object all{{"id", posthorn::to_text(f.id)},
                     {"revision", f.revision},
                     {"wording", f.wording},
                     {"description", f.description},
                     {"translations", std::move(translations)},
                     {"active", f.active},
                     {"url", as_utf8(f.url)},
                     {"verb", f.verb},
                     {"body", as_utf8(f.body)},
                     {"default_body", f.default_body},
                     {"headers", std::move(headers)},
                     {"synchronous", f.synchronous},
                     {"transaction_execution", f.transaction_execution},
                     {"event", json::object{{"object", f.object}, {"action", f.action}}},
                     {"filter", nullptr},
                     {"condition", as_utf8(f.condition)},
                     {"signing", std::move(signing)},
                     {"connection", std::move(connection)},
                     {"pace", json::object{{"in_flight", f.pace.in_flight},
                                           {"rate", f.pace.rate},
                                           {"period_ms", f.pace.period.count()},
                                           {"in_order", f.pace.in_order}}}};
    if (f.filter)
        all["filter"] = json::object{{"id", posthorn::to_text(*f.filter)}, {"name", filter}};
    return all;
}

std::string filter_text(screen const& out, admin::webhook_form const& f, std::string const& name) {
    if (!f.filter)
        return out.say("all projects", "tous les projets");
    return name.empty() ? posthorn::to_text(*f.filter) : name;
}

void add_event(text_fields& to, screen const& out, admin::webhook_form const& f, std::string const& filter) {
    to.add(out.say("Synchronous", "Synchrone"), out.yes_no(f.synchronous));
    to.add(out.say("Transaction execution", "Exécution transactionnelle"),
           out.yes_no(f.transaction_execution));
    to.add(out.say("Event", "Événement"), f.object + "." + f.action);
    if (f.object != "user")
        to.add(out.say("Project filter", "Filtre projet"), filter_text(out, f, filter));
    to.add_some("Condition", f.condition);
}

void add_request(text_fields& to, screen const& out, admin::webhook_form const& f) {
    to.add("URL", f.url);
    to.add(out.say("Verb", "Verbe"), f.verb);
    to.add_some(out.say("Body", "Corps"),
                f.default_body ? out.say("the standard one", "le corps standard") : f.body);
    std::string headers;
    for (auto const& h : f.headers)
        headers.append(headers.empty() ? "" : "\n").append(h.name).append(": ").append(h.value);
    to.add_some(out.say("Headers", "En-têtes"), headers);
}

void add_connection(text_fields& to, screen const& out, admin::connection_input const& c) {
    to.add_some(out.say("Authorities", "Autorités"), c.ca);
    to.add_some(out.say("Client certificate", "Certificat du client"), c.client_certificate);
    to.add_some(out.say("Client key", "Clé du client"), c.client_key.value);
    to.add_some("Proxy", c.proxy);
    to.add_some(out.say("Proxy credentials", "Identifiants du proxy"), c.proxy_credentials.value);
}

void add_pace(text_fields& to, screen const& out, posthorn::pacing const& p) {
    if (p.in_flight != 0)
        to.add(out.say("Requests at once", "Requêtes simultanées"), std::to_string(p.in_flight));
    if (p.rate != 0)
        to.add(out.say("Rate", "Débit"),
               std::to_string(p.rate) + " / " + std::to_string(p.period.count()) + " ms");
    if (p.in_order)
        to.add(out.say("In order", "Dans l'ordre"), out.yes_no(true));
}

std::string what_was_done(screen const& out, posthorn::history_action a) {
    using enum posthorn::history_action;
    switch (a) {
    case created:
        return out.say("created", "créé");
    case changed:
        return out.say("changed", "modifié");
    case deleted:
        return out.say("deleted", "supprimé");
    case disabled:
        return out.say("disabled", "désactivé");
    case tested:
        return out.say("tested", "testé");
    default:
        return out.say("redelivered", "renvoyé");
    }
}

json::value to_json(std::vector<posthorn::history_entry> const& entries, bool more) {
    json::array all;
    for (auto const& e : entries) {
        json::array changes;
        for (auto const& c : e.changes)
            changes.push_back(
                json::object{{"field", c.field}, {"from", as_utf8(c.from)}, {"to", as_utf8(c.to)}});
        all.push_back(json::object{{"number", e.number},
                                   {"webhook", posthorn::to_text(e.subject)},
                                   {"time", time_for_programs(e.time)},
                                   {"user", e.user},
                                   {"action", to_string(e.what)},
                                   {"changes", std::move(changes)}});
    }
    return json::object{{"history", std::move(all)},
                        {"next", more ? json::value(entries.back().number) : json::value()}};
}

std::string milliseconds(posthorn::duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()) + " ms";
}

json::value to_json(admin::test_report const& r) {
    json::array headers;
    for (auto const& h : r.headers)
        headers.push_back(json::string(as_utf8(h)));
    json::array messages;
    for (auto const& m : r.messages)
        messages.push_back(json::string(as_utf8(m)));
    json::object all{{"url", as_utf8(r.url)},
                     {"verb", r.method},
                     {"headers", std::move(headers)},
                     {"body", as_utf8(r.body)},
                     {"status", r.status},
                     {"error", nullptr},
                     {"answer", as_utf8(r.answer)},
                     {"location", as_utf8(r.location)},
                     {"detail", as_utf8(r.detail)},
                     {"took_ms", std::chrono::duration<double, std::milli>(r.took).count()},
                     {"messages", std::move(messages)},
                     {"retried_after_ms", nullptr}};
    if (r.error)
        all["error"] = r.error.message();
    if (r.retried_after)
        all["retried_after_ms"] = std::chrono::duration<double, std::milli>(*r.retried_after).count();
    return all;
}

} // namespace

void show(screen const& out, admin::webhook_list const& list,
          std::optional<admin::active_filter> const& narrowed) {
    if (out.is_json())
        return out.print(to_json(list, narrowed));
    text_table table({"Id", out.say("Wording", "Libellé"), out.say("Active", "Actif"),
                      out.say("Event", "Événement"), out.say("Verb", "Verbe"), "URL",
                      out.say("Call mode", "Mode d'appel"), out.say("Project filter", "Filtre projet")});
    for (auto const& w : list.found)
        table.add({short_id(w.id), w.wording, out.yes_no(w.active), w.event, w.verb, w.url,
                   mode_for_people(out, w.mode), w.filter});
    table.print();
    out.line(std::to_string(list.matching) + out.say(" of ", " sur ") + std::to_string(list.all) +
             " webhooks" +
             (narrowed ? out.say("; the active filter is \"", " ; le filtre actif est « ") +
                             narrowed->contains + out.say("\"", " »")
                       : ""));
    if (!list.next.is_nil())
        out.line(out.say("more with", "suite avec") + " --after " + posthorn::to_text(list.next));
}

void show(screen const& out, admin::webhook_form const& f, std::string const& filter,
          std::optional<std::string> const& new_key) {
    if (out.is_json()) {
        auto all = to_json(f, filter);
        if (new_key)
            all.as_object()["new_key"] = *new_key;
        return out.print(all);
    }
    text_fields fields;
    fields.add("Id", posthorn::to_text(f.id));
    fields.add(out.say("Revision", "Révision"), std::to_string(f.revision));
    fields.add(out.say("Wording", "Libellé"), f.wording);
    fields.add_some("Description", f.description);
    for (auto const& t : f.translations) {
        fields.add_some(out.say("Wording", "Libellé") + " (" + t.language + ")", t.wording);
        fields.add_some("Description (" + t.language + ")", t.description);
    }
    fields.add(out.say("Active", "Actif"), out.yes_no(f.active));
    add_request(fields, out, f);
    add_event(fields, out, f, filter);
    for (std::size_t i = 0; i != f.signing.size(); ++i)
        fields.add(out.say("Signing key ", "Clé de signature ") + std::to_string(i + 1),
                   f.signing[i].value + (f.signing[i].not_after
                                             ? ", " + time_for_people(f.signing[i].not_after)
                                             : std::string()));
    add_connection(fields, out, f.connection);
    add_pace(fields, out, f.pace);
    if (new_key)
        fields.add(out.say("New key, shown once", "Nouvelle clé, montrée une fois"), *new_key);
    fields.print();
}

void show(screen const& out, std::vector<posthorn::history_entry> const& entries, bool more) {
    if (out.is_json())
        return out.print(to_json(entries, more));
    text_table table({"Date (UTC)", out.say("User", "Utilisateur"), "Action", out.say("Field", "Champ"),
                      out.say("From", "De"), out.say("To", "À")});
    for (auto const& e : entries) {
        auto const when = time_for_people(e.time);
        auto const done = what_was_done(out, e.what);
        if (e.changes.empty())
            table.add({when, e.user, done, "", "", ""});
        for (auto const& c : e.changes)
            table.add({when, e.user, done, c.field, admin::value_text(c.field, c.from, out.in()),
                       admin::value_text(c.field, c.to, out.in())});
    }
    table.print();
    if (more)
        out.line(out.say("more with", "suite avec") + " --before " + std::to_string(entries.back().number));
}

void show(screen const& out, admin::test_report const& r) {
    if (out.is_json())
        return out.print(to_json(r));
    for (auto const& m : r.messages)
        out.line(m);
    text_fields fields;
    fields.add(out.say("Request", "Requête"), r.method + " " + r.url);
    std::string headers;
    for (auto const& h : r.headers)
        headers.append(headers.empty() ? "" : "\n").append(h);
    fields.add_some(out.say("Headers", "En-têtes"), headers);
    fields.add_some(out.say("Body", "Corps"), r.body);
    fields.add(out.say("Status code", "Code de statut"),
               r.status == 0 ? out.say("none", "aucun") : std::to_string(r.status));
    if (r.error)
        fields.add(out.say("Error", "Erreur"), posthorn::describe(r.error, out.in()));
    fields.add_some(out.say("Detail", "Détail"), r.detail);
    fields.add_some(out.say("Answer", "Réponse"), r.answer);
    fields.add_some(out.say("Redirect to", "Redirection vers"), r.location);
    fields.add(out.say("Took", "Durée"), milliseconds(r.took));
    if (r.retried_after)
        fields.add(out.say("A delivery is retried after", "Une livraison est retentée après"),
                   milliseconds(*r.retried_after));
    fields.print();
}

} // namespace monitor
