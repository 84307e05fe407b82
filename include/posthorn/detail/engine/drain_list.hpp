// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/dispatch/handlers.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/time.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace posthorn::detail {

// Those who wait until everything is settled, each until a deadline of its own. Belongs to the keeper.
class drain_list {
  public:
    void add(steady_time deadline, run_handler handler) { all_.push_back({deadline, std::move(handler)}); }

    // When the first of them gives up.
    [[nodiscard]] std::optional<steady_time> earliest() const noexcept {
        std::optional<steady_time> first;
        for (auto const& d : all_)
            first = first && *first < d.deadline ? *first : d.deadline;
        return first;
    }

    // Whether the run is to end. `idle`: nothing is under way, nor due now; `due_at`: when something will be.
    // What is due only after the deadline is not waited for.
    [[nodiscard]] bool judge(steady_time now, bool idle, std::optional<steady_time> due_at) noexcept {
        bool over = false;
        for (auto const& d : all_)
            over = over || now >= d.deadline || (idle && (!due_at || *due_at > d.deadline));
        drained_ = idle && !due_at;
        return over;
    }

    // Tells them.
    void finish() {
        for (auto& d : std::exchange(all_, {}))
            std::move(d.handler)(drained_ ? error_code() : error_code(errc::drain_incomplete));
        drained_ = false;
    }

  private:
    struct pending {
        steady_time deadline;
        run_handler handler;
    };

    std::vector<pending> all_;
    bool drained_ = false;
};

} // namespace posthorn::detail
