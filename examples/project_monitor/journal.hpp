// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/observer.hpp>

#include "store.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace monitor {

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

// What the server knows of one delivery, or of one call that somebody waited for: enough to compare it with
// what the receiver got.
struct delivery_record {
    posthorn::call_mode mode = posthorn::call_mode::fire_and_forget;
    bool accepted = false;
    // By an earlier run of the server.
    bool was_left = false;
    posthorn::uuid webhook{};
    std::string_view method;
    std::string target;
    std::string headers;
    std::string body_sha256;
    bool holds_a_password = false;
    unsigned attempts = 0;
    // Of a call; 0: no answer.
    int status = 0;
    std::optional<posthorn::delivery_state> end;
    std::chrono::steady_clock::time_point accepted_at;
    std::chrono::steady_clock::time_point settled_at;
};

// Of the background, but for the calls. What an earlier run has accepted and left is accepted.
struct journal_totals {
    std::size_t calls = 0;
    std::size_t failed_calls = 0;
    std::size_t accepted = 0;
    std::size_t refused = 0;
    std::size_t settled = 0;
    std::size_t attempts = 0;
    std::size_t failed_attempts = 0;
    std::size_t retries = 0;
    // Accepted for the webhooks that are left out of account; in no other number.
    std::size_t others = 0;
};

// Models posthorn::Observer: remembers every delivery and every call. Copies share one memory.
class journal {
  public:
    using records = std::unordered_map<posthorn::uuid, delivery_record, posthorn::uuid_hash>;

    journal();

    // Leaves other webhooks out of account; before the server starts. From the start it does with none.
    void watch_only(std::vector<posthorn::uuid> webhooks);

    // What an earlier run has left; before this one starts.
    void expect(std::vector<left_delivery> const& left);

    void on_accepted(posthorn::accepted_notice const& n);
    void on_refused(posthorn::refused_notice const& n);
    void on_attempt(posthorn::attempt_notice const& n);
    void on_settled(posthorn::settled_notice const& n);
    void on_problem(posthorn::problem_notice const& n);

    [[nodiscard]] journal_totals totals() const;
    [[nodiscard]] records deliveries() const;

    // Deliveries that were not accepted, and problems that belong to no delivery, one sentence each.
    [[nodiscard]] std::vector<std::string> complaints() const;

    // The deliveries and calls that came to an end since this was asked last.
    [[nodiscard]] std::vector<delivery_record> take_settled();

    // Returns when `until` holds, which is asked after every attempt and every end, or at the latest at
    // `deadline`.
    bool wait_until(std::chrono::steady_clock::time_point deadline,
                    std::function<bool(journal_totals const&)> const& until);

  private:
    void note_call(posthorn::attempt_notice const& n);

    struct memory;
    std::shared_ptr<memory> memory_;
};

static_assert(posthorn::check_observer<journal>());

} // namespace monitor
