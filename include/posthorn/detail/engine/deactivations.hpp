// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/retry/deactivation.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/uuid.hpp>

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace posthorn::detail {

// Deactivates webhooks. What the registry was in the way of is made later: the receiver may not be asked
// again, and would not say it again. The observer hears that it failed, and once more when it was done. The
// engine owns it.
template <class Engine>
class deactivations {
  public:
    explicit deactivations(Engine& owner) noexcept : owner_(owner) {}

    // Any thread: to be awaited on the keeper's executor.
    static boost::asio::awaitable<void> make(std::shared_ptr<Engine> alive, uuid id, deactivation why) {
        auto& registry = alive->registry();
        auto changing = registry.async_deactivate(id, why);
        auto const changed = co_await std::move(changing);
        if (!changed || *changed)
            registry.report(id, why, changed ? result<void>() : result<void>(changed.error()));
        if (!changed)
            alive->deactivate_later(id, why);
    }

    // Any thread: the registry was in the way. One for each webhook, the last word counts.
    void add(uuid const& id, deactivation const& why) {
        std::scoped_lock const lock(mutex_);
        late_.insert_or_assign(id, why);
    }

    // Makes those that are left, until the registry is in the way again. True: some are left.
    [[nodiscard]] boost::asio::awaitable<bool> make_late() {
        auto left = take();
        bool failed = false;
        while (!left.empty() && !failed) {
            auto const id = left.begin()->first;
            auto const why = left.begin()->second;
            auto changing = owner_.registry().async_deactivate(id, why);
            auto const changed = co_await std::move(changing);
            failed = !changed;
            if (failed)
                continue;
            left.erase(id);
            if (*changed)
                owner_.registry().report(id, why, {});
        }
        put_back(left);
        co_return failed;
    }

  private:
    using by_webhook = std::map<uuid, deactivation>;

    [[nodiscard]] by_webhook take() {
        std::scoped_lock const lock(mutex_);
        return std::exchange(late_, {});
    }

    // What was added meanwhile is newer.
    void put_back(by_webhook& left) {
        std::scoped_lock const lock(mutex_);
        late_.merge(left);
    }

    Engine& owner_;
    std::mutex mutex_;
    by_webhook late_;
};

} // namespace posthorn::detail
