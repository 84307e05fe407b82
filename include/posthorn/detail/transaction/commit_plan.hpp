// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <cstdint>

namespace posthorn::detail {

// What one commit consists of.
struct commit_parts {
    // Calls before and after the host's commit.
    std::size_t before = 0;
    std::size_t after = 0;
    // Whether there are deliveries for the outbox, and whether they are stored in the host's own transaction.
    bool stores = false;
    bool enlists = false;
};

enum class commit_step : std::uint8_t {
    call,
    enlist,
    commit,
    append,
    roll_back,
    hand_over,
    end,
};

// The order of a commit, pure: calls that may veto, deliveries into the host's transaction, the host's
// commit, deliveries beside it, calls that may not veto, lanes. What fails before the host has committed
// undoes everything; what fails behind it stops nothing.
class commit_plan {
  public:
    explicit commit_plan(commit_parts const& parts) noexcept : parts_(parts) { settle(); }

    // What is to be done now.
    [[nodiscard]] commit_step next() const noexcept { return step_; }

    // Which call, of all: those before the commit come first.
    [[nodiscard]] std::size_t call() const noexcept { return call_; }

    // Whether the host's transaction is still open.
    [[nodiscard]] bool is_open() const noexcept {
        return step_ == commit_step::enlist || step_ == commit_step::commit ||
               (step_ == commit_step::call && call_ < parts_.before);
    }

    // How the step of `next` ended.
    void ended(bool well) noexcept {
        if (is_open() && !well) {
            step_ = commit_step::roll_back;
            return;
        }
        switch (step_) {
        case commit_step::call:
            ++call_;
            break;
        case commit_step::enlist:
            step_ = commit_step::commit;
            break;
        case commit_step::commit:
            step_ = parts_.stores && !parts_.enlists ? commit_step::append : commit_step::call;
            committed_ = true;
            break;
        case commit_step::append:
            step_ = commit_step::call;
            break;
        case commit_step::roll_back:
        case commit_step::hand_over:
        case commit_step::end:
            step_ = commit_step::end;
            break;
        }
        settle();
    }

  private:
    // Leaves the calls when there are no more of them.
    void settle() noexcept {
        if (step_ != commit_step::call)
            return;
        if (!committed_ && call_ == parts_.before)
            step_ = parts_.stores && parts_.enlists ? commit_step::enlist : commit_step::commit;
        else if (committed_ && call_ == parts_.before + parts_.after)
            step_ = parts_.stores ? commit_step::hand_over : commit_step::end;
    }

    commit_parts parts_;
    commit_step step_ = commit_step::call;
    std::size_t call_ = 0;
    bool committed_ = false;
};

} // namespace posthorn::detail
