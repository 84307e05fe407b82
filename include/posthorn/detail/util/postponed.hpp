// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <map>
#include <mutex>
#include <utility>

namespace posthorn::detail {

// Work that failed and is retried later: at most one item per key, and the latest replaces an earlier one.
// Thread-safe.
template <class Key, class Work>
class postponed {
  public:
    using map = std::map<Key, Work>;

    void add(Key const& key, Work const& work) {
        std::scoped_lock const lock(mutex_);
        all_.insert_or_assign(key, work);
    }

    [[nodiscard]] map take() {
        std::scoped_lock const lock(mutex_);
        return std::exchange(all_, {});
    }

    // Returns what `take` gave and was not done. An item that was added in the meantime is kept instead.
    void put_back(map& rest) {
        std::scoped_lock const lock(mutex_);
        all_.merge(rest);
    }

  private:
    std::mutex mutex_;
    map all_;
};

} // namespace posthorn::detail
