// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>

#include <cstdint>

namespace posthorn::detail {

// What a storage that is both registry and outbox knows of a webhook's record. Of one that was never stored
// there nothing is known: it is kept in another registry.
struct queue_gate {
    // Whether its deliveries may be claimed.
    bool open = true;
    bool erased = false;
    // 0: it was never stored.
    std::uint64_t revision = 0;

    // Whether a change of the queue is what the record says. It was decided by looking at what a process knew
    // of the webhook, which may be old by now.
    [[nodiscard]] bool agrees(queue_change what) const noexcept {
        if (revision == 0)
            return true;
        return what == queue_change::cancel ? erased : what == queue_change::resume ? open : !open;
    }
};

} // namespace posthorn::detail
