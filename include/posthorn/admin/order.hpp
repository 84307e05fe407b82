// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/enum_name.hpp>
#include <posthorn/model/language.hpp>
#include <posthorn/model/stored_delivery.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::admin {

/// Where a pending order stands, as people are told it.
enum class order_status : std::uint8_t { queued, in_progress, success, failure, cancelled, paused };

/// "queued", "in_progress", "success", "failure", "cancelled", "paused".
[[nodiscard]] constexpr std::string_view to_string(order_status s) noexcept {
    constexpr std::string_view names[] = {"queued",  "in_progress", "success",
                                          "failure", "cancelled",   "paused"};
    return posthorn::detail::enum_name(names, s);
}

/// The status of this name; nothing if it is none.
[[nodiscard]] constexpr std::optional<order_status> parse_order_status(std::string_view name) noexcept {
    using enum order_status;
    for (auto const s : {queued, in_progress, success, failure, cancelled, paused})
        if (to_string(s) == name)
            return s;
    return std::nullopt;
}

/// What people read: "In progress", "En cours".
[[nodiscard]] constexpr std::string_view text_of(order_status s, language in) noexcept {
    constexpr std::string_view english[] = {"Queued",  "In progress", "Success",
                                            "Failure", "Cancelled",   "Paused"};
    constexpr std::string_view french[] = {"En attente", "En cours", "Succès", "Échec", "Annulé", "En pause"};
    auto const i = static_cast<std::size_t>(s);
    return in == language::french ? french[i] : english[i];
}

/// One that waits for its first or its next attempt is queued; one that a worker has in hand is in progress.
[[nodiscard]] constexpr order_status status_of(delivery_state s) noexcept {
    switch (s) {
    case delivery_state::pending:
        return order_status::queued;
    case delivery_state::delivering:
        return order_status::in_progress;
    case delivery_state::delivered:
        return order_status::success;
    case delivery_state::failed:
        return order_status::failure;
    case delivery_state::cancelled:
        return order_status::cancelled;
    default:
        return order_status::paused;
    }
}

[[nodiscard]] constexpr delivery_state state_of(order_status s) noexcept {
    using enum delivery_state;
    for (auto const state : {pending, delivering, delivered, failed, cancelled})
        if (status_of(state) == s)
            return state;
    return paused;
}

/// Those that nobody has to see to any more. A failure is not: somebody may redeliver or cancel it.
inline constexpr delivery_states completed_orders{delivery_state::delivered, delivery_state::cancelled};

/// Which pending orders are looked for, newest first.
struct order_query {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    order_query() noexcept {}

    /// What the label must contain, whatever its case; empty: anything. Orders of deleted webhooks are found
    /// without it only.
    std::string text;
    /// None: all but the completed ones, unless `show_completed`.
    std::optional<order_status> status;
    bool show_completed = false;
    /// `order_page::next` of the page before; 0: from the newest on.
    std::uint64_t before = 0;
    /// At most so many; at most 1000.
    std::size_t limit = 50;
};

/// A pending order: one event for one webhook.
struct order {
    order() noexcept {}

    /// The delivery's id, which the receiver knows as webhook-id.
    uuid id{};
    uuid webhook{};
    /// The webhook's wording, in the user's language.
    std::string label;
    /// "project.modified".
    std::string event;
    /// Who caused the event; empty: nobody was named.
    std::string user;
    order_status status = order_status::queued;
    /// 100 when it is completed or has failed, else 0.
    unsigned progress = 0;
    /// When the event was accepted.
    wall_time accepted{};
    /// When its first attempt began.
    std::optional<wall_time> started;
    std::optional<wall_time> ended;
    unsigned attempts = 0;
    /// Of one that is queued: when it is due.
    std::optional<wall_time> next_attempt;
    /// Why it failed, or failed last.
    std::string error;
};

/// One page of pending orders.
struct order_page {
    order_page() noexcept {}

    std::vector<order> found;
    /// `order_query::before` of the next page; 0: this is the last one. A page may hold fewer than the limit,
    /// and another one follow all the same.
    std::uint64_t next = 0;
    /// How many completed ones there are, counted up to `completed_counted`.
    std::size_t completed = 0;
    static constexpr std::size_t completed_counted = 10'000;
};

/// All that there is to see of one pending order.
struct order_detail : order {
    order_detail() noexcept {}

    std::string method;
    /// Where it is sent now, with the path that it was rendered with; of a deleted webhook the path alone.
    std::string url;
    /// "Name: value" each, without any secret one.
    std::vector<std::string> headers;
    std::string body;
    /// Those that failed at least.
    std::vector<stored_attempt> made;
};

} // namespace posthorn::admin
