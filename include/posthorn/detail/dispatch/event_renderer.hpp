// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/dispatch/rendered_event.hpp>
#include <posthorn/detail/engine/claim_plan.hpp>
#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/routing/predicates.hpp>
#include <posthorn/detail/routing/routing.hpp>
#include <posthorn/dispatch_result.hpp>
#include <posthorn/options.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace posthorn::detail {

// Makes of an event what is stored or sent: matches it with the routes, and renders a delivery for each. Safe
// from any thread.
class event_renderer {
  public:
    // `unsettled`: how many deliveries are in memory.
    event_renderer(policy_table& policies, options const& settings, catalog_schema catalog,
                   std::atomic<std::ptrdiff_t> const& unsettled) noexcept
        : policies_(policies), options_(settings), catalog_(catalog), unsettled_(unsettled) {}

    // With the routes of `b`. No row: nobody asked.
    void render(event_view& e, std::optional<wall_time> time, std::optional<uuid> id, rendered_event& b) {
        if (auto const* const broken = b.routes->unusable())
            refuse_unusable(e, time, id, *broken, b);
        if (!b.routes->asked_for(e.object_index, e.what))
            return;
        bool const read = b.routes->needs_event(e.object_index, e.what);
        if (read)
            identify(e, time, id, b);
        // A thread's own; nothing that is called while it matches can dispatch.
        thread_local predicate_memo memo;
        b.routes->match(e, memo, b.matches);
        b.outcome.set_matched(b.matches.size() + b.outcome.refused().size());
        if (b.matches.empty())
            return;
        if (!read)
            identify(e, time, id, b);
        b.rows.reserve(b.matches.size());
        render_limits limits;
        limits.body = options_.body_bytes;
        auto const most = lane_bound(unsettled_.load(), options_);
        // Rendered into memory that is there, and kept in as much as it needs.
        thread_local request_text text;
        event_summary const summary(catalog_[e.object_index].name, e.what, e.actor);
        for (auto const& match : b.matches) {
            auto const delivery_id = policies_.make_id(b.now);
            text.clear();
            auto const error = match->what->render(e, limits, text);
            b.calls += is_synchronous(match->what->mode());
            b.rows.emplace_back(delivery::make(delivery_id, match->webhook, e.id, b.now,
                                               match->what->method(), text.view(), summary),
                                error);
            if (!is_synchronous(match->what->mode())) {
                b.rows.back().in_order = match->what->in_order();
                b.rows.back().is_left = match->what->in_order() || !match->home->room.takes_next(most);
            }
        }
        text.shrink(largest_buffer_kept);
    }

    // Takes out what only those who wait can have.
    void refuse_calls(rendered_event& b) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i != b.rows.size(); ++i) {
            auto const& match = *b.matches[i];
            if (is_synchronous(match.what->mode())) {
                error_code const ec = errc::needs_waiting;
                refuse(b, match, *b.rows[i].what, refusal(match.webhook, ec, ec.message()));
            } else {
                std::swap(b.rows[kept], b.rows[i]);
                std::swap(b.matches[kept++], b.matches[i]);
            }
        }
        b.rows.erase(b.rows.begin() + static_cast<std::ptrdiff_t>(kept), b.rows.end());
        b.matches.erase(b.matches.begin() + static_cast<std::ptrdiff_t>(kept), b.matches.end());
        b.calls = 0;
    }

    // One match was not accepted.
    void refuse(rendered_event& b, route<engine_key> const& match, delivery const& what, refusal no) {
        policies_.notify(refused_notice{match.webhook, what.event(), no.error(), no.message(), b.now});
        b.outcome.add_refusal(std::move(no));
    }

  private:
    // What a thread keeps of a buffer that one large body has grown.
    static constexpr std::size_t largest_buffer_kept = 256 * 1024;

    // Events that webhooks ask for which cannot be used: nothing can be sent, and nothing is kept silent.
    void refuse_unusable(event_view& e, std::optional<wall_time> time, std::optional<uuid> id,
                         unusable_routes const& all, rendered_event& b) {
        for (auto const& r : all) {
            if (r.object != e.object_index || (r.what && *r.what != e.what))
                continue;
            if (b.outcome.refused().empty())
                identify(e, time, id, b);
            b.vetoed = b.vetoed || r.vetoes;
            error_code const ec = errc::webhook_unusable;
            policies_.notify(refused_notice{r.webhook, e.id, ec, ec.message(), b.now});
            b.outcome.add_refusal(refusal(r.webhook, ec, ec.message()));
        }
        b.outcome.set_matched(b.outcome.refused().size());
    }

    // Gives the event its time and id, once.
    void identify(event_view& e, std::optional<wall_time> time, std::optional<uuid> id, rendered_event& b) {
        b.now = policies_.now();
        e.time = time.value_or(b.now);
        e.id = id ? *id : policies_.make_id(b.now);
        e.id_text = uuid_text(e.id);
    }

    policy_table& policies_;
    options const& options_;
    catalog_schema const catalog_;
    std::atomic<std::ptrdiff_t> const& unsettled_;
};

} // namespace posthorn::detail
