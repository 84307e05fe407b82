// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace posthorn::detail {

// What a thread remembers of the snapshots that it read last, whatever their type.
struct snapshot_cache_entry {
    std::uint64_t source = 0;
    std::uint64_t generation = 0;
    std::shared_ptr<void const> content;
};

inline snapshot_cache_entry& snapshot_cache(std::uint64_t source) {
    constexpr std::size_t entries = 8;
    thread_local std::array<snapshot_cache_entry, entries> cache;
    return cache[source % entries];
}

inline std::uint64_t next_snapshot_source() noexcept {
    static std::atomic<std::uint64_t> next{1};
    return next.fetch_add(1, std::memory_order_relaxed);
}

// An immutable value that is swapped as a whole: read from any thread without a lock, as long as it has not
// changed since the thread read it last. A thread keeps the version it saw until it reads again or ends.
template <class T>
class snapshot {
  public:
    explicit snapshot(std::shared_ptr<T const> first) : current_(std::move(first)) {}

    [[nodiscard]] std::shared_ptr<T const> load() const {
        auto& seen = snapshot_cache(source_);
        auto const generation = generation_.load(std::memory_order_acquire);
        if (seen.source != source_ || seen.generation != generation) {
            // Goes after the lock, since it may take a while: this may be its last owner.
            auto const old = std::exchange(seen.content, nullptr);
            std::scoped_lock const lock(mutex_);
            // The generation is read again inside, so that content and number belong together.
            seen = {source_, generation_.load(std::memory_order_relaxed), current_};
        }
        return std::static_pointer_cast<T const>(seen.content);
    }

    void store(std::shared_ptr<T const> next) {
        std::scoped_lock const lock(mutex_);
        // What was there goes after the lock.
        std::swap(current_, next);
        generation_.fetch_add(1, std::memory_order_release);
    }

  private:
    std::uint64_t const source_ = next_snapshot_source();
    std::atomic<std::uint64_t> generation_{1};
    mutable std::mutex mutex_;
    std::shared_ptr<T const> current_;
};

} // namespace posthorn::detail
