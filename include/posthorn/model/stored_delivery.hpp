// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/delivery.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace posthorn {

/// A set of delivery states.
class delivery_states {
  public:
    constexpr delivery_states() noexcept = default;
    constexpr delivery_states(std::initializer_list<delivery_state> all) noexcept {
        for (auto const s : all)
            bits_ |= bit(s);
    }

    /// Every state.
    [[nodiscard]] static constexpr delivery_states all() noexcept {
        using enum delivery_state;
        return {pending, delivering, delivered, failed, cancelled, paused};
    }

    [[nodiscard]] constexpr bool has(delivery_state s) const noexcept { return (bits_ & bit(s)) != 0; }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }

    [[nodiscard]] friend constexpr bool operator==(delivery_states, delivery_states) = default;

  private:
    [[nodiscard]] static constexpr unsigned bit(delivery_state s) noexcept {
        return 1U << static_cast<unsigned>(s);
    }

    unsigned bits_ = 0;
};

/// Which deliveries are looked for, newest first.
struct delivery_query {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    delivery_query() noexcept {}

    /// Only those with a smaller number, for the next page; 0: from the newest on.
    std::uint64_t before = 0;
    /// At most so many.
    std::size_t limit = 50;
    delivery_states states = delivery_states::all();
    /// Only those of these webhooks, in ascending order; none: of all.
    std::optional<std::vector<uuid>> webhooks;
};

/// A delivery as a storage keeps it.
struct stored_delivery {
    stored_delivery() noexcept {}

    /// Given by the storage: larger than all that it gave before.
    std::uint64_t number = 0;
    /// In a list it may lack its request.
    delivery_ptr what;
    delivery_state state = delivery_state::pending;
    /// Attempts made.
    unsigned attempts = 0;
    /// The lease that holds it; 0: none does.
    std::uint64_t lease = 0;
    /// Of one that is pending: when it is due.
    wall_time not_before{};
    /// When its first attempt began.
    std::optional<wall_time> started;
    /// When it ended.
    std::optional<wall_time> ended;
    /// Why its last attempt, or its rendering, failed; empty: it did not.
    std::string error;
};

/// One page of deliveries.
struct delivery_page {
    delivery_page() noexcept {}

    std::vector<stored_delivery> found;
    /// `delivery_query::before` of the next page; 0: this is the last one. A storage looks through a bounded
    /// number of deliveries at once, so a page may hold fewer than the limit, and another one follow all the
    /// same.
    std::uint64_t next = 0;
};

/// One attempt of a delivery, as a storage keeps it.
struct stored_attempt {
    stored_attempt() noexcept {}

    [[nodiscard]] friend bool operator==(stored_attempt const&, stored_attempt const&) = default;

    /// From 1.
    unsigned number = 0;
    wall_time started{};
    wall_time ended{};
    /// The status that it was answered with; 0: none.
    int status = 0;
    /// Why it failed; empty: it did not.
    std::string error;
    /// Of one that failed: the beginning of what the receiver answered, or what the transport says.
    /// Untrusted.
    std::string answer;
};

/// What a person does with one delivery.
enum class delivery_change : std::uint8_t {
    /// Ends it: pending, paused or failed becomes cancelled.
    cancel,
    /// pending becomes paused.
    pause,
    /// paused becomes pending, due at once.
    resume,
    /// failed or cancelled becomes pending, due at once, for one more attempt.
    redeliver,
};

/// The states from which a delivery can be changed like this.
[[nodiscard]] constexpr delivery_states changeable(delivery_change what) noexcept {
    using enum delivery_state;
    switch (what) {
    case delivery_change::cancel:
        return {pending, paused, failed};
    case delivery_change::pause:
        return {pending};
    case delivery_change::resume:
        return {paused};
    default:
        return {failed, cancelled};
    }
}

/// What becomes of it.
[[nodiscard]] constexpr delivery_state changed_to(delivery_change what) noexcept {
    switch (what) {
    case delivery_change::cancel:
        return delivery_state::cancelled;
    case delivery_change::pause:
        return delivery_state::paused;
    default:
        return delivery_state::pending;
    }
}

} // namespace posthorn
