// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace posthorn::detail {

// How many of a webhook's deliveries this process takes into memory; whatever is more waits in the storage,
// until the claim comes for it. Any thread.
class lane_room {
  public:
    // Whether the next one may be handed over, of those that are stored now. If not, those behind it wait in
    // the storage too, until the claim has caught up. `most`: no more than this, however much room there is.
    [[nodiscard]] bool takes_next(std::size_t most) noexcept {
        if (!behind_.load() &&
            load_.load(std::memory_order_relaxed) < std::min(most, size_.load(std::memory_order_relaxed)))
            return true;
        behind_ = true;
        return false;
    }

    // How many more the claim may bring.
    [[nodiscard]] std::size_t free(std::size_t most) const noexcept {
        auto const room = std::min(most, size_.load());
        return room - std::min(room, load_.load());
    }

    // Whether there is room, and no leaving one will say so.
    [[nodiscard]] bool is_low(std::size_t most) const noexcept {
        auto const size = std::min(most, size_.load());
        return size != 0 && load_.load() <= size / 2;
    }

    void enter() noexcept { load_.fetch_add(1); }

    // One has left. True: there is room for what waits in the storage. Asked for with each, answered now and
    // then.
    [[nodiscard]] bool leave() noexcept {
        auto const left = load_.fetch_sub(1) - 1;
        return behind_ && (left == 0 || left == size_.load(std::memory_order_relaxed) / 2);
    }

    // True: something may wait in the storage for it.
    [[nodiscard]] bool resize(std::size_t size) noexcept {
        size_ = size;
        return behind_;
    }

    // What the claim says.
    void set_behind(bool b) noexcept { behind_ = b; }

  private:
    std::atomic<std::size_t> load_{0};
    std::atomic<std::size_t> size_{0};
    std::atomic<bool> behind_{false};
};

} // namespace posthorn::detail
