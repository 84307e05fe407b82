// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/webhook_changes.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/model/action.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace posthorn::detail {

// A field of a webhook as a history shows it, and what tells whether it changed.
struct shown_field {
    std::string name;
    std::string value;
    // Null: it is no secret. `value` says the rest then.
    secret const* hidden = nullptr;
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
        out.push_back({header_field(w, i), h.value(), h.is_secret() ? &h.secret_value() : nullptr});
    }
    for (std::size_t i = 0; i != w.signing.size(); ++i) {
        std::string until;
        if (auto const end = w.signing[i].not_after())
            append_timestamp(until += ", until ", std::chrono::floor<utc_time::duration>(*end));
        out.push_back({"signing[" + std::to_string(i) + ']', std::move(until), &w.signing[i].key()});
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
            out.push_back({"connection." + field, {}, &value});
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

// What is compared, and how a value is shown, are two things: a secret is compared itself.
class field_comparison {
  public:
    // Null: no field is a secret.
    field_comparison(std::vector<shown_field> was, std::vector<shown_field> is, uuid const& webhook,
                     fingerprints const* marks)
        : was_(std::move(was)), is_(std::move(is)), webhook_(webhook), marks_(marks) {}

    [[nodiscard]] std::vector<field_change> run() {
        for (auto const& f : is_.empty() ? was_ : is_)
            compare(f.name);
        // What is there no more has no place among what is.
        for (auto const& f : was_)
            if (find(is_, f.name) == nullptr &&
                std::ranges::none_of(changes_, [&](auto const& c) { return c.field == f.name; }))
                compare(f.name);
        return std::move(changes_);
    }

  private:
    [[nodiscard]] static shown_field const* find(std::vector<shown_field> const& all,
                                                 std::string const& name) {
        auto const it = std::ranges::find(all, name, &shown_field::name);
        return it == all.end() ? nullptr : &*it;
    }

    [[nodiscard]] static bool same(shown_field const* a, shown_field const* b) {
        if (a == nullptr || b == nullptr)
            return (a == nullptr || (a->value.empty() && a->hidden == nullptr)) &&
                   (b == nullptr || (b->value.empty() && b->hidden == nullptr));
        bool const both = a->hidden != nullptr && b->hidden != nullptr;
        return a->value == b->value && (both ? *a->hidden == *b->hidden : a->hidden == b->hidden);
    }

    void compare(std::string const& name) {
        auto const* const from = find(was_, name);
        auto const* const to = find(is_, name);
        if (same(from, to))
            return;
        bool const secret =
            (from != nullptr && from->hidden != nullptr) || (to != nullptr && to->hidden != nullptr);
        changes_.emplace_back(name, value_of(from, secret), value_of(to, secret));
    }

    [[nodiscard]] std::string value_of(shown_field const* f, bool is_secret) const {
        if (f == nullptr)
            return {};
        if (!is_secret || marks_ == nullptr)
            return shortened(f->value);
        if (f->hidden == nullptr)
            return f->value.empty() ? std::string() : marks_->masked(secret(f->value), webhook_, f->name);
        return marks_->masked(*f->hidden, webhook_, f->name) + f->value;
    }

    std::vector<shown_field> was_;
    std::vector<shown_field> is_;
    uuid webhook_;
    fingerprints const* marks_;
    std::vector<field_change> changes_;
};

POSTHORN_DECL std::vector<field_change> changes_between(webhook const* before, webhook const* after,
                                                        fingerprints const& marks) {
    auto const fields = [](webhook const* w) {
        return w == nullptr ? std::vector<shown_field>() : fields_of(*w);
    };
    auto const id = before != nullptr ? before->id : after != nullptr ? after->id : uuid();
    return field_comparison(fields(before), fields(after), id, &marks).run();
}

[[nodiscard]] inline std::vector<shown_field> fields_of(filter const& f) {
    std::vector<shown_field> all{{"name", f.name}};
    for (auto const& t : f.translations)
        all.push_back({"translations." + t.language + ".name", t.name});
    all.push_back({"object", f.object});
    all.push_back({"expression", f.expression});
    all.push_back({"owner", f.owner});
    all.push_back({"public", shown(f.is_public)});
    return all;
}

POSTHORN_DECL std::vector<field_change> changes_between(filter const* before, filter const* after) {
    auto const fields = [](filter const* f) {
        return f == nullptr ? std::vector<shown_field>() : fields_of(*f);
    };
    return field_comparison(fields(before), fields(after), uuid(), nullptr).run();
}

} // namespace posthorn::detail
