// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>
#include <posthorn/model/uuid.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace posthorn {

/// One match that was not accepted.
class refusal {
  public:
    refusal(uuid const& webhook, error_code error, std::string message)
        : webhook_(webhook), error_(error), message_(std::move(message)) {}

    [[nodiscard]] uuid const& webhook() const noexcept { return webhook_; }
    [[nodiscard]] error_code const& error() const noexcept { return error_; }
    /// One sentence that names the limit or the failure.
    [[nodiscard]] std::string const& message() const noexcept { return message_; }

  private:
    uuid webhook_;
    error_code error_;
    std::string message_;
};

/// What came of one event: how many webhooks asked for it, and how many deliveries the storage has accepted.
class dispatch_result {
  public:
    dispatch_result() noexcept {}

    /// True if every match was accepted; an event that nobody asked for is fine too.
    [[nodiscard]] explicit operator bool() const noexcept { return !error_ && refused_.empty(); }

    /// Webhooks that asked for the event.
    [[nodiscard]] std::size_t matched() const noexcept { return matched_; }

    /// Deliveries that the storage has.
    [[nodiscard]] std::size_t accepted() const noexcept { return accepted_; }

    /// Matches that were not accepted; empty if all were.
    [[nodiscard]] std::vector<refusal> const& refused() const noexcept { return refused_; }

    /// Set if the event as a whole was refused: `errc::stopping`; `errc::registry_unavailable`, while it is
    /// not known which webhooks there are.
    [[nodiscard]] error_code const& error() const noexcept { return error_; }

    /// @name For the dispatcher.
    /// @{
    void set_error(error_code ec) noexcept { error_ = ec; }
    void set_matched(std::size_t n) noexcept { matched_ = n; }
    void add_accepted() noexcept { ++accepted_; }
    void add_refusal(refusal r) { refused_.push_back(std::move(r)); }
    /// @}

  private:
    std::size_t matched_ = 0;
    std::size_t accepted_ = 0;
    std::vector<refusal> refused_;
    error_code error_;
};

} // namespace posthorn
