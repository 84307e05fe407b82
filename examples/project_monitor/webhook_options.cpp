// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "webhook_options.hpp"

#include <posthorn/model/header_rules.hpp>

#include "choose.hpp"
#include "setup.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace monitor {

namespace {

namespace admin = posthorn::admin;

void set(std::string& field, command const& from, char const* option) {
    if (auto typed = from.value(option))
        field = *std::move(typed);
}

void set(bool& field, command const& from, char const* option) {
    if (auto const typed = from.yes_or_no(option))
        field = *typed;
}

void translate(admin::webhook_form& form, std::string const& tag, std::string posthorn::translation::* text,
               std::string const& typed) {
    auto it = std::ranges::find(form.translations, tag, &posthorn::translation::language);
    if (it == form.translations.end())
        it = form.translations.insert(it, posthorn::translation(tag, {}));
    (*it).*text = typed;
    if (it->wording.empty() && it->description.empty())
        form.translations.erase(it);
}

void fill_texts(admin::webhook_form& form, command const& from) {
    set(form.wording, from, "wording");
    set(form.description, from, "description");
    constexpr std::pair<std::string_view, std::string posthorn::translation::*> texts[] = {
        {"wording-", &posthorn::translation::wording}, {"description-", &posthorn::translation::description}};
    for (auto const& [option, typed] : from.options)
        for (auto const& [name, text] : texts)
            if (option.starts_with(name))
                translate(form, option.substr(name.size()), text, typed);
}

// More than any field may hold is not read to its end, which a device does not have.
std::string content_of(std::istream& in, std::string const& source, std::string const& option) {
    constexpr std::size_t most = 1U << 20U;
    std::string text(most + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad() || text.size() > most)
        throw wrong_usage("--" + option + " takes at most 1 MiB, and " + source + " holds more",
                          "--" + option + " accepte au plus 1 Mio, et " + source + " en contient davantage");
    return text;
}

std::string content_of(std::string const& file, std::string const& option) {
    std::error_code ec;
    std::ifstream in(file, std::ios::binary);
    if (!in || std::filesystem::is_directory(file, ec))
        throw wrong_usage("cannot read the file " + file + " of --" + option + "; check its name",
                          "impossible de lire le fichier " + file + " de --" + option +
                              " ; vérifiez son nom");
    return content_of(in, file, option);
}

std::string text_or_file(std::string const& typed, std::string const& option) {
    return typed.starts_with('@') ? content_of(typed.substr(1), option) : typed;
}

// What others must not see in the list of processes, nor in the shell's history: from a file, or from the
// standard input. The line's end that an editor leaves is none of it.
std::string secret_of(std::string const& typed, std::string const& option) {
    std::string text;
    if (typed.empty())
        return text;
    if (typed == "-")
        text = content_of(std::cin, "-", option);
    else if (typed.starts_with('@'))
        text = content_of(typed.substr(1), option);
    else
        throw wrong_usage(
            "--" + option +
                " takes no secret on the command line, where others can see it; write @FILE, or - "
                "for the standard input",
            "--" + option +
                " n'accepte pas de secret sur la ligne de commande, où d'autres peuvent le voir ; "
                "écrivez @FICHIER, ou - pour l'entrée standard");
    text.erase(text.find_last_not_of("\r\n") + 1);
    if (text.empty())
        throw wrong_usage("--" + option + " takes a secret, and " + typed +
                              " holds nothing; the standard input can be read by one option",
                          "--" + option + " attend un secret, et " + typed +
                              " ne contient rien ; une seule option peut lire l'entrée standard");
    return text;
}

auto find_header(admin::webhook_form& form, std::string_view name) {
    return std::ranges::find_if(form.headers,
                                [&](admin::header_input const& h) { return is_same_word(h.name, name); });
}

// Each header is named by one option: which of two counts is not for the order to say.
void check_headers(command const& from) {
    std::vector<std::string> named;
    for (auto const& [option, typed] : from.options) {
        if (option != "header" && option != "secret-header" && option != "remove-header")
            continue;
        auto const name = option == "remove-header" ? typed : typed.substr(0, typed.find(':'));
        if (std::ranges::any_of(named, [&](std::string const& known) { return is_same_word(known, name); }))
            throw wrong_usage("the header `" + name + "` stands there twice; leave one of them out",
                              "l'en-tête `" + name + "` figure deux fois ; omettez-en un");
        named.push_back(name);
    }
}

// In the place of the one of this name, if there is one.
void put_header(admin::webhook_form& form, std::string const& typed, bool secret) {
    auto const colon = typed.find(':');
    auto const name = typed.substr(0, colon);
    // It may be a secret, so it is not repeated.
    if (colon == std::string::npos)
        throw wrong_usage("a header is written 'Name: value'; there is no colon",
                          "un en-tête s'écrit 'Nom: valeur' ; il n'y a pas de deux-points");
    auto value = typed.substr(std::min(typed.find_first_not_of(' ', colon + 1), typed.size()));
    if (secret)
        value = secret_of(value, "secret-header");
    else if (posthorn::header_is_secret(name))
        throw wrong_usage("`" + name + "` is a secret header; write --secret-header '" + name + ": @FILE'",
                          "`" + name + "` est un en-tête secret ; écrivez --secret-header '" + name +
                              ": @FICHIER'");
    admin::header_input input(name, std::move(value), secret);
    auto const it = find_header(form, input.name);
    if (it == form.headers.end())
        form.headers.push_back(std::move(input));
    else
        *it = std::move(input);
}

void remove_header(admin::webhook_form& form, std::string const& name, screen const& out) {
    auto const it = find_header(form, name);
    if (it == form.headers.end())
        throw refusal(complaint{"headers", "header_unknown",
                                out.say("there is no header `", "il n'y a pas d'en-tête `") + name + "`"});
    form.headers.erase(it);
}

void remove_key(admin::webhook_form& form, std::uint64_t number, screen const& out) {
    if (number == 0 || number > form.signing.size())
        throw refusal(complaint{"signing", "key_unknown",
                                out.say("there is no signing key ", "il n'y a pas de clé de signature ") +
                                    std::to_string(number)});
    form.signing.erase(form.signing.begin() + static_cast<std::ptrdiff_t>(number) - 1);
}

void set_file(std::string& field, command const& from, char const* option) {
    if (auto const typed = from.value(option))
        field = text_or_file(*typed, option);
}

void set_secret(admin::secret_input& field, command const& from, char const* option) {
    if (auto const typed = from.value(option))
        field = admin::secret_input(secret_of(*typed, option));
}

void fill_connection(admin::connection_input& c, command const& from) {
    set_file(c.ca, from, "ca");
    set_file(c.client_certificate, from, "client-certificate");
    set_secret(c.client_key, from, "client-key");
    set(c.proxy, from, "proxy");
    set_secret(c.proxy_credentials, from, "proxy-credentials");
}

std::uint32_t count_or(command const& from, char const* option, std::uint32_t otherwise) {
    constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max() / 1000;
    auto const typed = from.number_or(option, otherwise);
    if (from.has(option) && typed > most)
        throw wrong_usage("--" + std::string(option) + " takes at most " + std::to_string(most),
                          "--" + std::string(option) + " accepte au plus " + std::to_string(most));
    return static_cast<std::uint32_t>(typed);
}

void fill_pace(posthorn::pacing& p, command const& from) {
    p.in_flight = count_or(from, "in-flight", p.in_flight);
    p.rate = count_or(from, "rate", p.rate);
    if (from.has("rate-seconds"))
        p.period = std::chrono::seconds(count_or(from, "rate-seconds", 1));
    set(p.in_order, from, "in-order");
}

void fill_event(admin::webhook_form& form, std::string const& typed) {
    auto const dot = typed.find('.');
    if (dot == std::string::npos)
        throw wrong_usage("--event takes OBJECT.ACTION, such as project.modified or phase.all",
                          "--event attend OBJET.ACTION, par exemple project.modified ou phase.all");
    form.object = typed.substr(0, dot);
    form.action = typed.substr(dot + 1);
    if (form.action == "*")
        form.action = "all";
}

} // namespace

