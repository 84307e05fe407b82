// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "choose.hpp"

#include <boost/uuid/string_generator.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace monitor {

namespace {

namespace admin = posthorn::admin;

constexpr std::size_t short_length = 8;
constexpr std::size_t least_digits = 4;
constexpr std::size_t page = 1000;
// As far as pending orders are looked through, newest first.
constexpr std::size_t most_pages = 20;

struct candidate {
    posthorn::uuid id;
    std::string name;
};

std::optional<posthorn::uuid> whole_id(std::string const& typed) {
    constexpr std::size_t length = 36;
    if (typed.size() != length)
        return std::nullopt;
    try {
        return boost::uuids::string_generator()(typed);
    } catch (std::runtime_error const&) {
        return std::nullopt;
    }
}

bool is_part(std::string const& id, std::string const& typed) {
    return typed.size() >= least_digits && (id.starts_with(typed) || id.ends_with(typed));
}

[[noreturn]] void refuse(screen const& out, std::string const& typed, std::vector<candidate> const& found) {
    if (found.empty())
        refuse_id(out, typed);
    std::string all;
    for (auto const& c : found)
        all.append(all.empty() ? "" : ", ")
            .append(posthorn::to_text(c.id))
            .append(c.name.empty() ? "" : " (" + c.name + ")");
    throw refusal(complaint{"id", "id_ambiguous",
                            "`" + typed + out.say("` is more than one: ", "` en désigne plusieurs : ") + all +
                                out.say("; give a whole id", " ; indiquez un identifiant entier")});
}

// A name that reads like a part of another's id means either.
posthorn::uuid choose(screen const& out, std::string const& typed, std::vector<candidate> const& all) {
    if (auto const id = whole_id(typed))
        return *id;
    std::vector<candidate> found;
    for (auto const& c : all)
        if (c.name == typed || is_part(posthorn::to_text(c.id), typed))
            found.push_back(c);
    if (found.size() != 1)
        refuse(out, typed, found);
    return found.front().id;
}

} // namespace

std::string short_id(posthorn::uuid const& id) {
    auto const text = posthorn::to_text(id);
    return text.substr(text.size() - short_length);
}

void refuse_id(screen const& out, std::string const& typed) {
    throw refusal(
        complaint{"id", "id_unknown",
                  out.say("nothing here is `", "rien ici ne correspond à `") + typed +
                      out.say("`; the list shows what there is", "` ; la liste montre ce qui existe")});
}

posthorn::uuid find_webhook(admin_desk& desk, std::string const& typed) {
    std::vector<candidate> all;
    admin::webhook_query q;
    // Whatever the list is narrowed to.
    q.contains.emplace();
    q.limit = page;
    do {
        auto const found = desk.accepted(desk.service().webhooks(desk.user(), q));
        for (auto const& w : found.found)
            all.push_back({w.id, w.wording});
        q.after = found.next;
    } while (!q.after.is_nil());
    return choose(desk.out(), typed, all);
}

posthorn::uuid find_filter(admin_desk& desk, std::string const& typed) {
    std::vector<candidate> all;
    for (auto const& f : desk.accepted(desk.service().filters(desk.user())))
        all.push_back({f.id, f.name});
    return choose(desk.out(), typed, all);
}

std::optional<posthorn::uuid> find_filter_or_none(admin_desk& desk, std::string const& typed) {
    return typed == "none" ? std::nullopt : std::optional(find_filter(desk, typed));
}

posthorn::uuid find_list_filter(admin_desk& desk, std::string const& typed) {
    std::vector<candidate> all;
    for (auto const& f : desk.accepted(desk.service().list_filters(desk.user())))
        all.push_back({f.id, f.name});
    return choose(desk.out(), typed, all);
}

posthorn::uuid find_order(admin_desk& desk, std::string const& typed) {
    if (auto const id = whole_id(typed))
        return *id;
    std::vector<candidate> all;
    admin::order_query q;
    q.show_completed = true;
    q.limit = page;
    for (std::size_t i = 0; i == 0 || (i != most_pages && q.before != 0); ++i) {
        auto const found = desk.accepted(desk.service().orders(desk.user(), q));
        for (auto const& o : found.found)
            all.push_back({o.id, {}});
        q.before = found.next;
    }
    return choose(desk.out(), typed, all);
}

} // namespace monitor
