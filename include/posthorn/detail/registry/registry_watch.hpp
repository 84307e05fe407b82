// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/registry/webhook_directory.hpp>
#include <posthorn/detail/util/parking.hpp>
#include <posthorn/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <memory>

namespace posthorn::detail {

// What the watch tells its owner, on its executor.
class registry_watch_owner {
  public:
    // For the first time in this run the webhooks are known.
    virtual void registry_loaded() = 0;
    virtual void registry_watch_ended() = 0;

  protected:
    ~registry_watch_owner() = default;
};

// Loads what other processes change while a dispatcher runs: when the registry reports it, or once in each
// `options::registry_poll`. One coroutine, which owns nothing while it waits.
class registry_watch {
  public:
    registry_watch(registry_watch_owner& owner, policy_table& policies, options const& settings,
                   webhook_directory& directory, boost::asio::any_io_executor where);

    // Any thread. `alive` owns this.
    void run(std::shared_ptr<void> alive);

    // On the executor.
    void stop();
    [[nodiscard]] bool is_running() const noexcept { return running_; }

    // Any thread: something has changed.
    void look_soon(std::weak_ptr<void> owner) noexcept;

    // Any thread, without a run: loads what is not known yet, unless that is being done.
    void load_soon(std::shared_ptr<void> alive);

  private:
    static boost::asio::awaitable<void> watch(std::shared_ptr<void> alive, registry_watch& me);
    static boost::asio::awaitable<void> load(std::shared_ptr<void> alive, registry_watch& me);

    registry_watch_owner& owner_;
    policy_table& policies_;
    options const& options_;
    webhook_directory& directory_;
    boost::asio::any_io_executor const where_;
    parking_spot spot_;
    std::unique_ptr<engine_timer> const timer_;
    std::atomic<bool> loading_{false};
    // On the executor, but for the start.
    std::atomic<bool> running_{false};
    std::atomic<bool> stopping_{false};
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/registry/registry_watch.ipp>
#endif
