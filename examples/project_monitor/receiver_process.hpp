// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/secret.hpp>

#include "child_process.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace monitor {

// A receiver of webhooks in a process of its own; receiver/receiver.mjs tells what it understands. It ends
// with this object, and with this process however that ends. Every function throws std::runtime_error when
// the receiver does not do what it is told within ten seconds.
class receiver_process {
  public:
    // Starts `command`, with the key in its environment. `environment` is added to that of this process,
    // "NAME=value" each.
    receiver_process(std::vector<std::string> command, std::vector<std::string> environment,
                     posthorn::secret const& key);

    [[nodiscard]] std::uint16_t hook_port() const noexcept { return hook_port_; }

    // Who verifies the signatures there.
    [[nodiscard]] std::string const& verifier() const noexcept { return verifier_; }

    // "ok", "status 503" or "refuse".
    void set_mode(std::string_view mode) { (void)call("POST /mode", mode); }

    [[nodiscard]] std::string ledger() { return call("GET /ledger", {}); }
    [[nodiscard]] std::string counts() { return call("GET /counts", {}); }

  private:
    [[nodiscard]] std::string call(std::string_view what, std::string_view body);

    child_process process_;
    std::uint16_t hook_port_ = 0;
    std::uint16_t control_port_ = 0;
    std::string verifier_;
};

} // namespace monitor
