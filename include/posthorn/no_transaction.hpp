// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/host_transaction.hpp>

#include <functional>
#include <utility>

namespace posthorn {

/// Models HostTransaction: for hosts that have no transactions. A veto is then for the host to act on: it
/// makes the change after the commit, or not.
class no_transaction {
  public:
    static constexpr bool separate_from_outbox = true;

    [[nodiscard]] result<void> commit() noexcept { return {}; }
    [[nodiscard]] result<void> rollback() noexcept { return {}; }
};

/// Models HostTransaction: a change that is made already, and how it is undone.
/// @code
/// auto tx = hooks.begin(posthorn::undo([&] { phase = before; }));
/// @endcode
class undo {
  public:
    static constexpr bool separate_from_outbox = true;

    /// @param how called once if the change is to be undone
    explicit undo(std::function<void()> how) : how_(std::move(how)) {}

    [[nodiscard]] result<void> commit() noexcept { return {}; }
    [[nodiscard]] result<void> rollback() {
        if (auto const how = std::exchange(how_, nullptr))
            how();
        return {};
    }

  private:
    std::function<void()> how_;
};

} // namespace posthorn
