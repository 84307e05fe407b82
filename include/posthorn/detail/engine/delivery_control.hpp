// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/engine/engine.hpp>
#include <posthorn/model/stored_delivery.hpp>

#include <optional>

// What a person does with a single delivery: in the storage, or with the lane that has it in hand.
namespace posthorn::detail {

class delivery_control {
  public:
    explicit delivery_control(engine& e) noexcept : engine_(e) {}

    // Any thread; waits for the storage. Gives the state that it has now; of one that is in hand,
    // `delivering`: it is done unless the delivery ends first.
    [[nodiscard]] result<delivery_state> change(uuid const& id, delivery_change what) {
        // A worker may take it, or settle it, in between.
        constexpr int tries = 3;
        for (int i = 0; i != tries; ++i) {
            auto const known = engine_.policies().find_delivery(id);
            if (!known)
                return known.error();
            if (!*known)
                return error_code(errc::unknown_delivery);
            if ((*known)->state == delivery_state::delivering)
                return ask(**known, what);
            if (auto const allowed = allow(**known, what); !allowed)
                return allowed.error();
            auto const moved = engine_.policies().change_delivery(id, what, engine_.policies().now());
            if (!moved)
                return moved.error();
            if (!*moved)
                continue;
            if (engine_.runs())
                engine_.kick();
            return changed_to(what);
        }
        return error_code(errc::not_in_this_state);
    }

  private:
    [[nodiscard]] result<void> allow(stored_delivery const& d, delivery_change what) {
        if (!changeable(what).has(d.state))
            return error_code(errc::not_in_this_state);
        if (changed_to(what) != delivery_state::pending)
            return {};
        auto const home = engine_.registry().lane_of(d.what->webhook());
        if (!home)
            return error_code(errc::unknown_webhook);
        if (d.what->request().size() == 0)
            return error_code(errc::not_rendered);
        // What was wanted of it before is wanted no more.
        if (engine_.runs())
            engine_.shard_of(*home).ask(home, d.what->id(), std::nullopt);
        return {};
    }

    [[nodiscard]] result<delivery_state> ask(stored_delivery const& d, delivery_change what) {
        if (changed_to(what) == delivery_state::pending)
            return error_code(errc::not_in_this_state);
        if (d.lease != engine_.hold().id || !engine_.runs())
            return error_code(errc::delivery_busy);
        if (auto const home = engine_.registry().lane_of(d.what->webhook()))
            engine_.shard_of(*home).ask(home, d.what->id(), changed_to(what));
        return d.state;
    }

    engine& engine_;
};

} // namespace posthorn::detail
