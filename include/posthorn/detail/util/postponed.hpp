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
    // All items, taken to be retried one by one. What is not done at the end is postponed again, also if the
    // retry throws; an item that was added in the meantime is kept instead.
    class batch {
      public:
        explicit batch(postponed& from) : from_(from) {
            std::scoped_lock const lock(from.mutex_);
            items_.swap(from.all_);
        }
        batch(batch const&) = delete;
        batch& operator=(batch const&) = delete;
        ~batch() {
            if (items_.empty())
                return;
            std::scoped_lock const lock(from_.mutex_);
            from_.all_.merge(items_);
        }

        [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
        [[nodiscard]] std::pair<Key const, Work> const& next() const noexcept { return *items_.begin(); }
        void done() { items_.erase(items_.begin()); }

      private:
        postponed& from_;
        std::map<Key, Work> items_;
    };

    void add(Key const& key, Work const& work) {
        std::scoped_lock const lock(mutex_);
        all_.insert_or_assign(key, work);
    }

  private:
    std::mutex mutex_;
    std::map<Key, Work> all_;
};

} // namespace posthorn::detail
