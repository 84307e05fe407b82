// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_commands.hpp"
#include "choose.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace monitor {

namespace {

namespace admin = posthorn::admin;
namespace json = boost::json;

json::value to_json(admin::filter_row const& f) {
    return json::object{{"id", posthorn::to_text(f.id)}, {"name", f.name},      {"object", f.object},
                        {"expression", f.expression},    {"owner", f.owner},    {"public", f.is_public},
                        {"default", f.is_default},       {"used_by", f.used_by}};
}

std::string visibility(screen const& out, bool is_public) {
    return is_public ? "public" : out.say("private", "privé");
}

std::string const& check_object(admin_desk& desk, std::string const& typed) {
    if (desk.service().fields(typed).empty())
        throw wrong_usage("`" + typed + "` is no object; choose project, phase or user",
                          "`" + typed + "` n'est pas un objet ; choisissez project, phase ou user");
    return typed;
}

int list(command const& c, admin_desk& desk) {
    auto const object = c.value("object");
    auto const found = desk.accepted(
        desk.service().filters(desk.user(), object ? check_object(desk, *object) : std::string()));
    auto const& out = desk.out();
    if (out.is_json()) {
        json::array all;
        for (auto const& f : found)
            all.push_back(to_json(f));
        out.print(json::object{{"filters", std::move(all)}});
        return 0;
    }
    text_table table({"Id", out.say("Name", "Nom"), out.say("Object", "Objet"), "Expression",
                      out.say("Owner", "Propriétaire"), out.say("Visibility", "Visibilité"),
                      out.say("Default", "Par défaut"), "Webhooks"});
    for (auto const& f : found)
        table.add({short_id(f.id), f.name, f.object, f.expression, f.owner, visibility(out, f.is_public),
                   out.yes_no(f.is_default), std::to_string(f.used_by)});
    table.print();
    return 0;
}

// --- criteria ---

constexpr std::pair<std::string_view, posthorn::criterion_operator> signs[] = {
    {"=", posthorn::criterion_operator::equals},           {"==", posthorn::criterion_operator::equals},
    {"!=", posthorn::criterion_operator::not_equals},      {"<", posthorn::criterion_operator::less},
    {"<=", posthorn::criterion_operator::less_or_equal},   {">", posthorn::criterion_operator::greater},
    {">=", posthorn::criterion_operator::greater_or_equal}};

posthorn::criterion_operator operator_of(std::string_view typed) {
    if (auto const named = posthorn::parse_criterion_operator(typed))
        return *named;
    for (auto const& [sign, op] : signs)
        if (sign == typed)
            return op;
    throw wrong_usage("`" + std::string(typed) +
                          "` is no operator of a criterion; `filters fields OBJECT` lists them",
                      "`" + std::string(typed) +
                          "` n'est pas un opérateur de critère ; `filters fields OBJET` les énumère");
}

std::string_view next_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    auto const word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    return word;
}

// 'budget >= 1000', 'status one_of open,closed', 'due is_set'
posthorn::criterion criterion_of(std::string_view typed) {
    auto rest = typed;
    auto const field = next_word(rest);
    auto const sign = next_word(rest);
    if (sign.empty())
        throw wrong_usage("--criterion takes 'FIELD OPERATOR VALUE', such as 'status equals open'",
                          "--criterion attend 'CHAMP OPÉRATEUR VALEUR', par exemple 'status equals open'");
    posthorn::criterion c(std::string(field), operator_of(sign));
    if (c.op == posthorn::criterion_operator::one_of)
        c.values = split_list(rest);
    else if (!rest.empty())
        c.values.emplace_back(rest);
    return c;
}

std::string text_of(posthorn::criterion const& c) {
    auto text = c.field + ' ' + std::string(to_string(c.op));
    for (std::size_t i = 0; i != c.values.size(); ++i)
        text.append(i == 0 ? " " : ",").append(c.values[i]);
    return text;
}

// --- the form ---

void translate(admin::filter_form& form, std::string const& tag, std::string const& typed) {
    std::erase_if(form.translations, [&](auto const& t) { return t.language == tag; });
    if (!typed.empty())
        form.translations.emplace_back(tag, typed);
}

void fill(admin::filter_form& form, command const& c) {
    constexpr std::string_view name_in = "name-";
    form.name = c.value_or("name", form.name);
    form.object = c.value_or("object", form.object);
    if (auto const typed = c.value("expression")) {
        form.expression = *typed;
        form.criteria.reset();
    }
    if (c.has("criterion"))
        form.criteria.emplace();
    for (auto const& [option, typed] : c.options) {
        if (option == "criterion")
            form.criteria->push_back(criterion_of(typed));
        else if (option.starts_with(name_in))
            translate(form, option.substr(name_in.size()), typed);
    }
    form.is_public = c.has("public") || (form.is_public && !c.has("private"));
}

