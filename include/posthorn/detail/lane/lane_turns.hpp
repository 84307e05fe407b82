// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/lane/lane.hpp>
#include <posthorn/model/time.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace posthorn::detail {

// Whose turn it is: the lanes of a shard that can start, one after the other, and those whose time comes.
// Those that failed or were slow of late have no more than half of what may be in flight together, and with
// those that were not tried yet no more than seven eighths, so that any number of them leaves room. Pure.
template <class Key>
class lane_turns {
  public:
    using pointer = std::shared_ptr<lane<Key>>;
    using node = queued_delivery<Key>;

    // `most`: what a shard may have in flight.
    explicit lane_turns(std::size_t most) noexcept
        : most_(most),
          bounds_{most, std::max<std::size_t>(most - std::max<std::size_t>(most / 8, 1), 1),
                  std::max<std::size_t>(most / 2, 1)} {}

    // Puts a lane where it belongs, if it is nowhere yet and has something to do. `now()` is asked only if it
    // matters. True: `earliest` has come nearer.
    template <class Now>
    bool list(pointer const& l, Now const& now) {
        // There may be more room for it by now.
        if (l->trust() < l->held_back) {
            held_back_[index(l->held_back)].erase(*l);
            l->held_back = lane_trust::sound;
        }
        if (l->listed || l->waits || !l->may_start())
            return false;
        if (l->must_wait())
            if (auto const at = l->ready_at(); at > now())
                return wait(l, at);
        ready_.push(l);
        return false;
    }

    // Lists it when the time has come, whether there is something to do or not. True: as above.
    bool wait(pointer const& l, steady_time at) {
        if (l->waits)
            return false;
        l->waits = true;
        bool const first = waiting_.empty() || at < waiting_.begin()->first;
        waiting_.emplace(at, l);
        return first;
    }

    // When the first of those that wait is to be looked at.
    [[nodiscard]] std::optional<steady_time> earliest() const noexcept {
        return waiting_.empty() ? std::nullopt : std::optional(waiting_.begin()->first);
    }

    // The first one whose time has come; null: none.
    [[nodiscard]] pointer pop_waiting(steady_time now) {
        if (waiting_.empty() || waiting_.begin()->first > now)
            return nullptr;
        auto l = std::move(waiting_.extract(waiting_.begin()).mapped());
        l->waits = false;
        return l;
    }

    // It waits no more.
    void forget(pointer const& l) {
        if (std::exchange(l->waits, false))
            std::erase_if(waiting_, [&](auto const& w) { return w.second == l; });
    }

    // The next lane that may start; null: none.
    [[nodiscard]] pointer pop() noexcept {
        for (auto const t : {lane_trust::unknown, lane_trust::doubtful})
            if (auto& waiting = held_back_[index(t)]; !waiting.empty() && room_for(t) != 0) {
                auto l = waiting.pop();
                l->held_back = lane_trust::sound;
                ready_.push(std::move(l));
            }
        while (!ready_.empty()) {
            auto l = ready_.pop();
            auto const t = l->trust();
            if (t == lane_trust::sound || room_for(t) != 0)
                return l;
            l->held_back = t;
            held_back_[index(t)].push(std::move(l));
        }
        return nullptr;
    }

    // An attempt has begun, or ended.
    void began(node const& n) noexcept { unsound_in_flight_ += !n.was_sound; }
    void ended(node const& n) noexcept { unsound_in_flight_ -= !n.was_sound; }

    // How many could begin, counted up to what a shard may have in flight.
    [[nodiscard]] std::size_t startable() const noexcept {
        auto all = ready_.startable(most_);
        for (auto const t : {lane_trust::unknown, lane_trust::doubtful})
            all += held_back_[index(t)].startable(room_for(t));
        return all;
    }

    void clear() noexcept {
        ready_.clear();
        for (auto& waiting : held_back_)
            while (!waiting.empty())
                waiting.pop()->held_back = lane_trust::sound;
        for (auto const& [at, l] : waiting_)
            l->waits = false;
        waiting_.clear();
    }

  private:
    [[nodiscard]] static constexpr std::size_t index(lane_trust t) noexcept {
        return static_cast<std::size_t>(t);
    }

    [[nodiscard]] std::size_t room_for(lane_trust t) const noexcept {
        return bounds_[index(t)] - std::min(bounds_[index(t)], unsound_in_flight_);
    }

    std::size_t const most_;
    // Of each trust, up to where one more of it may begin, of all that are not sound.
    std::array<std::size_t, 3> const bounds_;
    lane_list<Key> ready_;
    // Those that wait until one of them ends.
    std::array<lane_list<Key>, 3> held_back_;
    std::size_t unsound_in_flight_ = 0;
    std::multimap<steady_time, pointer> waiting_;
};

} // namespace posthorn::detail
