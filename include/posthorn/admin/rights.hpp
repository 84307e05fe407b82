// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/enum_name.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace posthorn::admin {

/// What a user may do; the host says who may do what.
enum class right : std::uint8_t {
    view_webhooks,
    /// Needs view_webhooks too.
    create_webhook,
    /// Needs view_webhooks too.
    modify_webhook,
    delete_webhook,
    view_orders,
    /// To cancel, pause, resume and redeliver.
    manage_orders,
    view_public_filters,
    create_public_filter,
    modify_public_filter,
    delete_public_filter,
};

/// How many rights there are.
inline constexpr std::size_t right_count = 10;

/// The wire name: "view_webhooks", "create_webhook", ...
[[nodiscard]] constexpr std::string_view to_string(right r) noexcept {
    constexpr std::string_view names[right_count] = {
        "view_webhooks",        "create_webhook",      "modify_webhook",      "delete_webhook",
        "view_orders",          "manage_orders",       "view_public_filters", "create_public_filter",
        "modify_public_filter", "delete_public_filter"};
    return posthorn::detail::enum_name(names, r);
}

/// The right of this wire name; none: there is no such right.
[[nodiscard]] constexpr std::optional<right> parse_right(std::string_view name) noexcept {
    for (std::size_t i = 0; i != right_count; ++i)
        if (auto const r = static_cast<right>(i); to_string(r) == name)
            return r;
    return std::nullopt;
}

/// A set of rights. A plain value; empty from the start.
class rights {
  public:
    constexpr rights() noexcept = default;

    /// Not explicit, so that one right stands for the set of it.
    constexpr rights(right r) noexcept : bits_(bit(r)) {}

    constexpr rights(std::initializer_list<right> all) noexcept {
        for (auto const r : all)
            bits_ |= bit(r);
    }

    [[nodiscard]] static constexpr rights none() noexcept { return {}; }
    [[nodiscard]] static constexpr rights all() noexcept { return from_bits((1U << right_count) - 1); }

    [[nodiscard]] constexpr bool has(right r) const noexcept { return (bits_ & bit(r)) != 0; }

    /// Whether every right of `wanted` is among these.
    [[nodiscard]] constexpr bool has_all(rights wanted) const noexcept {
        return (bits_ & wanted.bits_) == wanted.bits_;
    }

    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }

    /// The rights of either.
    [[nodiscard]] friend constexpr rights operator|(rights a, rights b) noexcept {
        return from_bits(a.bits_ | b.bits_);
    }
    /// The rights of both.
    [[nodiscard]] friend constexpr rights operator&(rights a, rights b) noexcept {
        return from_bits(a.bits_ & b.bits_);
    }
    /// The rights of `a` without those of `b`.
    [[nodiscard]] friend constexpr rights operator-(rights a, rights b) noexcept {
        return from_bits(a.bits_ & ~b.bits_);
    }
    constexpr rights& operator|=(rights other) noexcept { return *this = *this | other; }
    constexpr rights& operator&=(rights other) noexcept { return *this = *this & other; }
    constexpr rights& operator-=(rights other) noexcept { return *this = *this - other; }

    [[nodiscard]] friend constexpr bool operator==(rights, rights) noexcept = default;

  private:
    [[nodiscard]] static constexpr std::uint32_t bit(right r) noexcept {
        return std::uint32_t{1} << static_cast<unsigned>(r);
    }
    [[nodiscard]] static constexpr rights from_bits(std::uint32_t bits) noexcept {
        rights some;
        some.bits_ = bits;
        return some;
    }

    std::uint32_t bits_ = 0;
};

/// Two rights are a set.
[[nodiscard]] constexpr rights operator|(right a, right b) noexcept {
    return rights(a) | rights(b);
}

/// Who asks the administration for something, as the host has found out.
struct acting_user {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    acting_user() noexcept {}
    acting_user(std::string who, rights allowed) noexcept : name(std::move(who)), may(allowed) {}
    acting_user(std::string who, rights allowed, std::string speaks) noexcept
        : name(std::move(who)), may(allowed), language(std::move(speaks)) {}

    /// Stands in the history, and owns private filters. Unique among the host's users.
    std::string name;
    rights may;
    /// What messages and texts are shown in: "en", "fr".
    std::string language = "en";
    /// A user who is not active is not allowed to do anything, whatever his rights.
    bool is_active = true;
};

} // namespace posthorn::admin
