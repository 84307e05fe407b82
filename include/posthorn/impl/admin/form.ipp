// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/form.hpp>
#include <posthorn/detail/registry/fingerprints.hpp>
#include <posthorn/detail/registry/webhook_changes.hpp>
#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/detail/text/text_rules.hpp>
#include <posthorn/model/header_rules.hpp>
#include <posthorn/model/url.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <string_view>

namespace posthorn::admin {

// What is not there is not kept.
[[nodiscard]] inline secret_input kept_input(secret const& s, uuid const& webhook, char const* field,
                                             posthorn::detail::fingerprints const& marks) {
    secret_input input;
    if (s.empty())
        return input;
    input.value = marks.masked(s, webhook, field);
    input.is_kept = true;
    return input;
}

POSTHORN_DECL webhook_form form_of(webhook const& w, encryption_keys const& keys) {
    posthorn::detail::fingerprints const marks(keys);
    webhook_form f;
    f.id = w.id;
    f.revision = w.revision;
    f.wording = w.wording;
    f.description = w.description;
    f.translations = w.translations;
    f.active = w.active;
    f.url = w.url;
    f.verb = to_string(w.method);
    f.body = w.body.text();
    f.default_body = w.body.is_standard();
    for (auto const& h : w.headers) {
        auto& input = f.headers.emplace_back(h.name(), h.value(), h.is_secret());
        if (h.is_secret()) {
            input.value = marks.masked(h.secret_value(), w.id, "headers." + h.name());
            input.is_kept = true;
        }
    }
    f.synchronous = is_synchronous(w.mode);
    f.transaction_execution = w.mode == call_mode::in_transaction;
    f.object = w.object;
    f.action = w.what ? to_string(*w.what) : "all";
    f.filter = w.filter;
    f.condition = w.condition;
    for (std::size_t i = 0; i != w.signing.size(); ++i) {
        auto& input = f.signing.emplace_back();
        input.value = marks.masked(w.signing[i].key(), w.id, "signing[" + std::to_string(i) + ']');
        input.not_after = w.signing[i].not_after();
        input.kept = i;
    }
    f.connection.ca = w.connection.ca;
    f.connection.client_certificate = w.connection.client_certificate;
    f.connection.client_key = kept_input(w.connection.client_key, w.id, "connection.client_key", marks);
    f.connection.proxy = w.connection.proxy;
    f.connection.proxy_credentials =
        kept_input(w.connection.proxy_credentials, w.id, "connection.proxy_credentials", marks);
    f.pace = w.pace;
    return f;
}

// One end of the way of a webhook's requests: its receiver, or its proxy.
class way_end {
  public:
    // Of a receiver, no expression stands before the path. Empty: none.
    explicit way_end(std::string_view typed) : typed_(typed) {
        auto const scheme_end = typed.find("://");
        if (scheme_end == typed.npos)
            return;
        if (auto const u = parse_url(typed.substr(0, typed.find_first_of("/?", scheme_end + 3))))
            place_ = *u;
    }

    [[nodiscard]] std::string text() const {
        return place_ ? (place_->https() ? "https://" : "http://") + place_->authority() : std::string();
    }

    // Whether it leads elsewhere than the saved one. One that leads nowhere is an error of its own field,
    // with which nothing is sent.
    [[nodiscard]] bool is_other_than(way_end const& saved) const {
        bool const is_malformed = !typed_.empty() && !place_;
        if (is_malformed || (place_ && saved.place_))
            return !is_malformed && !is_same(*place_, *saved.place_);
        return typed_ != saved.typed_;
    }

  private:
    [[nodiscard]] static bool is_same(url const& a, url const& b) {
        return a.https() == b.https() && a.port() == b.port() && host_of(a) == host_of(b);
    }

    // An IPv6 address has many spellings.
    [[nodiscard]] static std::string host_of(url const& u) {
        in6_addr bytes;
        if (::inet_pton(AF_INET6, u.host().c_str(), &bytes) != 1)
            return u.host();
        return {reinterpret_cast<char const*>(&bytes), sizeof bytes};
    }

    std::string_view typed_;
    std::optional<url> place_;
};

// Reads a form, field by field, and goes on after an error so that all are told at once.
class form_reader {
  public:
    form_reader(webhook_form const& form, webhook const* stored, field_errors& errors)
        : form_(form), stored_(stored), errors_(errors) {}

    [[nodiscard]] webhook run() {
        bind_secrets();
        webhook w;
        w.id = form_.id;
        w.revision = form_.revision;
        w.wording = form_.wording;
        w.description = form_.description;
        w.translations = form_.translations;
        w.active = form_.active;
        w.url = form_.url;
        w.method = method();
        if (form_.default_body)
            w.body = webhook_body::standard();
        else if (!form_.body.empty())
            w.body = webhook_body(form_.body);
        for (std::size_t i = 0; i != form_.headers.size(); ++i)
            w.headers.push_back(header(form_.headers[i], "headers[" + std::to_string(i) + ']'));
        w.mode = mode();
        w.object = form_.object;
        w.what = what();
        w.filter = form_.filter;
        w.condition = form_.condition;
        for (std::size_t i = 0; i != form_.signing.size(); ++i)
            w.signing.push_back(key(form_.signing[i], "signing[" + std::to_string(i) + ']'));
        w.connection = connection();
        w.pace = form_.pace;
        return w;
    }

