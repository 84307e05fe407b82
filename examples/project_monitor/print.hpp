// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/language.hpp>
#include <posthorn/model/time.hpp>

#include "refusal.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace monitor {

// The text on one line, whoever wrote it: control characters, those that turn the direction of writing, and
// bytes that are not UTF-8 are shown as \n, \x1b or \u202e.
[[nodiscard]] std::string harmless(std::string_view text);

// As it is but for bytes that are not UTF-8, which become U+FFFD: JSON has no others.
[[nodiscard]] std::string as_utf8(std::string_view text);

// How many columns of a terminal a text takes that is harmless.
[[nodiscard]] std::size_t width_of(std::string_view text);

// The beginning of it that fits, with an ellipsis.
[[nodiscard]] std::string cut(std::string_view text, std::size_t most);

// "2026-06-01 09:00:00"; in UTC.
[[nodiscard]] std::string time_for_people(posthorn::wall_time t);
// "2026-06-01T09:00:00.125Z"
[[nodiscard]] std::string time_for_programs(posthorn::wall_time t);
// Empty and null: there is none.
[[nodiscard]] std::string time_for_people(std::optional<posthorn::wall_time> const& t);
[[nodiscard]] boost::json::value time_for_programs(std::optional<posthorn::wall_time> const& t);

// Rows below headings, in columns; cells are made harmless, and cut where they are too wide.
class text_table {
  public:
    explicit text_table(std::vector<std::string> headings) : rows_{std::move(headings)} {}

    // What nobody is shown elsewhere: the last column is not cut.
    void show_last_whole() noexcept { whole_last_ = true; }

    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    void print() const;

  private:
    std::vector<std::vector<std::string>> rows_;
    bool whole_last_ = false;
};

// Names and values, one below the other; a value of several lines goes on below itself.
class text_fields {
  public:
    void add(std::string name, std::string value) { all_.emplace_back(std::move(name), std::move(value)); }
    // Leaves out what is empty.
    void add_some(std::string name, std::string value) {
        if (!value.empty())
            add(std::move(name), std::move(value));
    }
    void print() const;

  private:
    std::vector<std::pair<std::string, std::string>> all_;
};

// Where a command shows what came of it: to people in their language, or to programs.
class screen {
  public:
    screen(bool json, std::string const& language)
        : json_(json), language_(posthorn::language_of(language)) {}

    [[nodiscard]] bool is_json() const noexcept { return json_; }
    [[nodiscard]] posthorn::language in() const noexcept { return language_; }

    [[nodiscard]] std::string say(char const* english, char const* french) const {
        return language_ == posthorn::language::french ? french : english;
    }
    [[nodiscard]] std::string yes_no(bool yes) const { return yes ? say("yes", "oui") : say("no", "non"); }

    // One line for people.
    void line(std::string_view text) const;
    void print(boost::json::value const& document) const;
    void print(refusal const& r) const;

  private:
    bool json_;
    posthorn::language language_;
};

[[nodiscard]] complaint unknown_user(screen const& out, std::string const& login);

} // namespace monitor
