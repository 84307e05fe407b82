// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/observer.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace posthorn {

/// What a `counters` observer has counted since it was made.
struct counter_values {
    counter_values() noexcept {}

    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t attempts = 0;
    std::uint64_t failed_attempts = 0;
    std::uint64_t new_connections = 0;
    std::uint64_t retries = 0;
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t lost_leases = 0;
    std::uint64_t problems = 0;
};

/// Models Observer: counts. A copyable handle: copies share the counts. Thread safety: all functions, from
/// any threads.
class counters {
  public:
    counters() : counts_(std::make_shared<counts>()) {}

    void on_accepted(accepted_notice const&) noexcept { add(counts_->accepted); }
    void on_refused(refused_notice const&) noexcept { add(counts_->refused); }

    void on_attempt(attempt_notice const& n) noexcept {
        add(counts_->attempts);
        if (n.outcome.error)
            add(counts_->failed_attempts);
        if (!n.outcome.reused_connection)
            add(counts_->new_connections);
        if (n.next == delivery_state::pending)
            add(counts_->retries);
    }

    void on_settled(settled_notice const& n) noexcept {
        if (n.lost)
            add(counts_->lost_leases);
        else if (n.state == delivery_state::delivered)
            add(counts_->delivered);
        else if (n.state == delivery_state::failed)
            add(counts_->failed);
        else
            add(counts_->cancelled);
    }

    void on_problem(problem_notice const&) noexcept { add(counts_->problems); }

    /// The counts right now; each is exact, together they may be of slightly different instants.
    [[nodiscard]] counter_values values() const noexcept {
        counter_values v;
        v.accepted = counts_->accepted.load(std::memory_order_relaxed);
        v.refused = counts_->refused.load(std::memory_order_relaxed);
        v.attempts = counts_->attempts.load(std::memory_order_relaxed);
        v.failed_attempts = counts_->failed_attempts.load(std::memory_order_relaxed);
        v.new_connections = counts_->new_connections.load(std::memory_order_relaxed);
        v.retries = counts_->retries.load(std::memory_order_relaxed);
        v.delivered = counts_->delivered.load(std::memory_order_relaxed);
        v.failed = counts_->failed.load(std::memory_order_relaxed);
        v.cancelled = counts_->cancelled.load(std::memory_order_relaxed);
        v.lost_leases = counts_->lost_leases.load(std::memory_order_relaxed);
        v.problems = counts_->problems.load(std::memory_order_relaxed);
        return v;
    }

  private:
    using count = std::atomic<std::uint64_t>;

    struct counts {
        count accepted{0}, refused{0}, attempts{0}, failed_attempts{0}, new_connections{0}, retries{0},
            delivered{0}, failed{0}, cancelled{0}, lost_leases{0}, problems{0};
    };

    static void add(count& c) noexcept { c.fetch_add(1, std::memory_order_relaxed); }

    std::shared_ptr<counts> counts_;
};

} // namespace posthorn
