// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/webhook.hpp>
#include <posthorn/storage/encryption_keys.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace posthorn::admin {

/// A header field as a person edits it.
struct header_input {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    header_input() noexcept {}
    header_input(std::string field, std::string typed, bool hide = false)
        : name(std::move(field)), value(std::move(typed)), is_secret(hide) {}

    [[nodiscard]] friend bool operator==(header_input const&, header_input const&) = default;

    std::string name;
    /// Of a secret that is kept: a mask and a fingerprint.
    std::string value;
    bool is_secret = false;
    /// The secret stays what it is; its value was not typed. See `webhook_of`.
    bool is_kept = false;
};

/// A key that signs requests, as a person edits it.
struct key_input {
    key_input() noexcept {}
    explicit key_input(std::string typed, std::optional<wall_time> end = std::nullopt)
        : value(std::move(typed)), not_after(end) {}

    [[nodiscard]] friend bool operator==(key_input const&, key_input const&) = default;

    /// Of a key that is kept: a mask and a fingerprint.
    std::string value;
    /// The last instant at which it signs; none: until it is removed.
    std::optional<wall_time> not_after;
    /// Which of the saved keys this is, from 0; none: a new one.
    std::optional<std::size_t> kept;
};

/// A secret of a connection, as a person edits it.
struct secret_input {
    secret_input() noexcept {}
    explicit secret_input(std::string typed) : value(std::move(typed)) {}

    [[nodiscard]] friend bool operator==(secret_input const&, secret_input const&) = default;

    /// Of a secret that is kept: a mask and a fingerprint. Empty: there is none.
    std::string value;
    /// The secret stays what it is; its value was not typed.
    bool is_kept = false;
};

/// How the receiver is reached and proved, as a person edits it; see `connection_settings`.
struct connection_input {
    connection_input() noexcept {}

    [[nodiscard]] friend bool operator==(connection_input const&, connection_input const&) = default;

    std::string ca;
    std::string client_certificate;
    secret_input client_key;
    std::string proxy;
    secret_input proxy_credentials;
};

/// A webhook as a person edits it: texts as they were typed, secrets never shown again.
struct webhook_form {
    webhook_form() noexcept {}

    [[nodiscard]] friend bool operator==(webhook_form const&, webhook_form const&) = default;

    /// Nil: a new webhook.
    uuid id{};
    /// What the form was filled from; saving over another one is refused.
    std::uint64_t revision = 0;
    /// In the platform's default language. Required.
    std::string wording;
    std::string description;
    /// In the other ones.
    std::vector<translation> translations;
    bool active = true;
    /// Required.
    std::string url;
    /// GET, POST, PUT, PATCH or DELETE; DEL is read as DELETE. Required.
    std::string verb = "POST";
    std::string body;
    /// Sends the standard body, whatever `body` says.
    bool default_body = false;
    std::vector<header_input> headers;
    bool synchronous = false;
    /// Only with `synchronous`.
    bool transaction_execution = false;
    /// @name The event
    /// @{
    /// The catalog's name of the object type. Required.
    std::string object;
    /// all, created, modified or deleted; create, modify and delete are read too.
    std::string action = "all";
    /// None: all projects.
    std::optional<uuid> filter;
    std::string condition;
    /// @}
    std::vector<key_input> signing;
    connection_input connection;
    /// How fast it is told, and whether in order.
    pacing pace;
};

/// What a person is shown of a webhook to edit it.
///
/// @param keys of the registry: a secret is shown as a mask with a fingerprint that these keys give; without
///             keys as a mask alone
[[nodiscard]] POSTHORN_DECL webhook_form form_of(webhook const& w,
                                                 encryption_keys const& keys = encryption_keys());

/// The webhook that a form means. What cannot be read is an error of its field; the rest is checked when the
/// webhook is saved.
///
/// A kept secret is bound to the scheme, host and port of the URL and to the proxy for which it was entered.
/// If the form changes one of them, each kept secret is an error of its field: it must be entered again, or
/// removed. Spellings of one address or name, such as case, a default port or a trailing dot, are the same.
///
/// @param stored the webhook that the form was filled from, which keeps the secrets; null: there is none
/// @param errors gets "verb", "event", "transaction_execution", "headers[2]", "signing[0]",
///               "connection.client_key", "connection.proxy_credentials"
[[nodiscard]] POSTHORN_DECL webhook webhook_of(webhook_form const& form, webhook const* stored,
                                               field_errors& errors);

/// Whether the four required fields are filled, so that the webhook can be tested.
[[nodiscard]] POSTHORN_DECL bool is_testable(webhook_form const& form) noexcept;

} // namespace posthorn::admin

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/admin/form.ipp>
#endif
