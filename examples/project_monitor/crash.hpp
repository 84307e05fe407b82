// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/secret.hpp>

#include "arguments.hpp"
#include "balance.hpp"
#include "child_process.hpp"
#include "receiver_process.hpp"
#include "temporary_folder.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace monitor {

// Kills a server with SIGKILL while it works, starts it again on the same file, and lets the last one deliver
// what is left. What must have arrived is told by the server's own log of changes in that file, not by the
// server: an entry is written in the transaction of its change, hence is there if and only if the change is.
class crash_test {
  public:
    // `key`: what the receiver verifies with.
    crash_test(arguments const& with, receiver_process& receiver, posthorn::secret const& key);

    // True if nothing was lost, and nothing arrived that was not committed.
    [[nodiscard]] bool run();

  private:
    // What a process said before it ended.
    struct told {
        bool ready = false;
        std::size_t changes = 0;
        std::size_t made = 0;
        std::size_t refused = 0;
        std::size_t withdrawn = 0;
        std::size_t late = 0;

        [[nodiscard]] bool in_change() const noexcept { return changes != made + refused + withdrawn; }
    };

    [[nodiscard]] bookkeeper prepare(posthorn::secret const& key) const;
    // Of the changes, each run's.
    [[nodiscard]] std::size_t share() const noexcept { return with_.changes / (with_.kills + 1) + 1; }
    [[nodiscard]] child_process start(std::size_t changes);
    // Returns when the process has begun that many changes, at `until`, or when it says no more.
    static void listen(child_process& to, told& heard, std::size_t changes, child_process::deadline until);
    void kill_one();
    void let_one_finish();
    void end_run(told const& heard, bool killed);
    // Waits until the receiver has answered all that the process has sent.
    [[nodiscard]] std::vector<arrival> arrivals();
    [[nodiscard]] static std::string ending(told const& heard, bool killed, std::size_t committed);

    arguments with_;
    receiver_process& receiver_;
    temporary_folder folder_;
    std::string file_;
    std::string key_file_;
    std::mt19937_64 random_;
    bookkeeper books_;
    file_evidence found_;
    std::int64_t rows_ = 0;
    std::size_t runs_ = 0;
    std::size_t changes_ = 0;
    std::size_t arrived_ = 0;
    std::vector<std::string> wrong_;
};

} // namespace monitor
