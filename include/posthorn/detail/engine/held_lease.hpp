// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/time.hpp>

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <utility>

namespace posthorn::detail {

// The lease under which this process holds deliveries, and until when it does.
//
// The storage learns of a lease with the first row that names it, so one that no row names needs no
// prolonging there. Thread safety: `take`, `renew` and `let_go` are the keeper's; all else from any thread.
class held_lease {
  public:
    // What rows are stored under right now; id 0: nothing is held.
    [[nodiscard]] lease current() const noexcept {
        auto const id = id_.load(std::memory_order_acquire);
        return id == 0 ? lease() : lease(id, wall_time(duration(until_.load(std::memory_order_acquire))));
    }

    // Whether what was stored under `id` is still this process's to send. Once a lease has ended, another
    // worker may be sending.
    [[nodiscard]] bool covers(std::uint64_t id, wall_time now) const noexcept {
        auto const held = current();
        return held.id == id && now <= held.until;
    }

    // The storage has a row under `id`.
    void use(std::uint64_t id) noexcept {
        if (id == id_.load(std::memory_order_relaxed) && !used_.load(std::memory_order_relaxed))
            used_.store(true, std::memory_order_release);
    }

    [[nodiscard]] bool used() const noexcept { return used_.load(std::memory_order_acquire); }

    // Holds under a new lease; what was held under the old one is no longer sent.
    void take(std::uint64_t id, wall_time until) noexcept {
        used_.store(false, std::memory_order_relaxed);
        renew(until);
        id_.store(id, std::memory_order_release);
    }

    void renew(wall_time until) noexcept {
        until_.store(until.time_since_epoch().count(), std::memory_order_release);
    }

    // The lease that was held.
    std::uint64_t let_go() noexcept { return id_.exchange(0); }

  private:
    std::atomic<std::uint64_t> id_{0};
    std::atomic<duration::rep> until_{0};
    std::atomic<bool> used_{false};
};

// Takes a lease and extends it before it expires. Used by the keeper only.
template <class Engine>
class lease_keeper : public held_lease {
  public:
    explicit lease_keeper(Engine& owner) noexcept : owner_(owner) {}

    void take_new() {
        std::uint64_t id = 0;
        while (id == 0)
            id = owner_.policies().random();
        extended_ = owner_.policies().steady_now();
        take(id, owner_.policies().now() + owner_.settings().lease);
    }

    // When it must be extended.
    [[nodiscard]] steady_time due() const noexcept { return extended_ + owner_.settings().lease / 3; }

    // Extends the lease, or takes a new one if it has expired; any worker may claim what it held.
    // False: the storage failed.
    [[nodiscard]] boost::asio::awaitable<bool> keep() {
        auto& policies = owner_.policies();
        auto const now = policies.steady_now();
        auto const wall = policies.now();
        auto const held = current();
        if (wall <= held.until && now < due())
            co_return true;
        lease const next(held.id, wall + owner_.settings().lease);
        result<void> extended;
        if (used()) {
            auto extending = owner_.guarded(policies.extend(next, wall));
            extended = co_await std::move(extending);
        }
        if (extended) {
            extended_ = now;
            renew(next.until);
        } else if (extended.error() == errc::lease_lost) {
            take_new();
        }
        co_return extended || extended.error() == errc::lease_lost;
    }

  private:
    Engine& owner_;
    steady_time extended_{};
};

} // namespace posthorn::detail
