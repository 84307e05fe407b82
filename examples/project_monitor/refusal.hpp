// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/service_base.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace monitor {

// One thing that keeps a command from being done.
struct complaint {
    std::string field;
    std::string code;
    // The lines below the first one show where in a text it is.
    std::string message;
    std::optional<posthorn::text_position> where = {};
};

// A command that was not done, with all reasons at once.
class refusal : public std::exception {
  public:
    explicit refusal(complaint one) : all_{std::move(one)} {}
    refusal(posthorn::field_errors const& errors, posthorn::language in) {
        for (auto const& e : errors)
            all_.push_back({e.field(), std::string(e.code()), e.message(in), e.position()});
    }

    [[nodiscard]] char const* what() const noexcept override { return "the command was refused"; }
    [[nodiscard]] std::vector<complaint> const& all() const noexcept { return all_; }

  private:
    std::vector<complaint> all_;
};

// What keeps a program from its work, and not one command alone: one sentence, in each language.
class failure : public std::runtime_error {
  public:
    failure(std::string const& english, std::string french)
        : std::runtime_error(english), french_(std::move(french)) {}

    [[nodiscard]] std::string text(posthorn::language in) const {
        return in == posthorn::language::french ? french_ : what();
    }

  private:
    std::string french_;
};

// The value, or a refusal with what the service says.
template <class T>
T accepted(posthorn::admin::outcome<T> said, posthorn::language in) {
    if (!said)
        throw refusal(said.error(), in);
    if constexpr (!std::is_void_v<T>)
        return *std::move(said);
}

} // namespace monitor
