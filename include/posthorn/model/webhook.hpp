// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/action.hpp>
#include <posthorn/model/call_mode.hpp>
#include <posthorn/model/connection.hpp>
#include <posthorn/model/field_error.hpp>
#include <posthorn/model/pacing.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/signing.hpp>
#include <posthorn/model/translation.hpp>
#include <posthorn/model/uuid.hpp>
#include <posthorn/model/verb.hpp>

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// One header field of a webhook: a template, or a secret that is put in when the request is sent.
class webhook_header {
  public:
    /// A field whose value may hold `{{ expressions }}`.
    webhook_header(std::string name, std::string value) : name_(std::move(name)), value_(std::move(value)) {}

    /// A field whose value is kept out of every delivery, log and history; it takes no expressions.
    webhook_header(std::string name, secret value)
        : name_(std::move(name)), secret_(std::move(value)), is_secret_(true) {}

    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    [[nodiscard]] std::string const& value() const noexcept { return value_; }
    [[nodiscard]] secret const& secret_value() const noexcept { return secret_; }
    [[nodiscard]] bool is_secret() const noexcept { return is_secret_; }

    [[nodiscard]] friend bool operator==(webhook_header const&, webhook_header const&) = default;

    /// It may hold a secret, so it is neither printed nor made JSON.
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>&,
                                                        webhook_header const&) = delete;
    template <class Tag, class Value>
    friend void tag_invoke(Tag, Value&, webhook_header const&) = delete;

  private:
    std::string name_;
    std::string value_;
    secret secret_;
    bool is_secret_ = false;
};

/// What a webhook sends as its body.
class webhook_body {
  public:
    /// No body.
    webhook_body() = default;

    /// A template; the Content-Type header says how values are escaped in it.
    explicit webhook_body(std::string text) : text_(std::move(text)), kind_(kind::text) {}

    /// `{"type": "project.modified", "timestamp": "...", "data": {the object}}`.
    [[nodiscard]] static webhook_body standard() {
        webhook_body body;
        body.kind_ = kind::standard;
        return body;
    }

    [[nodiscard]] bool is_none() const noexcept { return kind_ == kind::none; }
    [[nodiscard]] bool is_standard() const noexcept { return kind_ == kind::standard; }
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

    [[nodiscard]] friend bool operator==(webhook_body const&, webhook_body const&) = default;

  private:
    enum class kind : std::uint8_t { none, standard, text };

    std::string text_;
    kind kind_ = kind::none;
};

/// Asks for the standard body: `draft.body(posthorn::default_body)`.
struct default_body_t {
    explicit default_body_t() = default;
};
inline constexpr default_body_t default_body{};

/// What an administrator sets up: who is told about what, and how. A plain value; saving checks it.
struct webhook {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    webhook() noexcept {}

    [[nodiscard]] friend bool operator==(webhook const&, webhook const&) = default;

    /// Nil until it is saved; set it to change a saved webhook.
    uuid id{};
    /// Revision for optimistic locking; incremented with each change. Saving with a stale revision fails; 0
    /// skips the check.
    std::uint64_t revision = 0;
    /// Its name, for people, in the default language of the host. Required.
    std::string wording;
    std::string description;
    /// The same in the other languages of the host.
    std::vector<translation> translations;
    /// An inactive webhook matches nothing, and what it has pending waits.
    bool active = true;
    /// Template of an http or https URL. Required.
    std::string url;
    posthorn::verb method = verb::post;
    /// Required for POST, PUT and PATCH.
    webhook_body body;
    std::vector<webhook_header> headers;
    /// When it is called, and what its errors mean.
    call_mode mode = call_mode::fire_and_forget;
    /// The catalog's name of the object type. Required.
    std::string object;
    /// Empty: all actions.
    std::optional<action> what;
    /// The saved filter that the object's scope must pass; empty: all. Not for object types without scope.
    std::optional<uuid> filter;
    /// An expression that must be true; empty: always.
    std::string condition;
    /// The keys that sign its requests; several during rotation.
    signing_secrets signing;
    /// How fast it is told, and whether in order.
    pacing pace;
    /// A private CA, a client certificate, a proxy.
    connection_settings connection;

    /// The wording in the language of this tag, such as "fr-CA"; else in that of a shorter one, "fr"; else
    /// the default's.
    [[nodiscard]] std::string const& wording_in(std::string_view tag) const noexcept {
        auto const* const translated = detail::text_in(tag, translations, &translation::wording);
        return translated != nullptr ? *translated : wording;
    }

    /// The description, likewise.
    [[nodiscard]] std::string const& description_in(std::string_view tag) const noexcept {
        auto const* const translated = detail::text_in(tag, translations, &translation::description);
        return translated != nullptr ? *translated : description;
    }
};

} // namespace posthorn
