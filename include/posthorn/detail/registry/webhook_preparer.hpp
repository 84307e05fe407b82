// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/lane/lane.hpp>
#include <posthorn/detail/registry/connection_rules.hpp>
#include <posthorn/detail/routing/compiled_webhook.hpp>
#include <posthorn/model/header_rules.hpp>
#include <posthorn/model/headers.hpp>
#include <posthorn/model/webhook.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace posthorn::detail {

// A webhook that has passed all checks, ready to take part.
struct prepared_webhook {
    using key = std::unique_ptr<signing_key>;
    using settings = lane_settings<key>;

    std::shared_ptr<compiled_webhook const> compiled;
    std::shared_ptr<settings> deliveries;
    // The same once more, for synchronous calls; also of a webhook that is asynchronous now, since an event
    // may have been recorded before. Null: this host makes none.
    std::shared_ptr<settings> calls;
};

// Makes of a webhook what takes part, with the policies of the host. Safe from any thread.
class webhook_preparer {
  public:
    webhook_preparer(policy_table const& policies, catalog_schema catalog) noexcept
        : policies_(policies), catalog_(catalog) {}

    // Checks all but the filter, which is no reason to forget a webhook that the registry has. The condition
    // becomes canonical.
    [[nodiscard]] std::optional<prepared_webhook> prepare(webhook& w, field_errors& errors) const {
        auto compiled = compiled_webhook::compile(w, catalog_, errors);
        if (compiled && !policies_.allows_endpoint(compiled->endpoint()))
            errors.add("url", message_id::address_refused);
        if (compiled && !w.connection.empty())
            check(w.connection, compiled->endpoint(), errors);
        if (!policies_.supports(w.mode))
            errors.add("mode", unsupported(w.mode));
        if (w.pace.period < std::chrono::milliseconds(1) || w.pace.period > std::chrono::hours(24))
            errors.add("pace.period", {message_id::rate_period, {std::to_string(w.pace.period.count())}});
        auto first = make_key(w, errors);
        auto second = makes_calls() && errors.empty() ? make_key(w, errors) : nullptr;
        if (!errors.empty())
            return std::nullopt;
        if (compiled->condition())
            w.condition = compiled->condition()->text();
        auto const connection =
            w.connection.empty() ? nullptr : std::make_shared<connection_settings const>(w.connection);
        prepared_webhook made;
        made.deliveries = settings_of(w, *compiled, std::move(first), connection);
        if (second)
            made.calls = settings_of(w, *compiled, std::move(second), connection);
        made.compiled = std::make_shared<compiled_webhook const>(*std::move(compiled));
        return made;
    }

    // Header fields that are secret by their name are kept like those that were declared so.
    static void keep_secret(webhook& w) {
        for (auto& h : w.headers)
            if (!h.is_secret() && header_is_secret(h.name()))
                h = webhook_header(h.name(), secret(h.value()));
    }

  private:
    using key = prepared_webhook::key;
    using settings = prepared_webhook::settings;

    // Of a proxy with a name, the guard is asked when its addresses are known.
    void check(connection_settings const& c, url const& endpoint, field_errors& errors) const {
        field_errors wrong;
        check_connection(c, endpoint.https(), wrong);
        if (auto const proxy = proxy_of(c);
            proxy && proxy->is_address() && !policies_.allows_endpoint(*proxy))
            wrong.add("connection.proxy", message_id::address_refused);
        if (wrong.empty())
            policies_.check_connection(c, wrong);
        for (auto const& one : wrong)
            errors.add(one);
    }

    [[nodiscard]] key make_key(webhook const& w, field_errors& errors) const {
        auto made = policies_.make_key(w.signing);
        if (made)
            return *std::move(made);
        errors.add("signing", {message_id::signing_refused, {made.error()}});
        return nullptr;
    }

    [[nodiscard]] bool makes_calls() const noexcept {
        return policies_.supports(call_mode::in_transaction) || policies_.supports(call_mode::after_commit);
    }

    [[nodiscard]] message unsupported(call_mode wanted) const {
        std::optional<message_argument> choices;
        for (auto const m : {call_mode::in_transaction, call_mode::after_commit, call_mode::fire_and_forget})
            if (policies_.supports(m))
                choices = choices ? message(message_id::either, {*choices, to_string(m)})
                                  : message_argument(to_string(m));
        return {message_id::mode_unsupported, {to_string(wanted), choices.value_or("")}};
    }

    [[nodiscard]] static std::shared_ptr<settings>
    settings_of(webhook const& w, compiled_webhook const& compiled, key sign,
                std::shared_ptr<connection_settings const> connection) {
        header_block secrets;
        for (auto const& h : w.headers)
            if (h.is_secret() || header_is_secret(h.name()))
                secrets.add(h.name(),
                            h.is_secret() ? h.secret_value().reveal() : std::string_view(h.value()));
        auto made = std::make_shared<settings>(
            settings{compiled.endpoint(), secret(secrets.text()), std::move(sign), w.active, w.pace,
                     std::move(connection), proxy_authorization(w.connection)});
        made->revision = w.revision;
        made->url_hash = std::hash<std::string>()(w.url);
        return made;
    }

    policy_table const& policies_;
    catalog_schema const catalog_;
};

} // namespace posthorn::detail
