// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::testing {

/// A policy broke a rule of its concept; `what()` is one sentence that names the rule.
class conformance_failure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// One rule, as a test of any framework can run it.
class conformance_case {
  public:
    conformance_case(std::string name, std::function<void()> body)
        : name_(std::move(name)), body_(std::move(body)) {}

    /// A sentence in snake_case, unique within its suite.
    [[nodiscard]] std::string const& name() const noexcept { return name_; }

    /// Throws conformance_failure, or what the policy throws.
    void run() const { body_(); }

  private:
    std::string name_;
    std::function<void()> body_;
};

using conformance_cases = std::vector<conformance_case>;

/// Runs the case of this name. Throws std::out_of_range if there is none.
inline void run_case(conformance_cases const& cases, std::string_view name) {
    for (auto const& c : cases)
        if (c.name() == name)
            return c.run();
    throw std::out_of_range("no conformance case " + std::string(name));
}

namespace detail {

inline void require(bool holds, char const* rule) {
    if (!holds)
        throw conformance_failure(rule);
}

// Runs a context until one awaitable has completed, and gives its value.
template <class T>
[[nodiscard]] T completed(boost::asio::io_context& io, boost::asio::awaitable<T> operation) {
    std::optional<T> value;
    std::exception_ptr thrown;
    boost::asio::co_spawn(io, std::move(operation), [&](std::exception_ptr e, T v) {
        thrown = e;
        value.emplace(std::move(v));
    });
    io.restart();
    while (!value && io.run_one() != 0) {
    }
    if (thrown)
        std::rethrow_exception(thrown);
    require(value.has_value(), "an awaitable must complete: its context ran out of work before it did");
    return *std::move(value);
}

} // namespace detail

} // namespace posthorn::testing
