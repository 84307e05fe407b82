// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "webhook_options.hpp"

#include "choose.hpp"
#include "setup.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

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

std::string text_or_file(std::string const& typed, std::string const& option) {
    if (!typed.starts_with('@'))
        return typed;
    std::ifstream in(typed.substr(1), std::ios::binary);
    if (!in)
        throw std::invalid_argument("cannot read the file " + typed.substr(1) + " of --" + option +
                                    "; check its name");
    return {std::istreambuf_iterator<char>(in), {}};
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

auto find_header(admin::webhook_form& form, std::string_view name) {
    return std::ranges::find_if(form.headers, [&](admin::header_input const& h) {
        return std::ranges::equal(h.name, name, {}, lower, lower);
    });
}

// In the place of the one of this name, if there is one.
void put_header(admin::webhook_form& form, std::string const& typed, bool secret) {
    auto const colon = typed.find(':');
    if (colon == std::string::npos)
        throw std::invalid_argument("a header is written 'Name: value', and `" + typed + "` has no colon");
    auto const value = std::min(typed.find_first_not_of(' ', colon + 1), typed.size());
    admin::header_input input(typed.substr(0, colon), typed.substr(value), secret);
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

void set_file(admin::secret_input& field, command const& from, char const* option) {
    if (auto const typed = from.value(option))
        field = admin::secret_input(text_or_file(*typed, option));
}

// A file of credentials usually ends with a line feed, which is none of them.
void fill_connection(admin::connection_input& c, command const& from) {
    set_file(c.ca, from, "ca");
    set_file(c.client_certificate, from, "client-certificate");
    set_file(c.client_key, from, "client-key");
    set(c.proxy, from, "proxy");
    set_file(c.proxy_credentials, from, "proxy-credentials");
    auto& credentials = c.proxy_credentials.value;
    credentials.erase(credentials.find_last_not_of("\r\n") + 1);
}

std::uint32_t count_or(command const& from, char const* option, std::uint32_t otherwise) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(from.number_or(option, otherwise), most));
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
        throw std::invalid_argument("--event takes OBJECT.ACTION, such as project.modified or phase.all");
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
