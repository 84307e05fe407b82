// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "webhooks.hpp"

#include <posthorn/webhook_draft.hpp>

#include "objects.hpp"

#include <utility>

namespace monitor {

namespace {

using posthorn::action;
using draft = posthorn::webhook_draft<objects>;

void for_projects(std::vector<draft>& all, std::string const& base) {
    all.push_back(
        draft("Archive: keep every version")
            .on<project>(action::modified)
            .put(base + "/archive/projects/{{project.id}}")
            .header("X-Project-Code", "{{project.code}}")
            .body(R"({"code": "{{project.code}}", "label": "{{project.label}}", )"
                  R"("budget": {{project.budget}}, "tags": {{project.tags}}, "due": {{project.due}}, )"
                  R"("status": {"before": "{{previous.status}}", "after": "{{project.status}}"}})"));
    all.push_back(draft("Portfolio: new projects")
                      .on<project>(action::created)
                      .post(base + "/portfolio?code={{project.code}}")
                      .body(posthorn::default_body));
    all.push_back(draft("Accounting: close the account")
                      .on<project>(action::deleted)
                      .del(base + "/accounts/{{project.code}}/{{project.id}}"));
    all.push_back(
        draft("Search: index again")
            .on<project>(action::modified)
            .get(base + "/search/index?id={{project.id}}&label={{project.label}}&by={{event.actor}}"));
    all.push_back(draft("Mirror: whatever happens to a project")
                      .on<project>()
                      .post(base + "/mirror/projects/{{project.id}}/{{event.action}}")
                      .header("X-Event-Id", "{{event.id}}")
                      .body(posthorn::default_body));
}

void for_phases(std::vector<draft>& all, std::string const& base) {
    all.push_back(draft("Board: move the card")
                      .on<phase>(action::modified)
                      .patch(base + "/boards/{{project.code}}/cards/{{phase.id}}")
                      .header("X-Phase", "{{project.id}}/{{phase.id}}")
                      .body(R"({"title": "{{phase.label}}", "progress": {{phase.progress}}, )"
                            R"("from": "{{previous.status}}", "to": "{{phase.status}}"})"));
    all.push_back(draft("Time sheets: book on a phase")
                      .on<phase>(action::created)
                      .post(base + "/time-sheets")
                      .header("Content-Type", "application/x-www-form-urlencoded")
                      .body("project={{project.code}}&phase={{phase.label}}&days={{phase.effort_days}}"
                            "&start={{phase.start}}"));
    all.push_back(draft("Board: take the card away")
                      .on<phase>(action::deleted)
                      .del(base + "/boards/{{project.code}}/cards/{{phase.id}}")
                      .body(R"({"title": "{{phase.label}}", "by": "{{event.actor}}"})"));
    all.push_back(draft("Warehouse: phases with their projects")
                      .on<phase>()
                      .put(base + "/warehouse/phases/{{phase.id}}")
                      .body(R"({"event": "{{event.id}}", "at": "{{event.time}}", "phase": {{phase}}, )"
                            R"("project": {{project}}, "previous": {{previous}}})"));
}

void for_users(std::vector<draft>& all, std::string const& base, posthorn::secret const& old_key) {
    all.push_back(draft("Reception: welcome letter")
                      .on<user>(action::created)
                      .post(base + "/letters/{{user.login}}")
                      .header("Content-Type", "text/plain; charset=utf-8")
                      .body("Dear {{user.name}},\n\nyour account {{user.login}} was made by {{event.actor}}. "
                            "We write to {{user.email}}.\n"));
    all.push_back(draft("Directory: whatever happens to a user")
                      .on<user>()
                      .put(base + "/directory/{{user.id}}")
                      .header("X-Api-Key", posthorn::secret("only-the-directory-sees-this"))
                      .sign(old_key)
                      .body(posthorn::default_body));
    all.push_back(draft("Doors: lock out")
                      .on<user>(action::deleted)
                      .del(base + "/doors/{{user.login}}")
                      .header("X-User-Id", "{{user.id}}"));
}

} // namespace

std::vector<posthorn::webhook> all_webhooks(std::string const& base, posthorn::secret const& key,
                                            posthorn::secret const& old_key) {
    std::vector<draft> all;
    for_projects(all, base);
    for_phases(all, base);
    for_users(all, base, old_key);
    std::vector<posthorn::webhook> signed_ones;
    for (auto& d : all)
        signed_ones.push_back(std::move(d).sign(key).value());
    return signed_ones;
}

} // namespace monitor
