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
            alive->deactivating().add(id, why);
    }

    // Any thread. Deactivates a webhook without an executor, and retries later if the registry fails.
    void make_now(uuid const& id, deactivation const& why) {
        if (!owner_.registry().deactivate(id, why))
            add(id, why);
    }

    // The same for those that failed, until one fails again: without a run, the keeper does not retry them.
    void make_late_now() {
        batch left(late_);
        while (!left.empty() && owner_.registry().deactivate(left.next().first, left.next().second))
            left.done();
    }

    // Retries the deactivations that failed, until one fails again. True: some are left.
    [[nodiscard]] boost::asio::awaitable<bool> make_late() {
        batch left(late_);
        while (!left.empty()) {
            auto const id = left.next().first;
            auto const why = left.next().second;
            auto changing = owner_.registry().async_deactivate(id, why);
            auto const changed = co_await std::move(changing);
            if (!changed)
                co_return true;
            left.done();
            if (*changed)
                owner_.registry().report(id, why, {});
        }
        co_return false;
    }

  private:
    using batch = typename postponed<uuid, deactivation>::batch;

    // A webhook that fails for long is deactivated by its next failure.
    void add(uuid const& id, deactivation const& why) {
        if (why.why != deactivation_reason::gone)
            return;
        late_.add(id, why);
        if (owner_.runs())
            owner_.kick();
    }

    Engine& owner_;
    postponed<uuid, deactivation> late_;
};

} // namespace posthorn::detail
