// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/record.hpp>
#include <posthorn/model/uuid.hpp>

#include <cstdint>
#include <string>

namespace posthorn {

/// A stored record that cannot be read, or that this host cannot use: it affects nothing but itself. Save a
/// webhook or a filter under its id and revision to repair it, or remove it.
///
/// Deliveries of a damaged webhook wait in the storage until it is repaired. An event that it asks for, as
/// far as that can be told, is refused for it with `errc::webhook_unusable`; where it has a say in the host's
/// transaction, the transaction is rolled back.
struct damaged_record {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    damaged_record() noexcept {}

    record_key which;
    /// Of the webhook or filter; nil: the key is no id.
    uuid id{};
    std::uint64_t revision = 0;
    /// What is wrong with it; several lines, where several fields are.
    std::string reason;
};

} // namespace posthorn
