// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/field_error.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/model/record.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/webhook.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Webhooks and filters as JSON text that a database keeps. Records are data: what they hold is checked when
// they are read. Pure.
namespace posthorn::detail {

// A secret and the field that it stands in: "headers[2]", "signing[0]", "connection.client_key".
struct secret_field {
    std::string field;
    secret value;
};

// A secret as it is stored: encrypted with the key of this id.
struct sealed_secret {
    std::string field;
    std::string key;
    std::string sealed;
};

// What a record keeps of a webhook beside what people enter.
struct webhook_facts {
    std::vector<sealed_secret> secrets;
    // The revision with which it became active last.
    std::uint64_t activated = 0;
    // Of a webhook that the host's code ensures: the revision that it made last. While that is the stored
    // one, no user has changed it.
    std::uint64_t drafted = 0;
};

// Everything but the id, the revision and the secrets in the clear.
[[nodiscard]] POSTHORN_DECL std::string record_of(webhook const& w, webhook_facts const& facts = {});

// Errors: `errc::bad_record`; `where` is then the first member that is missing or wrong, and empty where the
// record is no JSON object.
[[nodiscard]] POSTHORN_DECL result<webhook_facts> facts_of(std::string_view record,
                                                           std::string* where = nullptr);

// The same record, but inactive; all other members stay, also those that this version does not know. Errors:
// `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL result<std::string> deactivated(std::string_view record);

// The same record of this revision with its secrets encrypted otherwise, which is no change by a user.
// Errors: `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL result<std::string> with_secrets(std::string_view record, std::uint64_t revision,
                                                             std::vector<sealed_secret> const& secrets);

// Which events a webhook asks for, of a record that is damaged otherwise. An empty object type: not even that
// can be read.
struct event_selector {
    std::string object;
    std::optional<uuid> filter;
    std::optional<action> what;
    call_mode mode = call_mode::fire_and_forget;
    bool active = true;
};
[[nodiscard]] POSTHORN_DECL event_selector selector_of(std::string_view record);

// The secrets that `record_of` leaves out.
[[nodiscard]] POSTHORN_DECL std::vector<secret_field> secrets_of(webhook const& w);

// Puts both together again; the revision is not part of it. Errors: `errc::bad_record`; `where` as above.
[[nodiscard]] POSTHORN_DECL result<webhook> webhook_of(uuid const& id, std::string_view record,
                                                       std::vector<secret_field> secrets,
                                                       std::string* where = nullptr);

// Everything but the id and the revision.
[[nodiscard]] POSTHORN_DECL std::string record_of(filter const& f);

// An entry of the history; its number and its subject are kept beside.
[[nodiscard]] POSTHORN_DECL std::string record_of(history_entry const& e);

// An entry as a registry returns it; one that cannot be read has nothing but its number and its subject, and
// is marked as damaged.
[[nodiscard]] POSTHORN_DECL history_entry entry_of(history_record const& stored);

// The key of a setting: what sort it is, and which one of its sort.
[[nodiscard]] inline std::string setting_key(std::string_view sort, std::string_view name) {
    return std::string(sort).append(1, ':').append(name);
}

// A setting's value, as the JSON text that its record holds. Errors: `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL std::string record_of_text(std::string_view text);
[[nodiscard]] POSTHORN_DECL result<std::string> text_of_record(std::string_view record);

// Whether the text can be stored as part of a record or a key: UTF-8 without NUL.
[[nodiscard]] POSTHORN_DECL bool is_storable(std::string_view text) noexcept;

// Every text that cannot be stored is an error of its field.
POSTHORN_DECL void check_storable(webhook const& w, field_errors& errors);
POSTHORN_DECL void check_storable(filter const& f, field_errors& errors);

// Errors: `errc::bad_record`; `where` as above.
[[nodiscard]] POSTHORN_DECL result<filter> filter_of(uuid const& id, std::string_view record,
                                                     std::string* where = nullptr);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/registry/records.ipp>
#endif
