// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "webhooks.hpp"

#include <posthorn/expression/field.hpp>
#include <posthorn/filter_draft.hpp>
#include <posthorn/webhook_draft.hpp>

#include "objects.hpp"

#include <algorithm>
#include <utility>

namespace monitor {

namespace {

using posthorn::action;
using draft = posthorn::webhook_draft<objects>;
using filter_draft = posthorn::filter_draft<objects>;

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

using posthorn::field;
using posthorn::previous;

constexpr char const* large = "Large open projects";
constexpr char const* mine = "My confidential ones";
constexpr char const* transport = "Transport";

bool is_large(change const& c) {
    return c.of_project->status == project_status::open && c.of_project->budget >= 1'000'000;
}

bool is_transport(change const& c) {
    return std::ranges::find(c.of_project->tags, "transport") != c.of_project->tags.end();
}

void for_some_projects(std::vector<subscription>& all, std::string const& base,
                       std::map<std::string, posthorn::uuid> const& filters) {
    all.push_back(
        {draft("Finance: a large project grows")
             .on<project>(action::modified)
             .for_filter(filters.at(large))
             .when("project.budget > previous.budget")
             .post(base + "/finance/{{project.code}}")
             .body(R"({"code": {{lower(project.code)}}, "grew_by": {{project.budget - previous.budget}}, )"
                   R"("class": "{{project.budget > 3000000.0 ? 'board' : 'department'}}"})")
             .value(),
         [](change const& c) { return is_large(c) && c.of_project->budget > c.project_before->budget; }});
    all.push_back({draft("Archive: a project is closed")
                       .on<project>(action::modified)
                       .when(field<&project::status> == project_status::closed &&
                             previous<&project::status> != project_status::closed)
                       .post(base + "/archive/closed")
                       .body(posthorn::default_body)
                       .value(),
                   [](change const& c) {
                       return c.of_project->status == project_status::closed &&
                              c.project_before->status != project_status::closed;
                   }});
    all.push_back(
        {draft("Deputy: a confidential project changes")
             .on<project>()
             .for_filter(filters.at(mine))
             .post(base + "/deputy/{{project.id}}")
             .body(R"({"what": {{event.action}}, "new": {{!has(previous)}}, "label": {{project.label}}})")
             .value(),
         [](change const& c) {
             return c.of_project->confidential && c.of_project->status != project_status::closed;
         }});
    all.push_back({draft("Auditors: project 1042 alone")
                       .on<project>()
                       .when("project.id == 1042")
                       .put(base + "/audit/1042")
                       .body(posthorn::default_body)
                       .value(),
                   [](change const& c) { return c.of_project->id == 1042; }});
}

void for_some_phases(std::vector<subscription>& all, std::string const& base,
                     std::map<std::string, posthorn::uuid> const& filters) {
    all.push_back({draft("Railways: phases of transport projects")
                       .on<phase>()
                       .for_filter(filters.at(transport))
                       .post(base + "/railways/{{project.code}}/{{phase.id}}")
                       .body(R"({"phase": {{upper(phase.label)}}, "done": {{phase.progress == 100}}})")
                       .value(),
                   is_transport});
    all.push_back({draft("Controlling: large projects move on")
                       .on<phase>(action::modified)
                       .for_filter(filters.at(large))
                       .when("phase.progress > previous.progress && project.tags.size() > 0")
                       .patch(base + "/controlling/phases/{{phase.id}}")
                       .body(R"({"share": {{phase.effort_days / (project.budget + 1.0)}}, )"
                             R"("late": {{has(project.due) && phase.start > project.due}}})")
                       .value(),
                   [](change const& c) {
                       return is_large(c) && c.of_phase->progress > c.phase_before->progress &&
                              !c.of_project->tags.empty();
                   }});
}

bool grows(change const& c) {
    return c.what == action::created ||
           (c.what == action::modified && c.of_project->budget > c.project_before->budget);
}

// Those that somebody waits for: the one has a say in the change, the other hears of it before the user goes
// on.
void for_those_who_wait(std::vector<subscription>& all, std::string const& base) {
    all.push_back({draft("Budget control: may a project cost this much?")
                       .on<project>()
                       .when("!has(previous) || project.budget > previous.budget")
                       .put(base + "/budget-control/{{project.code}}")
                       .body(R"({"budget": {{project.budget}}, "by": {{event.actor}}})")
                       .in_transaction()
                       .value(),
                   grows, [](change const& c) { return c.of_project->budget > budget_limit; }});
    all.push_back({draft("Staffing: a phase takes longer or shorter")
                       .on<phase>(action::modified)
                       .when(field<&phase::effort_days> != previous<&phase::effort_days>)
                       .patch(base + "/staffing/{{project.code}}/{{phase.id}}")
                       .body(R"({"days": {{phase.effort_days}}, "before": {{previous.effort_days}}})")
                       .after_commit()
                       .value(),
                   [](change const& c) { return c.of_phase->effort_days != c.phase_before->effort_days; }});
}

} // namespace

std::vector<posthorn::filter> all_filters() {
    using enum posthorn::criterion_operator;
    std::vector<posthorn::criterion> const open_and_large{{"status", equals, {"open"}},
                                                          {"budget", greater_or_equal, {"1000000"}}};
    std::vector<posthorn::filter> all;
    all.push_back(filter_draft(large).on<project>().where(open_and_large).for_everyone().value());
    all.push_back(
        filter_draft(transport).on<project>().where(R"("transport" in project.tags)").for_everyone().value());
    all.push_back(
        filter_draft(mine)
            .on<project>()
            .where(field<&project::confidential> && field<&project::status> != project_status::closed)
            .owned_by("sean.oconnor")
            .value());
    return all;
}

std::vector<subscription> all_subscriptions(std::string const& base, posthorn::secret const& key,
                                            posthorn::secret const& old_key,
                                            std::map<std::string, posthorn::uuid> const& filters) {
    std::vector<draft> plain;
    for_projects(plain, base);
    for_phases(plain, base);
    for_users(plain, base, old_key);
    std::vector<subscription> all;
    for (auto const& d : plain)
        all.push_back({d.value()});
    for_those_who_wait(all, base);
    for_some_projects(all, base, filters);
    for_some_phases(all, base, filters);
    for (auto& s : all) {
        s.what.headers.emplace_back("X-Webhook", s.what.wording);
        s.what.headers.emplace_back("X-Event-Id", "{{event.id}}");
        s.what.signing.emplace_back(key);
    }
    return all;
}

std::unordered_set<std::string> own_wordings() {
    std::map<std::string, posthorn::uuid> filters;
    for (auto const& f : all_filters())
        filters.emplace(f.name, f.id);
    std::unordered_set<std::string> all;
    for (auto const& s : all_subscriptions("http://127.0.0.1", {}, {}, filters))
        all.insert(s.what.wording);
    return all;
}

} // namespace monitor
