// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace monitor {

// A process that is told to end by the end of its input, and that speaks to this one in lines. It ends with
// this object, and with this process however that ends. Throws std::runtime_error.
class child_process {
  public:
    using deadline = std::chrono::steady_clock::time_point;

    // `environment` is added to that of this process, "NAME=value" each.
    child_process(std::vector<std::string> command, std::vector<std::string> environment);
    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;
    // Waits ten seconds for it to end, then kills it.
    ~child_process();

    // None: nothing came until then, or nothing will come any more; `is_silent` tells.
    [[nodiscard]] std::optional<std::string> read_line(deadline until);
    [[nodiscard]] bool is_silent() const noexcept { return silent_; }

    void kill() noexcept;
    // Waits for its end: "0", its exit code; "signal 9", what has killed it.
    std::string wait();

  private:
    void spawn(std::vector<std::string>& command, std::vector<std::string>& environment);
    void close() noexcept;

    pid_t pid_ = -1;
    int to_child_ = -1;
    int from_child_ = -1;
    std::string text_;
    bool silent_ = false;
};

} // namespace monitor
