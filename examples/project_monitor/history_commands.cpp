// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_commands.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace monitor {

namespace {

namespace admin = posthorn::admin;
namespace json = boost::json;

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
    json::object all{{"finding", to_string(v.finding)},
                     {"number", v.number},
                     {"sealed", v.sealed},
                     {"unsealed", v.unsealed},
                     {"checkpoint", nullptr}};
    if (v.last.number != 0)
        all["checkpoint"] = to_text(v.last);
    return all;
}

} // namespace

int run_history(command const& c, admin_desk& desk) {
    std::optional<admin::history_checkpoint> kept;
    if (auto const typed = c.value("checkpoint")) {
        auto const parsed = admin::parse_checkpoint(*typed);
        if (!parsed)
            throw wrong_usage("--checkpoint takes the line that an earlier `history verify` printed",
                              "--checkpoint attend la ligne qu'un `history verify` antérieur a affichée");
        kept = *parsed;
    }
    auto const v = desk.accepted(desk.service().verify_history(desk.user(), kept));
    if (desk.out().is_json())
        desk.out().print(to_json(v));
    else
        print_verdict(desk.out(), v);
    return v.is_intact() ? 0 : 1;
}

} // namespace monitor
