// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "balance.hpp"
#include "host.hpp"
#include "journal.hpp"
#include "verdict.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace monitor {

// Tells how far the server is, at most once a second.
class progress {
  public:
    explicit progress(journal const& watched);

    // `receiver` says what the receiver is doing.
    void tell(std::size_t events, std::string_view receiver);

    // When the next line is due.
    [[nodiscard]] std::chrono::steady_clock::time_point next() const noexcept { return next_; }

  private:
    journal const& watched_;
    std::chrono::steady_clock::time_point const begin_;
    std::chrono::steady_clock::time_point next_;
};

// The closing table.
void print_report(verdict const& v, journal const& watched, host const& server);

// The first ten discrepancies, or one line that there are none.
void print_outcome(verdict const& v);

// What was committed, beside what arrived.
void print_balance(balance const& b);

// The first ten.
void print_wrong(std::vector<std::string> const& discrepancies);

} // namespace monitor
