// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/service_base.hpp>
#include <posthorn/impl/admin/service_base.ipp>

#include <algorithm>
#include <map>
#include <utility>

namespace posthorn::admin {

POSTHORN_DECL std::string service_base::label_of(acting_user const& user, uuid const& webhook) const {
    if (auto const w = core_.find(webhook))
        return std::string(w->wording_in(user.language));
    // What it was called when it was removed.
    history_query q;
    q.of.emplace(record_kind::webhook, to_text(webhook));
    q.limit = 1;
    auto const past = core_.history(q);
    if (past && !past->empty())
        for (auto const& c : past->front().changes)
            if (c.field == "wording" && !c.from.empty())
                return c.from;
    return to_text(webhook);
}

namespace detail {

// What a storage keeps of an error is its English text. Another one than of this library stays as it is.
[[nodiscard]] inline std::string error_text(std::string const& kept, language in) {
    for (int value = 1; in != language::english && value <= static_cast<int>(errc::bad_key); ++value)
        if (auto const e = make_error_code(static_cast<errc>(value)); e.message() == kept)
            return describe(e, in);
    return kept;
}

} // namespace detail

POSTHORN_DECL admin::order service_base::shown(stored_delivery const& from, std::string label, language in) {
    admin::order to;
    auto const about = from.what->summary();
    to.id = from.what->id();
    to.webhook = from.what->webhook();
    to.label = std::move(label);
    to.event = posthorn::detail::event_name(about.object, about.what);
    to.user = about.actor;
    to.status = status_of(from.state);
    to.progress = is_end(from.state) ? 100 : 0;
    to.accepted = from.what->created();
    to.started = from.started;
    to.ended = from.ended;
    to.attempts = from.attempts;
    if (from.state == delivery_state::pending)
        to.next_attempt = from.not_before;
    to.error = detail::error_text(from.error, in);
    return to;
}

POSTHORN_DECL outcome<order_page> service_base::orders(acting_user const& user,
                                                       order_query const& query) const {
    if (auto errors = missing(user, {right::view_orders}); !errors.empty())
        return errors;
    using enum delivery_state;
    delivery_query wanted;
    wanted.before = query.before;
    wanted.limit = std::clamp<std::size_t>(query.limit, 1, most_in_a_page);
    wanted.states = query.status           ? delivery_states{state_of(*query.status)}
                    : query.show_completed ? delivery_states::all()
                                           : delivery_states{pending, delivering, failed, paused};
    if (!query.text.empty()) {
        auto& some = wanted.webhooks.emplace();
        core_.visit([&](webhook const& w, std::uint64_t) {
            if (detail::wording_contains(w, query.text))
                some.push_back(w.id);
        });
        std::ranges::sort(some);
    }
    auto const found = core_.deliveries(wanted);
    if (!found)
        return detail::storage_errors(found.error());
    auto const completed = core_.count(completed_orders, order_page::completed_counted);
    if (!completed)
        return detail::storage_errors(completed.error());
    order_page page;
    // Many orders are of few webhooks.
    std::map<uuid, std::string> labels;
    for (auto const& d : found->found) {
        auto const [known, is_new] = labels.try_emplace(d.what->webhook());
        if (is_new)
            known->second = label_of(user, known->first);
        page.found.push_back(shown(d, known->second, language_of(user.language)));
    }
    page.next = found->next;
    page.completed = *completed;
    return page;
}

POSTHORN_DECL outcome<order_detail> service_base::order(acting_user const& user, uuid const& id) const {
    if (auto errors = missing(user, {right::view_orders}); !errors.empty())
        return errors;
    auto const found = core_.find_delivery(id);
    if (!found)
        return detail::storage_errors(found.error());
    if (!*found)
        return detail::one_error("id", {message_id::order_unknown, {to_text(id)}});
    auto attempts = core_.attempts(id);
    if (!attempts)
        return detail::storage_errors(attempts.error());
    auto const& d = *(*found)->what;
    order_detail all;
    auto const in = language_of(user.language);
    static_cast<admin::order&>(all) = shown(**found, label_of(user, d.webhook()), in);
    all.method = to_string(d.method());
    if (auto const w = core_.find(d.webhook()))
        all.url = w->url.substr(0, w->url.find_first_of("/?", w->url.find("://") + 3));
    all.url += d.request().target();
    detail::add_header_lines(d.request().headers(), false, all.headers);
    all.body = d.request().body();
    all.made = *std::move(attempts);
    for (auto& a : all.made)
        a.error = detail::error_text(a.error, in);
    return all;
}

namespace detail {

// Whether it says something of the order, not of the storage.
[[nodiscard]] inline bool concerns_order(error_code const& ec) {
    return ec == errc::not_in_this_state || ec == errc::delivery_busy || ec == errc::not_rendered ||
           ec == errc::unknown_webhook;
}

} // namespace detail

POSTHORN_DECL outcome<admin::order> service_base::change(acting_user const& user, uuid const& id,
                                                         delivery_change what) {
    if (auto errors = missing(user, {right::view_orders, right::manage_orders}); !errors.empty())
        return errors;
    auto const changed = core_.change_delivery(id, what);
    if (!changed && changed.error() == errc::unknown_delivery)
        return detail::one_error("id", {message_id::order_unknown, {to_text(id)}});
    if (!changed && detail::concerns_order(changed.error()))
        return detail::one_error("status", {message_id::order_refuses, {changed.error()}});
    if (!changed)
        return detail::storage_errors(changed.error());
    auto const found = core_.find_delivery(id);
    if (!found)
        return detail::storage_errors(found.error());
    admin::order now;
    // A storage may forget one that has ended.
    now.id = id;
    now.status = status_of(*changed);
    if (*found) {
        now = shown(**found, label_of(user, (*found)->what->webhook()), language_of(user.language));
        if (what == delivery_change::redeliver) {
            field_change const which("delivery", {}, to_text(id));
            if (auto const noted = core_.note(now.webhook, history_action::redelivered, user.name, {which});
                !noted)
                return detail::storage_errors(noted.error());
            (void)seal_history();
        }
    }
    return now;
}

} // namespace posthorn::admin
