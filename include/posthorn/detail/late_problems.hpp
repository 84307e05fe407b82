// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>

#include <string>
#include <utility>
#include <vector>

namespace posthorn::detail {

// What the observer is told at the end of the scope, once locks are free, since it may ask the dispatcher
// something.
template <class Engine>
class late_problems {
  public:
    explicit late_problems(Engine& to) noexcept : engine_(to) {}
    late_problems(late_problems const&) = delete;
    late_problems& operator=(late_problems const&) = delete;
    ~late_problems() {
        for (auto const& [ec, text] : all_)
            engine_.problem(ec, text);
    }

    void add(error_code ec, std::string text) { all_.emplace_back(ec, std::move(text)); }

  private:
    Engine& engine_;
    std::vector<std::pair<error_code, std::string>> all_;
};

} // namespace posthorn::detail
