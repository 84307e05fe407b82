// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/record_migration.hpp>
#include <posthorn/impl/detail/registry/records.ipp>

#include <boost/json/serialize.hpp>

#include <cstdint>
#include <utility>

namespace posthorn::detail {

// No change ever reaches it; a number beyond it is damage.
inline constexpr std::int64_t largest_revision = std::int64_t{1} << 62;

POSTHORN_DECL std::optional<migrated_webhook> moved_webhook(std::string_view text,
                                                            std::vector<sealed_secret> const& secrets) {
    // A byte that is not UTF-8 stays, and the field that holds it is what is damaged.
    auto object = object_of(text, true);
    if (!object || !can_be_written(*object))
        return std::nullopt;
    migrated_webhook moved;
    if (auto const* const revision = object->if_contains("revision");
        revision != nullptr && revision->is_int64() && revision->get_int64() > 0 &&
        revision->get_int64() < largest_revision)
        moved.revision = revision->get_int64();
    if (auto const* const active = object->if_contains("active"); active != nullptr && active->is_bool())
        moved.active = active->get_bool();
    object->erase("revision");
    if (!secrets.empty())
        (*object)["secrets"] = sealed_records(secrets);
    moved.text = json::serialize(*object);
    return moved;
}

POSTHORN_DECL std::string moved_entry(wall_time time, std::string_view user, std::int64_t action,
                                      std::string_view changes) {
    auto const known = object_of(changes);
    auto const* const list = known ? known->if_contains("changes") : nullptr;
    bool const good =
        list != nullptr && action >= 0 && action <= static_cast<std::int64_t>(history_action::redelivered);
    json::object o;
    o["time"] = stored_time(time);
    o["user"] = json::string_view(user.data(), user.size());
    o["action"] = good ? to_string(static_cast<history_action>(action)) : std::string_view();
    o["changes"] = good ? *list : json::value();
    return json::serialize(o);
}

} // namespace posthorn::detail
