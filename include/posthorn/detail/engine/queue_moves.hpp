// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/detail/engine/guarded.hpp>
#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/util/postponed.hpp>
#include <posthorn/model/uuid.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace posthorn::detail {

// Pauses, resumes or cancels the rows of a webhook that has changed. Idempotent. A move that fails because of
// the storage is retried by the keeper. The engine owns it.
template <class Engine>
class queue_moves {
  public:
    explicit queue_moves(Engine& owner) noexcept : owner_(owner) {}

    // To be awaited on the keeper's executor.
    static boost::asio::awaitable<void> make(std::shared_ptr<Engine> alive, uuid id, queue_change what) {
        auto moving = alive->moves().moved(id, what);
        bool const done = co_await std::move(moving);
        if (!done)
            alive->moves().late_.add(id, what);
        alive->kick();
    }

    // Retries the moves that failed, until one fails again. True: some are left.
    [[nodiscard]] boost::asio::awaitable<bool> make_late() {
        typename postponed<uuid, queue_change>::batch left(late_);
        while (!left.empty()) {
            auto moving = moved(left.next().first, left.next().second);
            bool const done = co_await std::move(moving);
            if (!done)
                co_return true;
            left.done();
        }
        co_return false;
    }

  private:
    // False: the storage failed. A move that no longer matches the webhook's state is dropped: the change
    // that made it obsolete has its own move.
    [[nodiscard]] boost::asio::awaitable<bool> moved(uuid id, queue_change what) {
        if (!owner_.registry().wants(id, what))
            co_return true;
        auto& policies = owner_.policies();
        auto moving = policies.change(id, what, policies.now());
        auto watched = guarded(owner_, std::move(moving));
        auto const done = co_await std::move(watched);
        co_return done.has_value();
    }

    Engine& owner_;
    postponed<uuid, queue_change> late_;
};

// What a process left behind that ended between a change of a webhook and that of its rows.
// What `Engine` is asked for: policies, problem, stopped, registry.
template <class Engine>
boost::asio::awaitable<void> move_all_queues(std::shared_ptr<Engine> alive,
                                             std::vector<std::pair<uuid, queue_change>> queues) {
    auto& policies = alive->policies();
    for (auto const& queue : queues) {
        if (alive->stopped())
            co_return;
        if (!alive->registry().wants(queue.first, queue.second))
            continue;
        auto moving = policies.change(queue.first, queue.second, policies.now());
        auto watched = guarded(*alive, std::move(moving));
        if (auto const moved = co_await std::move(watched); !moved)
            co_return;
    }
}

} // namespace posthorn::detail
