// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/language.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace monitor {

// A command line that cannot be read: one sentence for the person who typed it, in each language.
class wrong_usage : public std::invalid_argument {
  public:
    wrong_usage(std::string const& english, std::string french)
        : std::invalid_argument(english), french_(std::move(french)) {}

    [[nodiscard]] std::string text(posthorn::language in) const {
        return in == posthorn::language::french ? french_ : what();
    }

  private:
    std::string french_;
};

// A line of the administration: `webhooks edit 26f8ad91 --active no --data monitor.db`.
struct command {
    bool help = false;
    std::string area;
    std::string verb;
    std::vector<std::string> operands;
    // Without their dashes, in the order in which they were typed; a flag has an empty value.
    std::vector<std::pair<std::string, std::string>> options;
    std::string data;
    std::string key_file;
    // The user's login; none: the administrator.
    std::optional<std::string> as;
    std::string language = "en";
    bool json = false;

    [[nodiscard]] bool has(std::string_view option) const { return value(option).has_value(); }
    // The only one, or the first one, that was typed.
    [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
    [[nodiscard]] std::string value_or(std::string_view option, std::string otherwise) const;
    // Throw wrong_usage.
    [[nodiscard]] std::uint64_t number_or(std::string_view option, std::uint64_t otherwise) const;
    [[nodiscard]] std::size_t limit_or(std::size_t otherwise) const;
    [[nodiscard]] std::optional<bool> yes_or_no(std::string_view option) const;
    // None: there is no operand.
    [[nodiscard]] std::optional<std::string> operand() const;
};

// "open,closed"
[[nodiscard]] std::vector<std::string> split_list(std::string_view typed);

// Whether two words differ at most in the case of ASCII letters.
[[nodiscard]] bool is_same_word(std::string_view a, std::string_view b) noexcept;

// Whether the first argument is an area of the administration, and not an option of the demo.
[[nodiscard]] bool is_command(int argc, char const* const* argv);

// The language that a command line asks for, also if nothing else of it can be read.
[[nodiscard]] std::string language_asked(int argc, char const* const* argv);

// Throws wrong_usage.
[[nodiscard]] command read_command(int argc, char const* const* argv);

// What can be typed.
[[nodiscard]] char const* command_usage() noexcept;

} // namespace monitor
