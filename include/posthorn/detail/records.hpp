// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/webhook.hpp>

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

// Everything but the id and the secrets.
[[nodiscard]] POSTHORN_DECL std::string record_of(webhook const& w);

// The secrets that `record_of` leaves out.
[[nodiscard]] POSTHORN_DECL std::vector<secret_field> secrets_of(webhook const& w);

// Puts both together again. Errors: `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL result<webhook> webhook_of(uuid const& id, std::string_view record,
                                                       std::vector<secret_field> secrets);

[[nodiscard]] POSTHORN_DECL std::string record_of(filter const& f);

[[nodiscard]] POSTHORN_DECL std::string record_of(std::vector<field_change> const& changes);

// Errors: `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL result<std::vector<field_change>> changes_of(std::string_view record);

// Errors: `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL result<filter> filter_of(uuid const& id, std::string_view record);

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/records.ipp>
#endif
