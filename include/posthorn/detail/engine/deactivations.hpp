// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/retry/deactivation.hpp>
#include <posthorn/detail/util/postponed.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/uuid.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>

namespace posthorn::detail {

// Deactivates webhooks. A deactivation that fails because of the registry is retried by the keeper, since the
// receiver may never be called again. The observer is notified of the failure, and of the eventual success.
// The engine owns it.
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

    // Any thread. Retries the deactivation later.
    void add(uuid const& id, deactivation const& why) { late_.add(id, why); }

    // Retries the deactivations that failed, until one fails again. True: some are left.
    [[nodiscard]] boost::asio::awaitable<bool> make_late() {
        auto left = late_.take();
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
        late_.put_back(left);
        co_return failed;
    }

  private:
    Engine& owner_;
    postponed<uuid, deactivation> late_;
};

} // namespace posthorn::detail
