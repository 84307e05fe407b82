// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_commands.hpp"
#include "settings.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace monitor {

namespace {

namespace json = boost::json;

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
        throw wrong_usage("`ports` takes numbers from 1 to 65535, or none: 8080,9090",
                          "`ports` attend des nombres de 1 à 65535, ou none : 8080,9090");
    return port;
}

} // namespace

void need_all_rights(admin_desk& desk) {
    if (desk.user().may != posthorn::admin::rights::all())
        throw refusal(complaint{"user", "administrator_needed",
                                desk.out().say("only the administrator may do this; leave out --as",
                                               "seul l'administrateur peut faire ceci ; omettez --as")});
}

int run_languages(command const& c, admin_desk& desk) {
    if (auto const typed = c.operand()) {
        need_all_rights(desk);
        auto const tags = split_list(*typed);
        for (auto it = tags.begin(); it != tags.end(); ++it)
            if (!posthorn::is_language_tag(*it) ||
                std::any_of(tags.begin(), it,
                            [&](std::string const& known) { return is_same_word(known, *it); }))
                throw wrong_usage(
                    "`" + *it + "` is not a language here; `languages` takes tags, each once: en,fr-CA",
                    "`" + *it +
                        "` n'est pas une langue ici ; `languages` attend des étiquettes, chacune une "
                        "fois : en,fr-CA");
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
            for (auto const& p : split_list(*typed)) {
                auto const port = port_of(p);
                if (std::ranges::find(ports, port) != ports.end())
                    throw wrong_usage("port " + p + " stands there twice; leave one of them out",
                                      "le port " + p + " figure deux fois ; omettez-en un");
                ports.push_back(port);
            }
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