std::optional<std::string> fill(admin::webhook_form& form, command const& from, admin_desk& desk) {
    fill_texts(form, from);
    set(form.active, from, "active");
    set(form.url, from, "url");
    set(form.verb, from, "verb");
    if (auto const typed = from.value("body")) {
        form.body = text_or_file(*typed, "body");
        form.default_body = false;
    }
    if (from.has("default-body"))
        form.default_body = true;
    check_headers(from);
    for (auto const& [option, typed] : from.options) {
        if (option == "header" || option == "secret-header")
            put_header(form, typed, option == "secret-header");
        else if (option == "remove-header")
            remove_header(form, typed, desk.out());
    }
    set(form.synchronous, from, "synchronous");
    set(form.transaction_execution, from, "transaction");
    if (auto const typed = from.value("event"))
        fill_event(form, *typed);
    if (auto const typed = from.value("filter"))
        form.filter = find_filter_or_none(desk, *typed);
    set(form.condition, from, "condition");
    fill_connection(form.connection, from);
    fill_pace(form.pace, from);
    if (from.has("remove-key"))
        remove_key(form, from.number_or("remove-key", 0), desk.out());
    form.revision = from.number_or("revision", form.revision);
    if (!from.has("new-key"))
        return std::nullopt;
    std::string made(new_signing_key().reveal());
    form.signing.emplace_back(made);
    return made;
}

} // namespace monitor