  private:
    void bind_secrets() {
        if (stored_ == nullptr)
            return;
        way_end const old_receiver(stored_->url);
        way_end const old_proxy(stored_->connection.proxy);
        way_end const receiver(form_.url);
        way_end const proxy(form_.connection.proxy);
        if (receiver.is_other_than(old_receiver) || proxy.is_other_than(old_proxy))
            refusal_ = {message_id::secret_of_other_receiver,
                        {way(old_receiver, old_proxy), way(receiver, proxy)}};
    }

    // "https://a.example.com (proxy http://proxy.example.com:3128)"
    [[nodiscard]] static std::string way(way_end const& receiver, way_end const& proxy) {
        return proxy.text().empty() ? receiver.text() : receiver.text() + " (proxy " + proxy.text() + ')';
    }

    // The saved secret, for the receiver and the proxy for which it was entered only.
    [[nodiscard]] secret kept(secret const& saved, std::string const& where) {
        if (refusal_.code().empty())
            return saved;
        errors_.add(where, refusal_);
        return secret();
    }

    [[nodiscard]] posthorn::verb method() {
        using posthorn::verb;
        for (auto const v : {verb::get, verb::post, verb::put, verb::patch, verb::delete_})
            if (posthorn::detail::iequals(form_.verb, to_string(v)))
                return v;
        if (posthorn::detail::iequals(form_.verb, "DEL"))
            return verb::delete_;
        if (form_.verb.empty())
            errors_.add("verb", message_id::verb_missing);
        else
            errors_.add("verb", {message_id::verb_unknown, {form_.verb}});
        return verb::post;
    }

    [[nodiscard]] call_mode mode() {
        if (form_.transaction_execution && !form_.synchronous)
            errors_.add("transaction_execution", message_id::transaction_not_synchronous);
        if (!form_.synchronous)
            return call_mode::fire_and_forget;
        return form_.transaction_execution ? call_mode::in_transaction : call_mode::after_commit;
    }

    [[nodiscard]] std::optional<action> what() {
        constexpr std::pair<std::string_view, action> names[] = {
            {"created", action::created}, {"create", action::created},  {"modified", action::modified},
            {"modify", action::modified}, {"deleted", action::deleted}, {"delete", action::deleted}};
        auto const known =
            std::ranges::find(names, form_.action, &std::pair<std::string_view, action>::first);
        if (known != std::end(names))
            return known->second;
        if (form_.action != "all")
            errors_.add("event", {message_id::action_unknown, {form_.action}});
        return std::nullopt;
    }

    // A secret that nobody can show again is found by its field's name.
    [[nodiscard]] webhook_header header(header_input const& typed, std::string const& where) {
        if (!typed.is_kept)
            return typed.is_secret ? webhook_header(typed.name, secret(typed.value))
                                   : webhook_header(typed.name, typed.value);
        if (stored_ != nullptr)
            for (auto const& h : stored_->headers)
                if (h.is_secret() && posthorn::detail::iequals(h.name(), typed.name))
                    return webhook_header(typed.name, kept(h.secret_value(), where));
        errors_.add(where, message_id::secret_not_kept);
        return webhook_header(typed.name, secret());
    }

    [[nodiscard]] signing_secret key(key_input const& typed, std::string const& where) {
        if (!typed.kept)
            return signing_secret(secret(typed.value), typed.not_after);
        if (stored_ != nullptr && *typed.kept < stored_->signing.size())
            return signing_secret(kept(stored_->signing[*typed.kept].key(), where), typed.not_after);
        errors_.add(where, message_id::secret_not_kept);
        return signing_secret(secret(), typed.not_after);
    }

    [[nodiscard]] connection_settings connection() {
        auto const& typed = form_.connection;
        auto const* const before = stored_ == nullptr ? nullptr : &stored_->connection;
        connection_settings c;
        c.ca = typed.ca;
        c.client_certificate = typed.client_certificate;
        c.client_key = connection_secret(typed.client_key, before == nullptr ? nullptr : &before->client_key,
                                         "connection.client_key");
        c.proxy = typed.proxy;
        c.proxy_credentials = connection_secret(typed.proxy_credentials,
                                                before == nullptr ? nullptr : &before->proxy_credentials,
                                                "connection.proxy_credentials");
        return c;
    }

    // `saved`: what may be kept; null, or empty: nothing.
    [[nodiscard]] secret connection_secret(secret_input const& typed, secret const* saved,
                                           char const* where) {
        if (!typed.is_kept)
            return secret(typed.value);
        if (saved != nullptr && !saved->empty())
            return kept(*saved, where);
        errors_.add(where, message_id::secret_not_kept);
        return secret();
    }

    webhook_form const& form_;
    webhook const* stored_;
    field_errors& errors_;
    // What is said of a kept secret, since the form leads elsewhere than the saved webhook; none: it is kept.
    message refusal_;
};

POSTHORN_DECL webhook webhook_of(webhook_form const& form, webhook const* stored, field_errors& errors) {
    return form_reader(form, stored, errors).run();
}

POSTHORN_DECL bool is_testable(webhook_form const& form) noexcept {
    return posthorn::detail::has_visible_text(form.wording) && !form.url.empty() && !form.verb.empty() &&
           !form.object.empty();
}

} // namespace posthorn::admin