json::value to_json(admin::filter_form const& f) {
    json::array translations;
    for (auto const& t : f.translations)
        translations.push_back(json::object{{"language", t.language}, {"name", t.name}});
    json::object all{{"id", posthorn::to_text(f.id)},
                     {"name", f.name},
                     {"translations", std::move(translations)},
                     {"object", f.object},
                     {"criteria", nullptr},
                     {"expression", f.expression},
                     {"public", f.is_public}};
    if (!f.criteria)
        return all;
    json::array criteria;
    for (auto const& c : *f.criteria)
        criteria.push_back(json::object{{"field", c.field},
                                        {"operator", to_string(c.op)},
                                        {"values", json::array(c.values.begin(), c.values.end())}});
    all["criteria"] = std::move(criteria);
    return all;
}

int show_one(admin_desk& desk, posthorn::uuid const& id) {
    auto const f = desk.accepted(desk.service().edit_filter(desk.user(), id));
    auto const& out = desk.out();
    if (out.is_json()) {
        out.print(to_json(f));
        return 0;
    }
    text_fields fields;
    fields.add("Id", posthorn::to_text(f.id));
    fields.add(out.say("Name", "Nom"), f.name);
    for (auto const& t : f.translations)
        fields.add(out.say("Name", "Nom") + " (" + t.language + ")", t.name);
    fields.add(out.say("Object", "Objet"), f.object);
    std::string criteria;
    if (f.criteria)
        for (auto const& c : *f.criteria)
            criteria.append(criteria.empty() ? "" : "\n").append(text_of(c));
    fields.add_some(out.say("Criteria", "Critères"), criteria);
    fields.add("Expression",
               f.expression.empty() ? out.say("all projects", "tous les projets") : f.expression);
    fields.add(out.say("Visibility", "Visibilité"), visibility(out, f.is_public));
    fields.print();
    return 0;
}

int save(command const& c, admin_desk& desk, admin::filter_form form) {
    fill(form, c);
    return show_one(desk, desk.accepted(desk.service().save(desk.user(), form)));
}

int create(command const& c, admin_desk& desk) {
    admin::filter_form form;
    form.object = "project";
    return save(c, desk, std::move(form));
}

int edit(command const& c, admin_desk& desk) {
    auto const id = find_filter(desk, c.operands.front());
    return save(c, desk, desk.accepted(desk.service().edit_filter(desk.user(), id)));
}

int remove(command const& c, admin_desk& desk) {
    auto const id = find_filter(desk, c.operands.front());
    desk.accepted(desk.service().remove_filter(desk.user(), id));
    if (desk.out().is_json())
        desk.out().print(json::object{{"deleted", posthorn::to_text(id)}});
    else
        desk.out().line(desk.out().say("deleted: ", "supprimé : ") + c.operands.front());
    return 0;
}

int set_default(command const& c, admin_desk& desk) {
    auto const id = find_filter_or_none(desk, c.operands.front());
    desk.accepted(desk.service().set_default_filter(desk.user(), id));
    if (desk.out().is_json())
        desk.out().print(json::object{{"default", id ? json::value(posthorn::to_text(*id)) : json::value()}});
    else
        desk.out().line(
            desk.out().say("new webhooks begin with: ", "les nouveaux webhooks commencent avec : ") +
            (id ? c.operands.front() : desk.out().say("all projects", "tous les projets")));
    return 0;
}

int fields(command const& c, admin_desk& desk) {
    json::array all;
    text_fields shown;
    shown.add(desk.out().say("Field", "Champ"), desk.out().say("Operators", "Opérateurs"));
    for (auto const& f : desk.service().fields(check_object(desk, c.operands.front()))) {
        json::array names;
        std::string text;
        for (auto const op : f.operators) {
            names.push_back(json::string(to_string(op)));
            text.append(text.empty() ? "" : " ").append(to_string(op));
        }
        all.push_back(json::object{{"field", f.path}, {"operators", std::move(names)}});
        shown.add(f.path, std::move(text));
    }
    if (desk.out().is_json())
        desk.out().print(json::object{{"fields", std::move(all)}});
    else
        shown.print();
    return 0;
}

} // namespace

int run_filters(command const& c, admin_desk& desk) {
    if (c.verb == "list")
        return list(c, desk);
    if (c.verb == "show")
        return show_one(desk, find_filter(desk, c.operands.front()));
    if (c.verb == "create")
        return create(c, desk);
    if (c.verb == "edit")
        return edit(c, desk);
    if (c.verb == "delete")
        return remove(c, desk);
    return c.verb == "default" ? set_default(c, desk) : fields(c, desk);
}

} // namespace monitor
