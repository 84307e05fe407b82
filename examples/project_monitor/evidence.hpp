// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace monitor {

// A change that was committed, and the webhooks, by wording, that are to hear of it in the background.
struct committed_change {
    std::string event;
    std::vector<std::string> told;
};

// What a file says of what happened to it.
struct file_evidence {
    std::vector<committed_change> changes;
    // By webhook-id: deliveries that are not noted as delivered.
    std::unordered_set<std::string> unsettled;
    // Rows that there are more, or less, than the log of changes says; summed up over their tables, since the
    // first file was filled.
    std::int64_t rows = 0;
};

// Reads a copy of the file, so that the next process finds it as the last one has left it. Throws
// std::runtime_error, also when the file is damaged.
[[nodiscard]] file_evidence read_copy_of(std::string const& file);

// A request that the receiver answered.
struct arrival {
    std::string id;
    std::string event;
    std::string webhook;
    std::int64_t status = 0;
    bool verified = false;

    [[nodiscard]] bool was_taken() const noexcept { return status >= 200 && status <= 299; }
};

// `ledger`: the receiver's own words. Throws std::exception.
[[nodiscard]] std::vector<arrival> read_arrivals(std::string_view ledger);

} // namespace monitor
