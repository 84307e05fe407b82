// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/registry_watch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace posthorn::detail {

POSTHORN_DECL registry_watch::registry_watch(registry_watch_owner& owner, policy_table& policies,
                                             options const& settings, webhook_directory& directory,
                                             boost::asio::any_io_executor where)
    : owner_(owner),
      policies_(policies),
      options_(settings),
      directory_(directory),
      where_(std::move(where)),
      timer_(policies.make_timer(where_)) {}

POSTHORN_DECL void registry_watch::run(std::shared_ptr<void> alive) {
    running_ = true;
    stopping_ = false;
    boost::asio::co_spawn(where_, watch(std::move(alive), *this), boost::asio::detached);
}

POSTHORN_DECL void registry_watch::stop() {
    stopping_ = true;
    spot_.wake();
}

POSTHORN_DECL void registry_watch::look_soon(std::weak_ptr<void> owner) noexcept {
    try {
        boost::asio::post(where_, [this, weak = std::move(owner)] {
            if (auto const alive = weak.lock())
                spot_.wake();
        });
    } catch (...) { // NOLINT(bugprone-empty-catch): the next call of the dispatcher sees it
    }
}

POSTHORN_DECL void registry_watch::load_soon(std::shared_ptr<void> alive) {
    if (!loading_.exchange(true))
        boost::asio::co_spawn(where_, load(std::move(alive), *this), boost::asio::detached);
}

// The parameter keeps the owner.
POSTHORN_DECL boost::asio::awaitable<void> registry_watch::load(std::shared_ptr<void> /*alive*/,
                                                                registry_watch& me) {
    auto syncing = me.directory_.async_sync();
    (void)co_await std::move(syncing);
    me.loading_ = false;
}

POSTHORN_DECL boost::asio::awaitable<void> registry_watch::watch(std::shared_ptr<void> alive,
                                                                 registry_watch& me) {
    std::weak_ptr<void> const owner = alive;
    bool known = false;
    while (!me.stopping_) {
        auto syncing = me.directory_.async_sync();
        auto const done = co_await std::move(syncing);
        if (me.stopping_)
            break;
        if (!known && done) {
            known = true;
            me.owner_.registry_loaded();
        }
        if (!done || !me.directory_.watched())
            me.timer_->arm(me.policies_.steady_now() + me.options_.registry_poll, [&me, owner] {
                if (auto const still = owner.lock())
                    me.spot_.wake();
            });
        alive.reset();
        if (!me.spot_.take_wake()) {
            auto woken = me.spot_.park();
            co_await std::move(woken); // NOLINT(performance-move-const-arg)
        }
        alive = owner.lock();
    }
    me.timer_->cancel();
    me.running_ = false;
    me.owner_.registry_watch_ended();
}

} // namespace posthorn::detail
