// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "evidence.hpp"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace monitor {

// Of deliveries in the background, but for the last line.
struct balance {
    std::size_t changes = 0;
    std::size_t expected = 0;
    std::size_t arrived = 0;
    // Of those that arrived. How many of them had arrived and were not noted as delivered: at a kill, and
    // when a process that stood still had lost its lease.
    std::size_t twice = 0;
    std::size_t in_flight = 0;
    std::size_t late = 0;
    std::size_t lost = 0;
    // Of changes that were never committed, or for webhooks that did not ask.
    std::size_t phantom = 0;
    // Calls before a commit that then did not come.
    std::size_t told_in_vain = 0;
};

// What must be, by the host's own log of changes, beside what the receiver got.
class bookkeeper {
  public:
    // The webhooks of the background, and those that are called before the commit, by wording.
    bookkeeper(std::unordered_set<std::string> background, std::unordered_set<std::string> before_commit);

    // After each kill.
    void note(file_evidence const& file, std::vector<arrival> const& arrivals);

    // Deliveries that a process had answered when it had lost its lease.
    void note_late(std::size_t deliveries) { late_ += deliveries; }

    // How many deliveries have arrived.
    [[nodiscard]] std::size_t count(std::vector<arrival> const& arrivals) const {
        return taken(arrivals).size();
    }

    [[nodiscard]] balance close(file_evidence const& file, std::vector<arrival> const& arrivals);

    [[nodiscard]] std::vector<std::string> const& discrepancies() const noexcept { return discrepancies_; }

  private:
    using counts = std::unordered_map<std::string, std::size_t>;

    [[nodiscard]] counts taken(std::vector<arrival> const& arrivals) const;
    void compare(balance& b, counts const& by_delivery);

    std::unordered_set<std::string> background_;
    std::unordered_set<std::string> before_commit_;
    // Those that were not noted as delivered at some kill, by id; and those of them that had arrived.
    std::unordered_set<std::string> unsettled_;
    std::unordered_set<std::string> in_flight_;
    std::size_t late_ = 0;
    std::vector<std::string> discrepancies_;
};

} // namespace monitor
