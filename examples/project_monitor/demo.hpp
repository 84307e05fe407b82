// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "arguments.hpp"
#include "changes.hpp"
#include "host.hpp"
#include "journal.hpp"
#include "receiver_process.hpp"
#include "report.hpp"
#include "store.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace monitor {

// Plays changes on the server while its receiver goes through good and bad times.
class demo {
  public:
    // `rows` are those of the server.
    demo(change_player& people, store& rows, host& server, receiver_process& receiver, journal watched);

    // While the receiver answers, answers 503, refuses connections, and answers again.
    void play(std::size_t changes);

    // A change a second, until SIGINT or SIGTERM, which the caller has blocked.
    void serve();

    // Waits for what is pending, compares, prints. True if everything is as it should be.
    [[nodiscard]] bool close();

  private:
    void play_while_well(std::size_t changes);
    void play_through_outage(std::string_view mode, std::size_t changes);
    void play_one() { people_.play_one(server_); }
    void set_mode(std::string_view mode);
    void print_settled();
    // How long the closing drain may take.
    [[nodiscard]] std::chrono::seconds patience();

    // Waits for `until`, telling of the progress meanwhile.
    void wait(std::function<bool(journal_totals const&)> const& until);

    change_player& people_;
    store& rows_;
    host& server_;
    receiver_process& receiver_;
    journal watched_;
    progress progress_;
    data_set const first_;
    std::string_view mode_ = "ok";
};

} // namespace monitor
