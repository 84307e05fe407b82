// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/lane.hpp>
#include <posthorn/model/time.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace posthorn::detail {

// Whose turn it is: the lanes of a shard that can start, one after the other, and those whose time comes.
// Those that failed or were slow of late have no more than half of what may be in flight together, so that
// any number of them leaves room. Pure.
template <class Key>
class lane_turns {
  public:
    using pointer = std::shared_ptr<lane<Key>>;
    using node = queued_delivery<Key>;

    // `most`: what a shard may have in flight.
    explicit lane_turns(std::size_t most) noexcept
        : most_(most), most_doubtful_(std::max<std::size_t>(most / 2, 1)) {}

    // Puts a lane where it belongs, if it is nowhere yet and has something to do. `now()` is asked only if it
    // matters. True: `earliest` has come nearer.
    template <class Now>
    bool list(pointer const& l, Now const& now) {
        // It may be one of the good ones by now.
        if (l->held_back && !l->is_doubtful())
            release(l);
        if (l->listed || l->waits || !l->may_start())
            return false;
        if (l->must_wait()) {
            auto const at = l->ready_at();
            // The end of the attempt that is under way lists it again.
            if (at == steady_time::max())
                return false;
            if (at > now())
                return wait(l, at);
        }
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
        if (doubtful_room() != 0 && !held_back_.empty()) {
            auto l = held_back_.pop();
            l->held_back = false;
            ready_.push(std::move(l));
        }
        while (!ready_.empty()) {
            auto l = ready_.pop();
            if (!l->is_doubtful() || doubtful_room() != 0)
                return l;
            l->held_back = true;
            held_back_.push(std::move(l));
        }
        return nullptr;
    }

    // An attempt has begun, or ended.
    void began(node const& n) noexcept { doubtful_in_flight_ += n.was_doubtful; }
    void ended(node const& n) noexcept { doubtful_in_flight_ -= n.was_doubtful; }

    // How many could begin, counted up to what a shard may have in flight.
    [[nodiscard]] std::size_t startable() const noexcept {
        return ready_.startable(most_) + held_back_.startable(doubtful_room());
    }

    void clear() noexcept {
        ready_.clear();
        while (!held_back_.empty())
            held_back_.pop()->held_back = false;
        for (auto const& [at, l] : waiting_)
            l->waits = false;
        waiting_.clear();
    }

  private:
    [[nodiscard]] std::size_t doubtful_room() const noexcept {
        return most_doubtful_ - std::min(most_doubtful_, doubtful_in_flight_);
    }

    void release(pointer const& l) {
        l->held_back = false;
        held_back_.erase(*l);
    }

    std::size_t const most_;
    std::size_t const most_doubtful_;
    lane_list<Key> ready_;
    // Doubtful ones that wait until another one ends.
    lane_list<Key> held_back_;
    std::size_t doubtful_in_flight_ = 0;
    std::multimap<steady_time, pointer> waiting_;
};

} // namespace posthorn::detail
