// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_commands.hpp"
#include "settings.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace monitor {

namespace {

namespace admin = posthorn::admin;
namespace json = boost::json;

std::string hex(admin::history_digest const& digest) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (auto const byte : digest) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string finding_text(screen const& out, admin::history_finding f) {
    using enum admin::history_finding;
    switch (f) {
    case intact:
        return out.say("The history is as it was sealed.", "L'historique est tel qu'il a été scellé.");
    case changed:
        return out.say("An entry was changed.", "Une entrée a été modifiée.");
    case removed:
        return out.say("An entry was removed.", "Une entrée a été supprimée.");
    case reordered:
        return out.say("Entries have changed places.", "Des entrées ont changé de place.");
    case truncated:
        return out.say("The end of the history is missing.", "La fin de l'historique manque.");
    case added:
        return out.say("An entry was added.", "Une entrée a été ajoutée.");
    case forged_seal:
        return out.say("A seal is missing or forged.", "Un sceau manque ou est falsifié.");
    default:
        return out.say("A seal was made with a key that is not here.",
                       "Un sceau a été fait avec une clé absente ici.");
    }
}

void print_verdict(screen const& out, admin::history_verdict const& v) {
    out.line(finding_text(out, v.finding));
    text_fields fields;
    if (!v.is_intact())
        fields.add(out.say("Entry", "Entrée"), std::to_string(v.number));
    fields.add(out.say("Sealed entries", "Entrées scellées"), std::to_string(v.sealed));
    fields.add(out.say("Not sealed yet", "Pas encore scellées"), std::to_string(v.unsealed));
    if (v.last.number != 0)
        fields.add(out.say("Checkpoint to keep", "Point de contrôle à garder"), to_text(v.last));
    fields.print();
}

json::value to_json(admin::history_verdict const& v) {
    json::object all{
        {"finding", to_string(v.finding)}, {"number", v.number},    {"sealed", v.sealed},
        {"unsealed", v.unsealed},          {"checkpoint", nullptr}, {"digest", hex(v.last.digest)}};
    if (v.last.number != 0)
        all["checkpoint"] = to_text(v.last);
    return all;
}

template <class T>
T value_of(posthorn::result<T> r, screen const& out) {
    if (!r)
        throw refusal(complaint{"history", "history_failed", posthorn::describe(r.error(), out.in())});
    return *std::move(r);
}

// Settings of the whole server are the administrator's.
void need_all_rights(admin_desk& desk) {
    if (desk.user().may != admin::rights::all())
        throw refusal(complaint{"user", "administrator_needed",
                                desk.out().say("only the administrator may set this; leave out --as",
                                               "seul l'administrateur peut régler ceci ; omettez --as")});
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    for (;;) {
        auto const comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos)
            return parts;
        list.remove_prefix(comma + 1);
    }
}

std::string joined(std::vector<std::string> const& parts) {
    std::string all;
    for (auto const& p : parts)
        all.append(all.empty() ? "" : ",").append(p);
    return all;
}

std::uint16_t port_of(std::string const& typed) {
    std::uint16_t port = 0;
    auto const* const end = typed.data() + typed.size();
    auto const read = std::from_chars(typed.data(), end, port);
    if (read.ec != std::errc() || read.ptr != end || port == 0)
        throw std::invalid_argument("`ports` takes numbers from 1 to 65535, or none: 8080,9090");
    return port;
}

} // namespace

int run_history(command const& c, admin_desk& desk) {
    std::optional<admin::history_checkpoint> kept;
    if (auto const typed = c.value("checkpoint")) {
        auto const parsed = admin::parse_checkpoint(*typed);
        if (!parsed)
            throw std::invalid_argument(
                "--checkpoint takes the line that an earlier `history verify` printed");
        kept = *parsed;
    }
    auto const v = value_of(desk.service().verify_history(kept), desk.out());
    if (desk.out().is_json())
        desk.out().print(to_json(v));
    else
        print_verdict(desk.out(), v);
    return v.is_intact() ? 0 : 1;
}

int run_languages(command const& c, admin_desk& desk) {
    if (auto const typed = c.operand()) {
        need_all_rights(desk);
        auto const tags = split(*typed);
        for (auto const& tag : tags)
            if (tag.empty())
                throw std::invalid_argument("`languages` takes tags without blanks: en,fr");
        set_languages(desk.rows(), tags);
    }
    auto const tags = languages(desk.rows());
    if (desk.out().is_json())
        desk.out().print(json::object{{"languages", json::array(tags.begin(), tags.end())}});
    else
        desk.out().line(joined(tags));
    return 0;
}

int run_ports(command const& c, admin_desk& desk) {
    if (auto const typed = c.operand()) {
        need_all_rights(desk);
        std::vector<std::uint16_t> ports;
        if (*typed != "none")
            for (auto const& p : split(*typed))
                ports.push_back(port_of(p));
        set_open_ports(desk.rows(), ports);
    }
    json::array all;
    std::vector<std::string> texts;
    for (auto const p : open_ports(desk.rows())) {
        all.push_back(p);
        texts.push_back(std::to_string(p));
    }
    if (desk.out().is_json())
        desk.out().print(json::object{{"ports", std::move(all)}});
    else
        desk.out().line(texts.empty() ? desk.out().say("none", "aucun") : joined(texts));
    return 0;
}

} // namespace monitor
