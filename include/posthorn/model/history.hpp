// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/enum_name.hpp>
#include <posthorn/model/record.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// Who does what nobody else is named for: the library itself, or a host that names no user.
inline constexpr std::string_view system_user = "system";

/// What was done to a webhook.
enum class history_action : std::uint8_t {
    created,
    changed,
    deleted,
    /// Its receiver answered 410 Gone.
    disabled,
    /// Somebody made a test call; nothing changed.
    tested,
    /// Somebody redelivered one of its deliveries, which is the field "delivery"; nothing changed.
    redelivered,
};

/// "created", "changed", "deleted", "disabled", "tested", "redelivered".
[[nodiscard]] constexpr std::string_view to_string(history_action a) noexcept {
    constexpr std::string_view names[] = {"created",  "changed", "deleted",
                                          "disabled", "tested",  "redelivered"};
    return detail::enum_name(names, a);
}

/// One field of a webhook, before and after.
struct field_change {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    field_change() noexcept {}
    field_change(std::string which, std::string before, std::string after)
        : field(std::move(which)), from(std::move(before)), to(std::move(after)) {}

    [[nodiscard]] friend bool operator==(field_change const&, field_change const&) = default;

    /// "wording", "translations.fr.wording", "url", "headers.X-Token", "signing[0]"; the names of field_error
    /// where there are such.
    std::string field;
    /// The value as people write it; empty: it was not set. A secret is `***` and a fingerprint, by which two
    /// secrets can be told apart; a long text ends with `...`.
    std::string from;
    std::string to;
};

/// What somebody did to a webhook, a filter or a list filter.
struct history_entry {
    history_entry() noexcept {}

    [[nodiscard]] friend bool operator==(history_entry const&, history_entry const&) = default;

    /// Given by the registry: larger than all that it gave before.
    std::uint64_t number = 0;
    /// What `subject` identifies.
    record_kind kind = record_kind::webhook;
    /// The webhook, filter or list filter.
    uuid subject{};
    wall_time time{};
    /// Who did it.
    std::string user;
    history_action what = history_action::changed;
    /// In the order of the form.
    std::vector<field_change> changes;
    /// The entry cannot be read: only its number and its subject are known, and the text that is stored.
    bool damaged = false;
    std::string stored;
};

} // namespace posthorn
