// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "host.hpp"
#include "journal.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace monitor {

// What came of one webhook.
struct webhook_result {
    posthorn::webhook what;
    // Changes that it was to be told of, and those of them that were to end well.
    std::size_t told = 0;
    std::size_t expected = 0;
    std::size_t delivered = 0;
    std::size_t attempts = 0;
};

// Whether the receiver got what the server was to tell: everything once, unchanged and signed, and nothing
// else, and whether what it refused was left.
struct verdict {
    std::vector<std::string> discrepancies;
    std::vector<webhook_result> webhooks;
    // Requests that the receiver answered, and those of them whose signature it found good.
    std::size_t requests = 0;
    std::size_t verified = 0;
    std::size_t delivered = 0;
};

// `ledger` and `counts` are the receiver's own words. Throws std::exception when they are not JSON.
[[nodiscard]] verdict judge(host const& server, journal const& watched, std::string_view ledger,
                            std::string_view counts);

// The database has the rows that the people who changed them expect: what was refused is not there.
void compare_database(verdict& v, data_set const& expected, data_set const& found);

// What budget control refused is not there: no budget over the limit is larger than it was at first.
void compare_budgets(verdict& v, data_set const& first, data_set const& now);

} // namespace monitor
