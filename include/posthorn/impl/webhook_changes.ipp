// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/masking.hpp>
#include <posthorn/detail/webhook_changes.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/model/action.hpp>

#include <boost/uuid/name_generator_sha1.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace posthorn::detail {

// A field of a webhook as a history shows it, and what tells whether it changed.
struct shown_field {
    std::string name;
    std::string value;
};

// A history is for people: what is longer than a screen is not read.
inline constexpr std::size_t longest_shown = 2048;

[[nodiscard]] inline std::string shortened(std::string text) {
    if (text.size() <= longest_shown)
        return text;
    auto end = longest_shown;
    // Not in the middle of a UTF-8 sequence.
    while (end != 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    text.resize(end);
    return text += "...";
}

POSTHORN_DECL std::string masked(secret const& s, uuid const& webhook, std::string_view field) {
    std::string text(secret_mask);
    if (s.empty())
        return text;
    // A hash of all three. It is short, so that many secrets share it.
    boost::uuids::name_generator_sha1 const within_webhook(webhook);
    boost::uuids::name_generator_sha1 const within_field(within_webhook(field.data(), field.size()));
    auto const hash = to_text(within_field(s.reveal().data(), s.reveal().size()));
    constexpr std::size_t shown = 8;
    return text.append(1, ' ').append(hash, 0, shown);
}

[[nodiscard]] inline std::string shown(webhook_body const& b) {
    return b.is_standard() ? std::string("(default body)") : b.text();
}

POSTHORN_DECL std::string event_name(std::string_view object, std::optional<action> what) {
    return std::string(object) + '.' + (what ? std::string(to_string(*what)) : std::string("*"));
}

[[nodiscard]] inline std::string shown(bool on) {
    return on ? "yes" : "no";
}

// "100 per 60000 ms"; empty: any rate.
[[nodiscard]] inline std::string shown_rate(pacing const& p) {
    return p.rate == 0 ? std::string()
                       : std::to_string(p.rate) + " per " + std::to_string(p.period.count()) + " ms";
}

// Fields of one name are told apart by their place.
[[nodiscard]] inline std::string header_field(webhook const& w, std::size_t i) {
    auto const& name = w.headers[i].name();
    auto const same = std::count_if(w.headers.begin(), w.headers.begin() + static_cast<std::ptrdiff_t>(i),
                                    [&](auto const& h) { return h.name() == name; });
    return "headers." + name + (same == 0 ? "" : '[' + std::to_string(same) + ']');
}

inline void add_lists(webhook const& w, std::vector<shown_field>& out) {
    for (std::size_t i = 0; i != w.headers.size(); ++i) {
        auto const& h = w.headers[i];
        auto field = header_field(w, i);
        auto value = h.is_secret() ? masked(h.secret_value(), w.id, field) : h.value();
        out.push_back({std::move(field), std::move(value)});
    }
    for (std::size_t i = 0; i != w.signing.size(); ++i) {
        auto field = "signing[" + std::to_string(i) + ']';
        auto value = masked(w.signing[i].key(), w.id, field);
        if (auto const end = w.signing[i].not_after())
            append_timestamp(value += ", until ", std::chrono::floor<utc_time::duration>(*end));
        out.push_back({std::move(field), std::move(value)});
    }
}

// What is not set is not shown.
inline void add_connection(webhook const& w, std::vector<shown_field>& out) {
    auto const& c = w.connection;
    auto const add = [&](std::string field, std::string const& value) {
        if (!value.empty())
            out.push_back({"connection." + std::move(field), value});
    };
    auto const add_secret = [&](std::string const& field, secret const& value) {
        if (!value.empty())
            add(field, masked(value, w.id, "connection." + field));
    };
    add("ca", c.ca);
    add("client_certificate", c.client_certificate);
    add_secret("client_key", c.client_key);
    add("proxy", c.proxy);
    add_secret("proxy_credentials", c.proxy_credentials);
}

[[nodiscard]] inline std::vector<shown_field> fields_of(webhook const& w) {
    std::vector<shown_field> all{{"wording", w.wording}, {"description", w.description}};
    for (auto const& t : w.translations) {
        all.push_back({"translations." + t.language + ".wording", t.wording});
        all.push_back({"translations." + t.language + ".description", t.description});
    }
    std::vector<shown_field> const others{
        {"active", shown(w.active)},
        {"url", w.url},
        {"verb", std::string(to_string(w.method))},
        {"body", shown(w.body)},
        {"mode", std::string(to_string(w.mode))},
        {"event", event_name(w.object, w.what)},
        {"filter", w.filter ? to_text(*w.filter) : std::string()},
        {"condition", w.condition},
        {"in_flight", w.pace.in_flight == 0 ? std::string() : std::to_string(w.pace.in_flight)},
        {"rate", shown_rate(w.pace)},
        {"in_order", w.pace.in_order ? "yes" : ""},
    };
    all.insert(all.end(), others.begin(), others.end());
    add_lists(w, all);
    add_connection(w, all);
    return all;
}

POSTHORN_DECL std::vector<field_change> changes_between(webhook const* before, webhook const* after) {
    auto const was = before == nullptr ? std::vector<shown_field>() : fields_of(*before);
    auto const is = after == nullptr ? std::vector<shown_field>() : fields_of(*after);
    auto const value_in = [](std::vector<shown_field> const& all, std::string const& name) {
        auto const it = std::find_if(all.begin(), all.end(), [&](auto const& f) { return f.name == name; });
        return it == all.end() ? std::string() : it->value;
    };
    std::vector<field_change> changes;
    auto const compare = [&](std::string const& name) {
        auto from = value_in(was, name);
        auto to = value_in(is, name);
        if (from != to)
            changes.emplace_back(name, shortened(std::move(from)), shortened(std::move(to)));
    };
    for (auto const& f : is.empty() ? was : is)
        compare(f.name);
    // What is there no more has no place among what is.
    for (auto const& f : was)
        if (std::none_of(changes.begin(), changes.end(), [&](auto const& c) { return c.field == f.name; }) &&
            std::none_of(is.begin(), is.end(), [&](auto const& n) { return n.name == f.name; }))
            compare(f.name);
    return changes;
}

} // namespace posthorn::detail
