// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/storage/due_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

namespace {

using posthorn::uuid;
using posthorn::wall_time;
using posthorn::detail::due_entry;
using posthorn::detail::due_queue;

uuid id_of(std::uint8_t n) {
    uuid id{};
    id.data[15] = n;
    return id;
}

wall_time at(int n) {
    return wall_time(std::chrono::seconds(n));
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_due_queue)

// Against all entries in one list.
BOOST_AUTO_TEST_CASE(gives_the_first_of_each_webhook_in_order) {
    std::mt19937 random(11);
    due_queue q;
    std::map<due_entry, uuid> all;
    std::uint64_t sequence = 0;
    for (int step = 0; step != 20'000; ++step) {
        if (all.size() < 40 && random() % 2 == 0) {
            due_entry const e(at(static_cast<int>(random() % 20)), ++sequence, id_of(0));
            auto const webhook = id_of(static_cast<std::uint8_t>(random() % 5));
            q.insert(webhook, e);
            all.emplace(e, webhook);
        } else if (!all.empty()) {
            auto const it = std::next(all.begin(), static_cast<std::ptrdiff_t>(random() % all.size()));
            q.erase(it->second, it->first);
            all.erase(it);
        }
        std::vector<std::uint64_t> expected;
        std::vector<uuid> seen;
        for (auto const& [e, webhook] : all)
            if (std::ranges::find(seen, webhook) == seen.end()) {
                seen.push_back(webhook);
                expected.push_back(e.sequence);
            }
        std::vector<std::uint64_t> given;
        std::optional<due_entry> last;
        while (auto const* const next = q.next(last ? &*last : nullptr)) {
            last.emplace(next->first);
            given.push_back(next->first.sequence);
        }
        BOOST_REQUIRE(given == expected);
        auto const now = at(static_cast<int>(random() % 22) - 1);
        std::optional<wall_time> due;
        for (auto const& [e, webhook] : all)
            if (e.not_before > now && (!due || e.not_before < *due))
                due = e.not_before;
        BOOST_REQUIRE((q.due_after(now) == due));
    }
}

BOOST_AUTO_TEST_SUITE_END()
