// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/detail/engine/guarded.hpp>
#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/model/uuid.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>
#include <vector>

// The rows of a webhook follow it: they are paused, resumed or cancelled. Doing so again changes nothing.
namespace posthorn::detail {

// What `Engine` is asked for: policies, problem, stopped, kick.
template <class Engine>
boost::asio::awaitable<void> move_queue(std::shared_ptr<Engine> alive, uuid id, queue_change what) {
    auto& policies = alive->policies();
    auto moving = policies.change(id, what, policies.now());
    auto watched = guarded(*alive, std::move(moving));
    (void)co_await std::move(watched);
    alive->kick();
}

// What a process left behind that ended between a change of a webhook and that of its rows.
template <class Engine>
boost::asio::awaitable<void> move_all_queues(std::shared_ptr<Engine> alive,
                                             std::vector<std::pair<uuid, queue_change>> queues) {
    auto& policies = alive->policies();
    for (auto const& queue : queues) {
        if (alive->stopped())
            co_return;
        auto moving = policies.change(queue.first, queue.second, policies.now());
        auto watched = guarded(*alive, std::move(moving));
        if (auto const moved = co_await std::move(watched); !moved)
            co_return;
    }
}

} // namespace posthorn::detail
