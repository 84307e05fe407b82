// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <string>
#include <utility>

namespace posthorn {

/// A small record that a registry keeps for others: a saved list filter, what a user has chosen. What it
/// means is known to those who put it. A plain value.
struct setting {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    setting() noexcept {}
    setting(std::string of, std::string name, std::string text)
        : kind(std::move(of)), key(std::move(name)), value(std::move(text)) {}

    [[nodiscard]] friend bool operator==(setting const&, setting const&) = default;

    /// What sort of record it is; keys of different kinds have nothing to do with each other.
    std::string kind;
    /// Which one of its kind. Never empty.
    std::string key;
    /// No secret: it is stored in clear.
    std::string value;
};

} // namespace posthorn
